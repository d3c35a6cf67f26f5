package chatwoot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/secret"
)

// What can go wrong.
var (
	ErrNone     = errs.New(errs.NotFound, "chatwoot_not_connected")
	ErrAccount  = errs.New(errs.Invalid, "chatwoot_account").On("account")
	ErrToken    = errs.New(errs.Invalid, "chatwoot_token").On("token")
	ErrSilent   = errs.New(errs.Invalid, "chatwoot_silent").On("url")
	ErrStrange  = errs.New(errs.Invalid, "chatwoot_strange").On("url")
	ErrRequired = identity.ErrTextRequired
)

const (
	keyKind   = "cw" // of the key in the address that Chatwoot posts to
	maxSecret = 200  // characters
	checks    = time.Hour
)

// Service keeps the connections of organizations.
type Service struct {
	DB      *db.DB
	Keys    *secret.Keys
	Clock   clock.Clock
	Log     *slog.Logger
	Queue   *jobs.Queue
	Journal *journal.Journal
	URL     *url.URL

	// Check reads an address, and refuses one that may not be called.
	Check func(ctx context.Context, text string) (*url.URL, error)
	// Call makes a call by the guarded client.
	Call func(*http.Request) (*http.Response, error)
	// Accept takes events of an organization.
	Accept func(ctx context.Context, organizationID string, events []Event) error
	// Person is the member with a verified address, as they are to be there, and
	// whether there is one.
	Person func(ctx context.Context, organizationID, address string) (Person, bool, error)
}

// Person is a member who may be an agent.
type Person struct {
	UserID string
	Name   string // empty: they have told none
	Busy   bool
}

// Connection is what an organization has with Chatwoot.
type Connection struct {
	URL      string // where Chatwoot is
	Account  int64
	Address  secret.Secret // where Chatwoot posts to
	Signed   bool          // the secret of its signatures is known
	MadeAt   time.Time
	HeardAt  time.Time // zero: nothing has come yet
	SyncedAt time.Time // zero: not yet
	Fault    string    // why the last try failed; empty: it did not
	Agents   []Agent
}

// Agent is one of the account's.
type Agent struct {
	ID       int64
	UserID   string // the member with the same address; empty: there is none
	Name     string
	Email    string
	DriftAt  time.Time // when a name differed over there and was set again
	SyncedAt time.Time
	Fault    string
}

// Wish is what a connection is to be.
type Wish struct {
	URL     string
	Account int64
	Token   secret.Secret // of an administrator there; empty: that of before
	Secret  secret.Secret // with which Chatwoot signs; empty: none is asked for
}

// Register adds what the queue does here.
func (s *Service) Register() { jobs.Handle(s.Queue, s.sync) }

// Find returns the connection of an organization, or ErrNone.
func (s *Service) Find(ctx context.Context, organizationID string) (Connection, error) {
	r, found, err := one.Maybe(ctx, s.DB, organizationID)
	if err != nil {
		return Connection{}, err
	}
	if !found {
		return Connection{}, ErrNone
	}
	key, err := s.Keys.Open(r.Key, place(organizationID, "key"))
	if err != nil {
		return Connection{}, err
	}
	c := Connection{
		URL: r.URL, Account: r.Account, Address: s.address(organizationID, secret.Secret(key)), Signed: r.Secret != nil,
		MadeAt: r.MadeAt, HeardAt: r.HeardAt.V, SyncedAt: r.SyncedAt.V, Fault: r.Fault,
	}
	agents, err := agentsOf.All(ctx, s.DB, organizationID)
	for _, a := range agents {
		c.Agents = append(c.Agents, Agent{a.AgentID, a.UserID.V, a.Name, a.Email, a.DriftAt.V, a.SyncedAt, a.Fault})
	}
	return c, err
}

// address is where Chatwoot posts to.
func (s *Service) address(organizationID string, key secret.Secret) secret.Secret {
	u := *s.URL
	u.Path, u.RawQuery = strings.Replace(eventsPath, "{org}", organizationID, 1), "key="+key.Reveal()
	return secret.Secret(u.String())
}

