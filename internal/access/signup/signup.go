package signup

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"time"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/pace"
	"nameplate/internal/platform/secret"
)

// Lifetime is how long a sign-up waits, its code and its link with it.
const Lifetime = 24 * time.Hour

const (
	codeLife    = 10 * time.Minute
	nameMost    = 64
	purpose     = "signup"
	browserKind = "sb"
)

// guesses bounds the codes that are tried for an address, over all its
// sign-ups.
var guesses = limit.Declare("signup-code", 10, 15*time.Minute)

// What can go wrong.
var (
	ErrClosed       = errs.New(errs.Denied, "signup_closed")
	ErrSetup        = errs.New(errs.Denied, "setup_link_required")
	ErrOtherBrowser = errs.New(errs.Invalid, "signup_other_browser").On("password")
)

// Mode is who may sign up.
type Mode string

// The modes. The first owner may sign up in each of them.
const (
	Open   Mode = "open"
	Invite Mode = "invite"
	Closed Mode = "closed"
)

// Service makes accounts.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Once     once.Store
	Limit    *limit.Limiter
	Mail     *mail.Mailer
	Sessions session.Store
	Devices  device.Store
	Journal  *journal.Journal
	URL      *url.URL
	Mode     Mode
	Floor    *pace.Floor // of the answer that is the same for known addresses

	// NewPassword holds a password against the rules of an account that has
	// these words of its own, and returns its hash.
	NewPassword func(ctx context.Context, password secret.Secret, own []string) (string, error)
	// KeepPassword stores a hash that NewPassword made.
	KeepPassword func(ctx context.Context, tx *db.Tx, userID, hash string) error
	// Provided reports whether people with an address sign in at an identity
	// provider alone.
	Provided func(ctx context.Context, q db.Q, address string) (bool, error)
	// Found makes an organization with an owner.
	Found func(ctx context.Context, tx *db.Tx, actor identity.Actor, name, owner string) (id string, err error)
}

// Browser is what is known of the browser that asks.
type Browser struct {
	Mark      string // the cookie that Start set
	Session   string // id of the session that a new one takes the place of
	Device    string // cookie by which accounts know it
	UserAgent string
	Address   string
	Network   string
	Origin    identity.Origin
	Local     bool // on this machine, not forwarded
	Page      bool // a browser's page, and not a call of the API
}

// Request is what a person signs up with.
type Request struct {
	Email        string
	Password     secret.Secret
	DisplayName  string
	Organization string // name of a new organization; empty: none
	Setup        string // token of the set-up link
}

// Outcome is the answer: a waiting sign-up, or a session.
type Outcome struct {
	SignedIn bool
	Session  secret.Secret // the new session's token
	Device   secret.Secret // cookie by which the account knows the browser
	Mark     secret.Secret // marks the browser of a waiting sign-up
}

// Start begins a sign-up. It returns ErrClosed, ErrSetup,
// policy.ErrElsewhere or errs.Fields.
func (s *Service) Start(ctx context.Context, b Browser, r Request) (Outcome, error) {
	first, err := s.Allowed(ctx, b, r.Setup)
	if err != nil {
		return Outcome{}, err
	}
	if provided, err := s.Provided(ctx, s.DB, r.Email); err != nil {
		return Outcome{}, err
	} else if provided {
		return Outcome{}, policy.ErrElsewhere.On("email")
	}
	ready := s.Floor.Begin()
	w, err := s.prepare(ctx, r)
	if err != nil {
		return Outcome{}, err
	}
	if w.Owner = first; first && s.Mail.SMTP == nil {
		out, err := s.finish(ctx, b, w, func(*db.Tx) error { return nil })
		if !errors.Is(err, errLate) {
			return out, err
		}
		if s.Mode != Open {
			return Outcome{}, ErrClosed
		}
		w.Owner = false
	}
	out, err := s.wait(ctx, w)
	ready(ctx)
	return out, err
}

