package ui

import (
	"context"
	"encoding/json"

	"nameplate/internal/platform/i18n"
)

// States of availability, as the API names them.
const (
	Here   = "here"
	Away   = "away"
	BackAt = "back_at"
)

// CardView is what one card shows. Whoever fills it decides what is public; an
// empty field is left out.
type CardView struct {
	ID              string
	DisplayName     string
	Pronouns        string
	Designation     string
	Organization    string
	Bio             string
	Email           string
	Phone           string
	Picture         string // URL of a square of at least 128 px, or of the initials
	Initials        bool   // Picture is the initials
	Availability    string // Here, Away, BackAt or empty
	BackAt          string // for BackAt: the time, RFC 3339 with the person's offset
	LocalTime       string // RFC 3339 with the person's offset
	DigitalEmployee bool
	Own             bool // the reader's own card
	Loading         bool // nothing is known yet
}

// face is the URL of the picture; a digital employee without one has a sign of
// its own in place of initials.
func (c CardView) face() string {
	if c.DigitalEmployee && c.Initials {
		return ""
	}
	return c.Picture
}

func (c CardView) class() string {
	if c.DigitalEmployee {
		return "card is-ai"
	}
	return "card"
}

func (c CardView) label(ctx context.Context) string {
	if c.Own {
		return i18n.T(ctx, "ui.card_own")
	}
	return i18n.T(ctx, "ui.card_of", "Name", c.DisplayName)
}

func (c CardView) here() string {
	switch c.Availability {
	case Here:
		return "card-here on"
	case BackAt:
		return "card-here back"
	}
	return "card-here"
}

func (c CardView) availability(ctx context.Context) string {
	switch c.Availability {
	case Here:
		return i18n.T(ctx, "ui.card_here")
	case BackAt:
		return i18n.T(ctx, "ui.card_back_at", "Time", clockOf(c.BackAt))
	}
	return i18n.T(ctx, "ui.card_away")
}

// clockOf cuts hour and minute out of an RFC 3339 time as it is written, in the
// zone it names. UTC is nobody's place, so it is said.
func clockOf(moment string) string {
	const from, to = len("2006-01-02T"), len("2006-01-02T15:04")
	if len(moment) < to {
		return moment
	}
	clock := moment[from:to]
	if moment[len(moment)-1] == 'Z' {
		clock += " UTC"
	}
	return clock
}

// cardTexts are the words of a card for the script that draws it, with
// placeholders in braces.
func cardTexts(ctx context.Context, own bool) string {
	label := i18n.T(ctx, "ui.card_of", "Name", "{name}")
	if own {
		label = i18n.T(ctx, "ui.card_own")
	}
	return inJSON(map[string]string{
		"label":      label,
		"ai":         i18n.T(ctx, "ui.card_ai"),
		"here":       i18n.T(ctx, "ui.card_here"),
		"away":       i18n.T(ctx, "ui.card_away"),
		"back_at":    i18n.T(ctx, "ui.card_back_at", "Time", "{time}"),
		"local_time": i18n.T(ctx, "ui.card_local_time", "Time", "{time}"),
		"more":       i18n.T(ctx, "ui.card_more"),
		"less":       i18n.T(ctx, "ui.card_less"),
		"changed":    i18n.T(ctx, "ui.card_changed", "Name", "{name}"),
		"gone":       i18n.T(ctx, "ui.card_gone"),
		"loading":    i18n.T(ctx, "ui.card_loading"),
	})
}

// wire is a card in the shape of the API, which the scripts read.
type wire struct {
	ID           string            `json:"id"`
	DisplayName  string            `json:"display_name"`
	Pronouns     string            `json:"pronouns,omitempty"`
	Designation  string            `json:"designation,omitempty"`
	Organization *wireOrganization `json:"organization,omitempty"`
	Bio          string            `json:"bio,omitempty"`
	Email        string            `json:"email,omitempty"`
	Phone        string            `json:"phone,omitempty"`
	Avatar       wireAvatar        `json:"avatar"`
	Availability *wireAvailability `json:"availability,omitempty"`
	LocalTime    string            `json:"local_time,omitempty"`
	Kind         string            `json:"kind"`
}

type wireOrganization struct {
	Name string `json:"name"`
}

type wireAvatar struct {
	URL  string `json:"url"`
	Kind string `json:"kind"`
}

type wireAvailability struct {
	State string `json:"state"`
	At    string `json:"at,omitempty"`
}

func (c CardView) json() string {
	w := wire{
		ID: c.ID, DisplayName: c.DisplayName, Pronouns: c.Pronouns, Designation: c.Designation,
		Bio: c.Bio, Email: c.Email, Phone: c.Phone, LocalTime: c.LocalTime,
		Avatar: wireAvatar{URL: c.Picture, Kind: "picture"}, Kind: "person",
	}
	if c.Organization != "" {
		w.Organization = &wireOrganization{Name: c.Organization}
	}
	if c.Initials {
		w.Avatar.Kind = "initials"
	}
	if c.Availability != "" {
		w.Availability = &wireAvailability{State: c.Availability, At: c.BackAt}
	}
	if c.DigitalEmployee {
		w.Kind = "digital_employee"
	}
	return inJSON(w)
}

// inJSON is for values that always have a form in JSON.
func inJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
