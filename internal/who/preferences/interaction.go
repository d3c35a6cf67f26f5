package preferences

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// Themes of the pages and of the platforms that ask for it.
const (
	Light  = "light"
	Dark   = "dark"
	System = "system" // as the device says
)

var themes = []string{System, Light, Dark}

// What a wish may be wrong in.
var (
	ErrChoice  = errs.New(errs.Invalid, "preference_unknown")
	ErrNoPhone = errs.New(errs.Invalid, "whatsapp_needs_phone").On("whatsapp")
)

// Interaction is how digital employees talk to a person, and in which light.
type Interaction struct {
	Theme         string
	AvatarOutput  bool // a face beside the answer
	AudioOutput   bool // the answer is spoken
	Email         bool
	WhatsappPhone string              // id of the verified phone that was agreed to; empty: none
	WhatsappAt    sql.Null[time.Time] // when it was agreed
	Version       int64
}

// WhatsApp reports whether the person has agreed to be written to.
func (i Interaction) WhatsApp() bool { return i.WhatsappPhone != "" }

// newInteraction is that of a person who has chosen nothing yet.
var newInteraction = Interaction{Theme: System, AvatarOutput: true, Email: true, Version: 1}

// Phone is a number that the person has proved to have.
type Phone struct {
	ID     string
	Ending string // the last two digits
}

// InteractionPatch is what to change: nil stays as it is.
type InteractionPatch struct {
	Theme        *string
	AvatarOutput *bool
	AudioOutput  *bool
	WhatsApp     *bool
	Email        *bool
}

// Interaction returns that of a user.
func (s *Service) Interaction(ctx context.Context, userID string) (Interaction, error) {
	return s.InteractionIn(ctx, s.DB, userID)
}

// InteractionIn is Interaction as a transaction sees it.
func (s *Service) InteractionIn(ctx context.Context, q db.Q, userID string) (Interaction, error) {
	i, found, err := interactionOf.Maybe(ctx, q, userID)
	if err != nil || !found {
		return newInteraction, err
	}
	if !i.WhatsApp() {
		return i, nil
	}
	phones, err := s.Phones(ctx, q, userID)
	if !slices.ContainsFunc(phones, func(p Phone) bool { return p.ID == i.WhatsappPhone }) {
		i.WhatsappPhone, i.WhatsappAt = "", sql.Null[time.Time]{}
	}
	return i, err
}

// Theme is what a user's pages are shown in: Light, Dark, or empty for what
// the device says.
func (s *Service) Theme(ctx context.Context, userID string) (string, error) {
	i, _, err := interactionOf.Maybe(ctx, s.DB, userID)
	if err != nil || i.Theme == System {
		return "", err
	}
	return i.Theme, nil
}

// ChangeInteraction changes the caller's. version is the one that the change
// was made from; 0 takes whatever is there. It returns ErrStale, ErrChoice or
// ErrNoPhone.
func (s *Service) ChangeInteraction(ctx context.Context, c session.Caller, version int64, p InteractionPatch) (Interaction, error) {
	return save(ctx, s, c, version, "interaction.updated", sheet[Interaction]{
		read: s.InteractionIn, write: writeInteraction,
		version: func(i *Interaction) *int64 { return &i.Version },
		apply: func(tx *db.Tx, i Interaction) (Interaction, []string, error) {
			return s.wish(ctx, tx, c.User.ID, i, p)
		},
	})
}

// wish lays a patch over what holds.
func (s *Service) wish(ctx context.Context, tx *db.Tx, userID string, i Interaction, p InteractionPatch) (Interaction, []string, error) {
	var ch changes
	err := ch.choose("theme", &i.Theme, p.Theme, themes)
	set(&ch, "avatar_output", &i.AvatarOutput, p.AvatarOutput)
	set(&ch, "audio_output", &i.AudioOutput, p.AudioOutput)
	set(&ch, "email", &i.Email, p.Email)
	if agreed := i.WhatsApp(); err == nil && p.WhatsApp != nil && set(&ch, "whatsapp", &agreed, p.WhatsApp) {
		err = s.agree(ctx, tx, userID, &i, agreed)
	}
	return i, ch, err
}

// agree notes which phone was agreed to, the last one that was proved.
func (s *Service) agree(ctx context.Context, tx *db.Tx, userID string, i *Interaction, yes bool) error {
	i.WhatsappPhone, i.WhatsappAt = "", sql.Null[time.Time]{}
	if !yes {
		return nil
	}
	phones, err := s.Phones(ctx, tx, userID)
	if err != nil {
		return err
	}
	if len(phones) == 0 {
		return ErrNoPhone
	}
	i.WhatsappPhone = phones[len(phones)-1].ID
	i.WhatsappAt = sql.Null[time.Time]{V: s.Clock.Now(), Valid: true}
	return nil
}

// InteractionOf returns that of a member of the actor's organization. It
// returns identity.ErrNoMember for anybody else.
func (s *Service) InteractionOf(ctx context.Context, actor identity.Actor, userID string) (Interaction, error) {
	if err := s.member(ctx, actor, userID); err != nil {
		return Interaction{}, err
	}
	return s.Interaction(ctx, userID)
}
