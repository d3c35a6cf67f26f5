package card

import (
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
)

// Kinds of a card.
const (
	Person          = "person"
	DigitalEmployee = "digital_employee"
)

// Card is what customers see. An absent field is not public.
type Card struct {
	ID           string          `json:"id"`
	DisplayName  string          `json:"display_name"`
	Pronouns     string          `json:"pronouns,omitempty"`
	Designation  string          `json:"designation,omitempty"`
	Organization *Organization   `json:"organization,omitempty"`
	Bio          string          `json:"bio,omitempty"`
	Email        string          `json:"email,omitempty"`
	Phone        string          `json:"phone,omitempty" doc:"E.164"`
	Avatar       identity.Avatar `json:"avatar"`
	Availability *Availability   `json:"availability,omitempty"`
	LocalTime    string          `json:"local_time,omitempty" doc:"RFC 3339, to the minute, with the person's offset."`
	Kind         string          `json:"kind" doc:"person or digital_employee"`
	UpdatedAt    time.Time       `json:"updated_at"`
}

// Organization is the one that somebody is shown in.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Logo string `json:"logo,omitempty" doc:"URL; absent: none"`
}

// Availability says that the person is not there now.
type Availability struct {
	State string `json:"state" enum:"here,away,back_at"`
	At    string `json:"at,omitempty" doc:"For back_at: RFC 3339 with the person's offset, or in UTC where the time zone is not public."`
}

// Source is what a card is made of.
type Source struct {
	User       identity.User
	Email      string
	Membership identity.Membership // zero for a person without an organization
	All        []identity.Membership
	Sees       identity.Audiences // with what the organization has fixed
	Back       time.Time          // when the person is there again; zero: now
	Base       string             // of the picture's addresses
	Now        time.Time
	Digital    bool // no person: an AI agent of the membership's organization
}

// topics are those of the organizations whose rules and names the card follows.
func topics(all []identity.Membership) []string {
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = "org:" + m.OrganizationID
	}
	return names
}

// Make is the one function that makes a card.
func Make(s Source) Card {
	public := func(f identity.Field, value string) string {
		if s.Sees[f] != identity.ToPublic {
			return ""
		}
		return value
	}
	shown := s.User
	shown.DisplayName = Name(s.User, s.Sees)
	c := Card{
		ID:          s.User.ID,
		DisplayName: shown.DisplayName,
		Pronouns:    public(identity.Pronouns, s.User.Pronouns),
		Designation: public(identity.Designation, s.Membership.Designation),
		Bio:         public(identity.Bio, s.User.Bio),
		Email:       public(identity.EmailField, s.Email),
		Phone:       public(identity.Phone, s.User.Phone),
		Avatar:      identity.AvatarOf(s.Base, shown, s.Membership),
		LocalTime:   localTime(public(identity.TimeZone, s.User.TimeZone), s.Now),
		Kind:        Person,
		UpdatedAt:   s.User.UpdatedAt,
	}
	if s.Sees[identity.Availability] == identity.ToPublic && s.Back.After(s.Now) {
		c.Availability = &Availability{"back_at", s.Back.In(place(public(identity.TimeZone, s.User.TimeZone))).Format(time.RFC3339)}
	}
	if s.Digital {
		c.Kind = DigitalEmployee
	}
	if s.Membership.OrganizationID != "" {
		m := s.Membership
		c.Organization = &Organization{m.OrganizationID, m.OrganizationName, identity.LogoOf(s.Base, m.OrganizationLogo).URL}
	}
	return c
}

// nameless is shown for a person who has told no name at all.
const nameless = "Agent"

// Name is the name on the card.
func Name(u identity.User, sees identity.Audiences) string {
	if name := identity.ShownName(u, sees); name != "" {
		return name
	}
	return nameless
}

// place is that of a zone; an empty one is UTC.
func place(zone string) *time.Location {
	return identity.User{TimeZone: zone}.Place()
}

func localTime(zone string, now time.Time) string {
	if zone == "" {
		return ""
	}
	place, err := clock.Place(zone)
	if err != nil {
		return ""
	}
	return now.In(place).Truncate(time.Minute).Format(time.RFC3339)
}