// errLate says that somebody else became the first owner meanwhile.
var errLate = errors.New("signup: there is an owner by now")

// Allowed reports whether b may sign up, and whether as the first owner.
func (s *Service) Allowed(ctx context.Context, b Browser, setup string) (first bool, err error) {
	_, taken, err := identity.Fact(ctx, s.DB, identity.OwnerFact)
	switch {
	case err != nil:
		return false, err
	case taken && s.Mode == Open:
		return false, nil
	case taken:
		return false, ErrClosed
	case b.Local:
		return true, nil
	}
	hash, ok := secret.ParseToken(SetupKind, setup)
	want, set, err := identity.Fact(ctx, s.DB, identity.SetupFact)
	if err != nil {
		return false, err
	}
	if !ok || !set || subtle.ConstantTimeCompare([]byte(want), []byte(hexOf(hash))) != 1 {
		return false, ErrSetup
	}
	return true, nil
}

// prepare checks what was typed and hashes the password.
func (s *Service) prepare(ctx context.Context, r Request) (waiting, error) {
	var w waiting
	var faults errs.Fields
	var err error
	if w.Address, err = mail.ParseAddress(r.Email); err != nil {
		faults = append(faults, mail.ErrAddress.On("email"))
	}
	if w.DisplayName, err = identity.Line("display_name", r.DisplayName, nameMost); faults.Add(err) != nil {
		return w, err
	}
	if w.Organization, err = identity.Line("organization", r.Organization, nameMost); faults.Add(err) != nil {
		return w, err
	}
	if w.PasswordHash, err = s.NewPassword(ctx, r.Password, []string{r.Email, r.DisplayName, r.Organization}); faults.Add(err) != nil {
		return w, err
	}
	w.Normalized = identity.NormalEmail(w.Address)
	return w, faults.OrNil()
}

// wait keeps the sign-up and mails its proof. For a known address it does work
// of the same kind and tells the address's owner instead.
func (s *Service) wait(ctx context.Context, w waiting) (Outcome, error) {
	now := s.Clock.Now()
	mark, code, link := secret.NewToken(browserKind), s.Once.NewCode(), s.Once.NewLink()
	w.ID, w.BrowserHash, w.CreatedAt, w.ExpiresAt = ids.New("sgn", now), secret.Hash(mark), now, now.Add(Lifetime)
	verify, known := s.verifyLetter(ctx, w, code, link), s.knownLetter(ctx, w)
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, taken, err := identity.FindEmail(ctx, tx, w.Normalized)
		if err != nil {
			return err
		}
		if taken {
			return s.Mail.Send(ctx, tx, known)
		}
		if err := s.replace(ctx, tx, w); err != nil {
			return err
		}
		if err := s.Once.KeepCode(ctx, tx, purpose, w.ID, code, codeLife); err != nil {
			return err
		}
		if err := s.Once.KeepLink(ctx, tx, purpose, w.ID, link, Lifetime); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, verify)
	})
	return Outcome{Mark: mark}, err
}

// replace puts w in the place of an older sign-up for its address.
func (s *Service) replace(ctx context.Context, tx *db.Tx, w waiting) error {
	older, found, err := lockAddress.Maybe(ctx, tx, w.Normalized)
	if err != nil {
		return err
	}
	if found {
		if err := s.Once.Void(ctx, tx, purpose, older); err != nil {
			return err
		}
	}
	_, err = put.Run(ctx, tx, w.ID, w.Normalized, w.Address, w.PasswordHash, w.DisplayName, w.Organization,
		w.BrowserHash, w.Owner, w.CreatedAt, w.ExpiresAt)
	return err
}

// drop takes the sign-up before its code and link, as replace and take do: in
// one order, no two of them wait for each other.
func (s *Service) drop(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := remove.Run(ctx, tx, id); err != nil {
		return err
	}
	return s.Once.Void(ctx, tx, purpose, id)
}