// Connect connects the current organization with an account, or changes how it
// is connected. It asks Chatwoot whether it is so. It returns errs.Fields.
func (s *Service) Connect(ctx context.Context, c session.Caller, w Wish) error {
	org := c.Actor.Membership.OrganizationID
	before, had, err := one.Maybe(ctx, s.DB, org)
	if err != nil {
		return err
	}
	if w, err = s.checked(ctx, w, before, had); err != nil {
		return err
	}
	if _, err := s.remote(w).agents(ctx); err != nil {
		return fault(err)
	}
	key := secret.NewToken(keyKind)
	if had {
		text, err := s.Keys.Open(before.Key, place(org, "key"))
		if err != nil {
			return err
		}
		key = secret.Secret(text)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := keep.Run(ctx, tx, org, w.URL, w.Account, s.seal(org, "token", w.Token), s.seal(org, "secret", w.Secret),
			s.seal(org, "key", key), secret.Hash(key), s.Clock.Now())
		if err != nil {
			return err
		}
		if err := s.Queue.Insert(ctx, tx, syncing{org}); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "chatwoot.connected")
	})
}

func (s *Service) checked(ctx context.Context, w Wish, before row, had bool) (Wish, error) {
	var faults errs.Fields
	found, err := s.Check(ctx, strings.TrimRight(strings.TrimSpace(w.URL), "/"))
	var refused *errs.Error
	if errors.As(err, &refused) {
		err = refused.On("url")
	}
	if err := faults.Add(err); err != nil {
		return w, err
	}
	if found != nil {
		w.URL = found.String()
	}
	if w.Account < 1 {
		faults = append(faults, ErrAccount)
	}
	w.Token = secret.Secret(strings.TrimSpace(w.Token.Reveal()))
	// A token goes to the server that it was given for, and to no other.
	if w.Token == "" && had && before.URL == w.URL {
		text, err := s.Keys.Open(before.Token, place(before.OrganizationID, "token"))
		if err != nil {
			return w, err
		}
		w.Token = secret.Secret(text)
	}
	if w.Token == "" {
		faults = append(faults, ErrRequired.On("token"))
	}
	text, err := identity.Line("secret", w.Secret.Reveal(), maxSecret)
	w.Secret = secret.Secret(text)
	if err := faults.Add(err); err != nil {
		return w, err
	}
	return w, faults.OrNil()
}

// fault is what a failed call says about a form.
func fault(err error) error {
	switch {
	case errors.Is(err, errRefused):
		return ErrToken
	case errors.Is(err, errStrange):
		return ErrStrange
	}
	return ErrSilent.Because(err)
}

// Disconnect ends the connection of the current organization.
func (s *Service) Disconnect(ctx context.Context, c session.Caller) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := remove.Run(ctx, tx, c.Actor.Membership.OrganizationID)
		if err == nil && n == 0 {
			err = ErrNone
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, c, "chatwoot.disconnected")
	})
}

// Refresh compares everything soon.
func (s *Service) Refresh(ctx context.Context, c session.Caller) error {
	org := c.Actor.Membership.OrganizationID
	if _, found, err := one.Maybe(ctx, s.DB, org); err != nil || !found {
		return errors.Join(err, ErrNone)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Queue.Insert(ctx, tx, syncing{org}) })
}

func (s *Service) seal(organizationID, what string, text secret.Secret) []byte {
	if text == "" {
		return nil
	}
	return s.Keys.Seal([]byte(text.Reveal()), place(organizationID, what))
}

// place is where a sealed text may be opened.
func place(organizationID, what string) string { return "chatwoots|" + what + "|" + organizationID }

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string) error {
	org := c.Actor.Membership.OrganizationID
	return s.Journal.RecordOrganization(ctx, tx, org, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Thing(org),
	})
}

// matters reports whether a change may be one of a name or an availability.
func matters(c change.Change) bool {
	switch c.Type {
	case change.ProfileUpdated, change.AvailabilityChanged, change.MemberJoined, change.MemberLeft:
		return true
	}
	return false
}
