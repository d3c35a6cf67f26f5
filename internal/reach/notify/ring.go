package notify

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
)

// Names of what pages are told.
const (
	RingSignal = "ring"
	readSignal = "read"
)

// ringData is what pages get of an event that rings.
type ringData struct {
	Organization string     `json:"organization"`
	Event        string     `json:"event"`
	Kind         Kind       `json:"kind,omitempty"`
	Conversation ringAbout  `json:"conversation"`
	Actor        string     `json:"actor,omitempty"`
	Sound        *ringSound `json:"sound"` // null: for the eyes alone
	At           time.Time  `json:"at"`
}

type ringAbout struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
}

type ringSound struct {
	Tone           string `json:"tone"`
	Volume         int    `json:"volume"`
	OnlyWhenHidden bool   `json:"only_when_hidden"`
	Repeat         bool   `json:"repeat"`
}

// readData says that a conversation rings no more.
type readData struct {
	Organization string `json:"organization"`
	Conversation string `json:"conversation"`
}

// RingWords are what pages call an event that rings, by its kind.
func RingWords(ctx context.Context) map[string]string {
	words := map[string]string{"other": i18n.T(ctx, "notify.other")}
	for _, k := range Kinds {
		words[string(k)] = i18n.T(ctx, "notify.happened."+string(k))
	}
	return words
}

// ring tells the person's pages. Where none is open, one that comes soon still
// hears of it. Without sounds, what would ring as theirs is shown in silence.
func (s *Service) ring(ctx context.Context, tx *db.Tx, organizationID, userID string, e Event, c Case, d Decision) error {
	data := ringData{
		Organization: organizationID, Event: e.ID, Kind: d.Kind, Actor: e.ActorName, At: e.OccurredAt,
		Conversation: ringAbout{e.Conversation.ID, e.Conversation.Title, e.Conversation.URL},
	}
	hold, _ := c.hold()
	a := c.Settings.Audio
	switch {
	case d.Rule == Wanted || d.Rule == NoPage:
		data.Sound = &ringSound{a.Tone, a.Volume, a.OnlyWhenHidden, a.Repeat}
	case d.Rule == SoundsOff && hold == "" && (c.Assigned || c.Kind == Mention):
	default:
		return nil
	}
	return s.Signal(ctx, tx, organizationID, userID, RingSignal, e.ID, data)
}

// Came notes that a ring has reached a page after all.
func (s *Service) Came(ctx context.Context, organizationID, userID, event string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := cameLate.Run(ctx, tx, organizationID, userID, event, Audio, Sent, Wanted, s.Clock.Now(), NoPage)
		return err
	})
}
