package notify

import (
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/errs"
)

// What quiet hours may be wrong in.
var (
	ErrDay  = errs.New(errs.Invalid, "quiet_day")
	ErrHour = errs.New(errs.Invalid, "quiet_hour")
)

// Days are the weekdays as the API spells them, by their number in package
// time.
var Days = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// Quiet is when nobody is to be told, by weekday.
type Quiet struct {
	Zone string          `json:"time_zone,omitempty"` // IANA; empty: the profile's
	Days map[string]Span `json:"days,omitempty"`      // those of Days that have quiet hours
}

// Span is quiet from a minute of the day on which it stands. One that ends at
// or before its beginning ends on the next day.
type Span struct {
	From string `json:"from"` // "18:00"
	To   string `json:"to"`   // "07:00"; "24:00" is the end of the day
}

// Until is when the quiet hours end in which a moment lies, or the zero time if
// it lies in none. Spans that meet are one. home is the person's time zone.
func (q Quiet) Until(at time.Time, home *time.Location) (end time.Time) {
	if place, err := clock.Place(q.Zone); err == nil && q.Zone != "" {
		home = place
	}
	at = at.In(home)
	for range len(Days) + 1 {
		next := q.endOf(at)
		if next.IsZero() {
			break
		}
		end, at = next, next
	}
	return end
}

// endOf is the end of the span in which a moment lies: one that has begun that
// day, or the day before.
func (q Quiet) endOf(at time.Time) (end time.Time) {
	for _, day := range []int{-1, 0} {
		on := time.Date(at.Year(), at.Month(), at.Day()+day, 12, 0, 0, 0, at.Location())
		s, quiet := q.Days[Days[on.Weekday()]]
		if !quiet {
			continue
		}
		from, to := s.on(on)
		if !at.Before(from) && at.Before(to) && to.After(end) {
			end = to
		}
	}
	return end
}

// on is the span on a day, by the clock of its place, whatever the clock does
// that night.
func (s Span) on(day time.Time) (from, to time.Time) {
	begin, end := minutes(s.From), minutes(s.To)
	if end <= begin {
		end += 24 * 60
	}
	at := func(m int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, m, 0, 0, day.Location())
	}
	return at(begin), at(end)
}

// minutes are those since midnight; -1 for what is no time of day.
func minutes(text string) int {
	if text == "24:00" {
		return 24 * 60
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// checked returns the hours, or what is wrong with them.
func (q Quiet) checked() (Quiet, error) {
	var faults errs.Fields
	zone, err := identity.Zone("quiet_hours.time_zone", q.Zone)
	if err := faults.Add(err); err != nil {
		return q, err
	}
	q.Zone = zone
	for day, s := range q.Days {
		if !slices.Contains(Days, day) {
			faults = append(faults, ErrDay.On("quiet_hours.days"))
			continue
		}
		if from := minutes(s.From); from < 0 || from == 24*60 || minutes(s.To) < 0 {
			faults = append(faults, ErrHour.On("quiet_hours.days."+day))
		}
	}
	return q, faults.OrNil()
}

// Hours is how many of a week are quiet.
func (q Quiet) Hours() float64 {
	total := 0
	for _, s := range q.Days {
		begin, end := minutes(s.From), minutes(s.To)
		if end <= begin {
			end += 24 * 60
		}
		total += end - begin
	}
	return float64(total) / 60
}
