package preferences

import (
	"context"
	"time"

	"golang.org/x/text/language"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// Auto leaves a choice to the language or to the tool.
const Auto = "auto"

// Clocks.
const (
	Twelve     = "12"
	TwentyFour = "24"
)

var (
	startPages = []string{Auto, "my_conversations", "all_conversations", "dashboard"}
	clocks     = []string{Auto, TwentyFour, Twelve}
	firstDays  = []string{Auto, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	densities  = []string{"comfortable", "normal", "compact"}
)

// Configuration is how tools behave under a person's hands.
type Configuration struct {
	StartPage      string
	Clock          string // Twelve, TwentyFour or Auto
	FirstDayOfWeek string // in lower case, or Auto
	Density        string
	Shortcuts      bool // of the keyboard
	SendWithEnter  bool
	DraftLanguage  string // BCP 47; empty: as the customer writes
	Version        int64
}

// newConfiguration is that of a person who has chosen nothing yet.
var newConfiguration = Configuration{
	StartPage: Auto, Clock: Auto, FirstDayOfWeek: Auto, Density: "normal", Shortcuts: true, Version: 1,
}

// Weekday is the day that the person's weeks begin with.
func (c Configuration) Weekday() time.Weekday {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if c.FirstDayOfWeek == firstDays[(int(day)+6)%7+1] {
			return day
		}
	}
	return time.Monday
}

// ConfigurationPatch is what to change: nil stays as it is.
type ConfigurationPatch struct {
	StartPage      *string
	Clock          *string
	FirstDayOfWeek *string
	Density        *string
	Shortcuts      *bool
	SendWithEnter  *bool
	DraftLanguage  *string
}

// Configuration returns that of a user.
func (s *Service) Configuration(ctx context.Context, userID string) (Configuration, error) {
	return s.configuration(ctx, s.DB, userID)
}

func (s *Service) configuration(ctx context.Context, q db.Q, userID string) (Configuration, error) {
	c, found, err := configurationOf.Maybe(ctx, q, userID)
	if err != nil || !found {
		return newConfiguration, err
	}
	return c, nil
}

// ChangeConfiguration changes the caller's. version is the one that the change
// was made from; 0 takes whatever is there. It returns ErrStale or ErrChoice.
func (s *Service) ChangeConfiguration(ctx context.Context, c session.Caller, version int64, p ConfigurationPatch) (Configuration, error) {
	return save(ctx, s, c, version, "configuration.updated", sheet[Configuration]{
		read: s.configuration, write: writeConfiguration,
		version: func(c *Configuration) *int64 { return &c.Version },
		apply:   func(_ *db.Tx, before Configuration) (Configuration, []string, error) { return before.with(p) },
	})
}

func (c Configuration) with(p ConfigurationPatch) (Configuration, []string, error) {
	var ch changes
	err := all(
		ch.choose("start_page", &c.StartPage, p.StartPage, startPages),
		ch.choose("clock", &c.Clock, p.Clock, clocks),
		ch.choose("first_day_of_week", &c.FirstDayOfWeek, p.FirstDayOfWeek, firstDays),
		ch.choose("density", &c.Density, p.Density, densities),
		ch.language("draft_language", &c.DraftLanguage, p.DraftLanguage),
	)
	set(&ch, "shortcuts", &c.Shortcuts, p.Shortcuts)
	set(&ch, "send_with_enter", &c.SendWithEnter, p.SendWithEnter)
	return c, ch, err
}

// language takes a tag of BCP 47 as it is best written, or none.
func (ch *changes) language(name string, to, wish *string) error {
	if wish == nil || *wish == "" {
		set(ch, name, to, wish)
		return nil
	}
	tag, err := language.Parse(*wish)
	if err != nil || tag == language.Und || len(*wish) > maxTag {
		return ErrChoice.On(name)
	}
	canonical := tag.String()
	set(ch, name, to, &canonical)
	return nil
}

const maxTag = 35 // characters, as RFC 5646 asks for at least

// ConfigurationOf returns that of a member of the actor's organization. It
// returns identity.ErrNoMember for anybody else.
func (s *Service) ConfigurationOf(ctx context.Context, actor identity.Actor, userID string) (Configuration, error) {
	if err := s.member(ctx, actor, userID); err != nil {
		return Configuration{}, err
	}
	return s.Configuration(ctx, userID)
}
