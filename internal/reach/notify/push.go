package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// Note is what a device shows.
type Note struct {
	Title, Body string
	URL         string // that a click opens
	Tag         string // a later one takes its place
	Event       string // empty: several
	Lang, Dir   string
}

// pushing is the job that sends what was held back from a person's devices.
type pushing struct{ Organization, User string }

func (pushing) Kind() string { return "notify.push" }

// push sends what has happened to a person's devices.
func (s *Service) push(ctx context.Context, tx *db.Tx, organizationID, userID string, e Event, c Case, d Decision) error {
	m, err := identity.MemberOf(ctx, tx, organizationID, userID)
	if err != nil {
		return err
	}
	user, err := identity.Get(ctx, tx, userID)
	if err != nil {
		return err
	}
	ctx = inTheirs(ctx, user)
	said := content{d.Kind, e.Conversation, e.ActorName, e.MessageText}
	if said.Actor, err = actor(ctx, tx, e); err != nil {
		return err
	}
	n := s.blank(ctx, m, e.Conversation.ID)
	n.Title, n.Body, n.Event = said.title(), said.words(ctx), e.ID
	if e.Conversation.URL != "" {
		n.URL = e.Conversation.URL
	}
	if c.Settings.HideContent {
		n.Title, n.Body = i18n.T(ctx, "notify.mail_waits", "Organization", m.OrganizationName), i18n.T(ctx, "notify.mail_hidden", "Count", 1)
	}
	return s.Push(ctx, tx, organizationID, userID, n)
}

// blank is a note about a conversation, or about several for an empty one, that
// says nothing yet.
func (s *Service) blank(ctx context.Context, m identity.Membership, conversation string) Note {
	mac := s.Keys.MAC("push tag", []byte(m.OrganizationID+" "+m.UserID+" "+conversation))
	lang := i18n.Lang(ctx)
	return Note{
		URL: s.URL.JoinPath(path).String() + "#ledger", Tag: base64.RawURLEncoding.EncodeToString(mac[:18]), Lang: lang.Tag, Dir: lang.Dir,
	}
}

// inTheirs speaks a person's language from here on.
func inTheirs(ctx context.Context, u identity.User) context.Context {
	if u.Locale == "" {
		return ctx
	}
	return i18n.With(ctx, u.Locale)
}

// holdPush keeps a push until focus or quiet hours end.
func (s *Service) holdPush(ctx context.Context, tx *db.Tx, organizationID, userID string, e Event, until time.Time) error {
	if _, err := holdPush.Run(ctx, tx, organizationID, userID, e.ID, e.Conversation.ID, e.OccurredAt, until); err != nil {
		return err
	}
	return s.Queue.InsertAt(ctx, tx, until, pushing{organizationID, userID})
}

// digest sends one push about all that was held back, unless it is held on. It
// may run again.
func (s *Service) digest(ctx context.Context, organizationID, userID string) error {
	m, err := identity.MemberOf(ctx, s.DB, organizationID, userID)
	if errors.Is(err, identity.ErrNoMember) {
		return nil // and what was held is gone with the membership
	}
	if err != nil {
		return err
	}
	user, err := identity.Get(ctx, s.DB, userID)
	if err != nil || user.State != identity.Active {
		return err
	}
	hold, err := s.holds(ctx, organizationID, user)
	if err != nil {
		return err
	}
	ctx = inTheirs(ctx, user)
	now := s.Clock.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if rule, until := hold.hold(); rule != "" {
			return s.holdOn(ctx, tx, m, rule, until)
		}
		events, err := takePushes.All(ctx, tx, organizationID, userID, now)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, event := range events {
			if _, err := revise.Run(ctx, tx, organizationID, userID, event, Push, Sent, Wanted, moment(time.Time{}), now); err != nil {
				return err
			}
		}
		n := s.blank(ctx, m, "")
		n.Title, n.Body = mail.Snippet(m.OrganizationName), i18n.T(ctx, "notify.mail_digest", "Count", len(events))
		return s.Push(ctx, tx, organizationID, userID, n)
	})
}

// holds is the case of a person as far as it tells whether they are left alone.
func (s *Service) holds(ctx context.Context, organizationID string, user identity.User) (c Case, err error) {
	set, err := s.settings(ctx, s.DB, organizationID, user.ID)
	if err != nil {
		return c, err
	}
	focus, err := s.Focus(ctx, s.DB, organizationID)
	return Case{Settings: set, Now: s.Clock.Now(), Home: user.Place(), FocusUntil: focus[user.ID]}, err
}

// holdOn keeps pushes that would be due for another while.
func (s *Service) holdOn(ctx context.Context, tx *db.Tx, m identity.Membership, rule string, until time.Time) error {
	now := s.Clock.Now()
	events, err := postponePushes.All(ctx, tx, m.OrganizationID, m.UserID, now, until)
	if err != nil || len(events) == 0 {
		return err
	}
	for _, event := range events {
		if _, err := revise.Run(ctx, tx, m.OrganizationID, m.UserID, event, Push, Held, rule, moment(until), now); err != nil {
			return err
		}
	}
	return s.Queue.InsertAt(ctx, tx, until, pushing{m.OrganizationID, m.UserID})
}

// Pushed notes what came of a push: one device is enough.
func (s *Service) Pushed(ctx context.Context, organizationID, userID, event string, delivered bool) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		if !delivered {
			_, err := cameLate.Run(ctx, tx, organizationID, userID, event, Push, Failed, PushFailed, now, Wanted)
			return err
		}
		_, err := revise.Run(ctx, tx, organizationID, userID, event, Push, Sent, Delivered, moment(time.Time{}), now)
		return err
	})
}
