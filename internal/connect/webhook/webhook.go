package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	// Most is how many webhooks an organization has.
	Most = 20
	// OldSecretLife is how long the secret of before signs too.
	OldSecretLife = 24 * time.Hour
	// Kept is how long a delivery stands in the log.
	Kept = 30 * 24 * time.Hour

	all         = "*"
	ping        = "ping"
	secretBytes = 32
	secretStart = "whsec_"
)

// What can go wrong.
var (
	ErrNotFound = errs.New(errs.NotFound, "no_such_webhook")
	ErrTooMany  = errs.New(errs.Conflict, "too_many_webhooks")
	ErrEvents   = errs.New(errs.Invalid, "unknown_event").On("events")
	ErrNoEvents = errs.New(errs.Invalid, "event_required").On("events")
)

// Service keeps webhooks and calls them.
type Service struct {
	DB      *db.DB
	Keys    *secret.Keys
	Clock   clock.Clock
	Log     *slog.Logger
	Journal *journal.Journal

	// Check reads an address, and refuses one that may not be called.
	Check func(ctx context.Context, text string) (*url.URL, error)
	// Call makes a call by the guarded client.
	Call func(*http.Request) (*http.Response, error)
	// Object returns what a change is about as somebody may read it now: the
	// user or client who made the webhook; empty: not known. Nil: nothing.
	Object func(ctx context.Context, maker string, c change.Change, organizationID string) (any, error)

	work
}

// Webhook is an address that is told what changes.
type Webhook struct {
	ID         string
	URL        string
	Events     []string  // types, or "*" alone
	DisabledAt time.Time // zero: it works
	CreatedAt  time.Time
}

func (r row) webhook() Webhook {
	return Webhook{r.ID, r.URL, strings.Fields(r.Events), r.DisabledAt.V, r.CreatedAt}
}

// wants reports whether the webhook is told of changes of a type.
func (r row) wants(t string) bool {
	events := strings.Fields(r.Events)
	return slices.Contains(events, all) || slices.Contains(events, t)
}

// Make gives the current organization a webhook, and returns the secret that
// signs what it is told.
func (s *Service) Make(ctx context.Context, c session.Caller, address string, events []string) (made Webhook, key secret.Secret, err error) {
	address, events, err = s.checked(ctx, address, events)
	if err != nil {
		return made, "", err
	}
	now, org := s.Clock.Now(), c.Actor.Membership.OrganizationID
	made, key = Webhook{ID: ids.New(ids.Webhook, now), URL: address, Events: events, CreatedAt: now}, newSecret()
	sealed := s.seal(made.ID, key)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, org); err != nil {
			return err
		}
		n, err := count.One(ctx, tx, org)
		if err != nil {
			return err
		}
		if n >= Most {
			return ErrTooMany.With("Max", Most)
		}
		if _, err := insert.Run(ctx, tx, made.ID, org, address, strings.Join(events, " "), sealed, now, maker(c)); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "webhook.made", made.ID)
	})
	return made, key, err
}

// maker is who made a webhook. One that was made with a token of a person has
// none: the token's scope opens webhooks, and nothing else that they may read.
func maker(c session.Caller) string {
	if c.Token != "" {
		return ""
	}
	return c.Actor.UserID + c.Actor.ClientID
}

func (s *Service) checked(ctx context.Context, address string, events []string) (string, []string, error) {
	var faults errs.Fields
	found, err := s.Check(ctx, strings.TrimSpace(address))
	var refused *errs.Error
	if errors.As(err, &refused) {
		err = refused.On("url")
	}
	if err := faults.Add(err); err != nil {
		return "", nil, err
	}
	events, err = eventsOf(events)
	if err := faults.Add(err); err != nil {
		return "", nil, err
	}
	if err := faults.OrNil(); err != nil {
		return "", nil, err
	}
	return found.String(), events, nil
}

// eventsOf returns types in the order that they always have, or "*" alone.
func eventsOf(asked []string) (events []string, err error) {
	if slices.Contains(asked, all) {
		return []string{all}, nil
	}
	for _, t := range change.Types {
		if slices.Contains(asked, t) {
			events = append(events, t)
		}
	}
	switch {
	case slices.ContainsFunc(asked, func(t string) bool { return t != ping && !slices.Contains(change.Types, t) }):
		return nil, ErrEvents
	case len(asked) == 0:
		return nil, ErrNoEvents
	case slices.Contains(asked, ping):
		events = append(events, ping)
	}
	return events, nil
}

func newSecret() secret.Secret {
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return secret.Secret(secretStart + base64.StdEncoding.EncodeToString(random[:]))
}

func (s *Service) seal(id string, key secret.Secret) []byte {
	return s.Keys.Seal([]byte(key.Reveal()), place(id))
}

// place is where a sealed secret may be opened.
func place(id string) string { return "webhooks|secret|" + id }

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action, id string) error {
	return s.Journal.RecordOrganization(ctx, tx, c.Actor.Membership.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Thing(id),
	})
}

// List returns the webhooks of an organization, the oldest first.
func (s *Service) List(ctx context.Context, organizationID string) ([]Webhook, error) {
	rows, err := of.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	list := make([]Webhook, len(rows))
	for i, r := range rows {
		list[i] = r.webhook()
	}
	return list, nil
}

// Find returns a webhook of the current organization.
func (s *Service) Find(ctx context.Context, c session.Caller, id string) (Webhook, error) {
	r, found, err := one.Maybe(ctx, s.DB, id, c.Actor.Membership.OrganizationID)
	if err == nil && !found {
		err = ErrNotFound
	}
	return r.webhook(), err
}

// Change gives a webhook another address or other types; nil leaves them. One
// that was disabled works again, from where it was.
func (s *Service) Change(ctx context.Context, c session.Caller, id string, address *string, events []string) (Webhook, error) {
	before, err := s.Find(ctx, c, id)
	if err != nil {
		return before, err
	}
	to, wanted := before.URL, before.Events
	if address != nil {
		to = *address
	}
	if events != nil {
		wanted = events
	}
	if to, wanted, err = s.checked(ctx, to, wanted); err != nil {
		return before, err
	}
	err = s.one(ctx, c, id, "webhook.updated", func(tx *db.Tx, org string) (int64, error) {
		return edit.Run(ctx, tx, id, org, to, strings.Join(wanted, " "))
	})
	before.URL, before.Events, before.DisabledAt = to, wanted, time.Time{}
	return before, err
}

// Rotate gives a webhook another secret. The one of before signs too for
// OldSecretLife.
func (s *Service) Rotate(ctx context.Context, c session.Caller, id string) (secret.Secret, error) {
	key := newSecret()
	sealed := s.seal(id, key)
	return key, s.one(ctx, c, id, "webhook.secret_rotated", func(tx *db.Tx, org string) (int64, error) {
		return rotate.Run(ctx, tx, id, org, sealed, s.Clock.Now().Add(OldSecretLife))
	})
}

// Remove ends a webhook and forgets its log.
func (s *Service) Remove(ctx context.Context, c session.Caller, id string) error {
	return s.one(ctx, c, id, "webhook.removed", func(tx *db.Tx, org string) (int64, error) { return remove.Run(ctx, tx, id, org) })
}

// one does something to a webhook of the current organization, with its entry.
func (s *Service) one(ctx context.Context, c session.Caller, id, action string, do func(tx *db.Tx, org string) (int64, error)) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := do(tx, c.Actor.Membership.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.record(ctx, tx, c, action, id)
	})
}
