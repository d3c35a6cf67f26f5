package identity

import (
	"time"
	_ "time/tzdata" // time zones don't depend on the machine

	"github.com/nyaruka/phonenumbers"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/errs"
)

// What a way to reach somebody may be wrong in.
var (
	ErrPhone = errs.New(errs.Invalid, "invalid_phone")
	ErrZone  = errs.New(errs.Invalid, "invalid_time_zone")
)

// maxPhone is the most characters of a number as people space it.
const maxPhone = 40

// PhoneNumber takes a number with its country code, however it is spaced, and
// returns it as E.164. An empty one stays empty.
func PhoneNumber(field, text string) (string, error) {
	text, err := Line(field, text, maxPhone)
	if err != nil || text == "" {
		return "", err
	}
	if text[0] != '+' {
		return "", ErrPhone.On(field)
	}
	n, err := phonenumbers.Parse(text, "")
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", ErrPhone.On(field)
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// Zone takes a name of the IANA time zone database. An empty one stays empty.
func Zone(field, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if text == "Local" {
		return "", ErrZone.On(field)
	}
	if _, err := clock.Place(text); err != nil {
		return "", ErrZone.On(field)
	}
	return text, nil
}

// Place is where the person's clock stands; UTC if they have not told.
func (u User) Place() *time.Location {
	if place, err := clock.Place(u.TimeZone); err == nil && u.TimeZone != "" {
		return place
	}
	return time.UTC
}
