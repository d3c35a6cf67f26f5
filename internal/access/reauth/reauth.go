package reauth

import (
	"context"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// What can go wrong, beside what Check returns.
var (
	ErrPassword = errs.New(errs.Invalid, "wrong_password").On("password")
	ErrFactor   = errs.New(errs.Invalid, "second_factor_needed").On("code")
	ErrMethod   = errs.New(errs.Invalid, "unknown_proof").On("method")
	ErrStopped  = errs.New(errs.Invalid, "stopped_form")
)

// The ways of proving.
const (
	byPassword   = "password"
	byPasskey    = "webauthn"
	byTOTP       = "totp"
	byBackupCode = "backup_code"
	digits       = 6 // of a code of an authenticator app
)

// Service takes proofs and seals stopped forms.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Keys     *secret.Keys
	Sessions session.Store
	Journal  *journal.Journal

	// Whose returns the active user with a normalized address and a password, or
	// nobody. device is the cookie of the browser that asks.
	Whose func(ctx context.Context, address, device string, password secret.Secret) (identity.User, error)
	// Offer lists the second factors of a user that are proofs, in the order they
	// are offered. SMS is none.
	Offer func(ctx context.Context, q db.Q, userID string) ([]string, error)
	// Check takes what the caller gives as a second factor and uses it up.
	Check func(ctx context.Context, c session.Caller, method, given string) error
}

// Proof is what somebody gives to show who they are.
type Proof struct {
	Method   string // password, webauthn, totp or backup_code; empty: what it looks like
	Password secret.Secret
	Code     string
	Passkey  string // its answer, as JSON
	Device   string // cookie of the browser
}

// Prove makes the proof of the caller's session fresh. It returns ErrPassword,
// ErrFactor, ErrMethod, limit.ErrThrottled or what Check returns.
func (s *Service) Prove(ctx context.Context, c session.Caller, p Proof) error {
	offered, err := s.Offer(ctx, s.DB, c.User.ID)
	if err != nil {
		return err
	}
	method := p.method(len(offered) > 0)
	switch {
	case len(offered) == 0 && method == byPassword:
		err = s.password(ctx, c.User.ID, p)
	case method == byPassword:
		err = ErrFactor
	case p.Method != "" && !slices.Contains(offered, method):
		err = ErrMethod
	default:
		err = s.Check(ctx, c, method, p.given(method))
	}
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Sessions.Prove(ctx, tx, c.Session.ID, method); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "session.proved", Actor: c.Actor, Target: journal.Person(c.User.ID), Details: map[string]string{"method": method},
		})
	})
}

// method is the one that is named, or the one that the proof looks like.
func (p Proof) method(factor bool) string {
	switch {
	case p.Method != "":
		return p.Method
	case p.Passkey != "":
		return byPasskey
	case !factor || p.Code == "":
		return byPassword
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(p.Code)
	if len(code) == digits && strings.Trim(code, "0123456789") == "" {
		return byTOTP
	}
	return byBackupCode
}

// given is what the method looks at.
func (p Proof) given(method string) string {
	if method == byPasskey {
		return p.Passkey
	}
	return p.Code
}

// password counts a wrong one like a wrong sign-in.
func (s *Service) password(ctx context.Context, userID string, p Proof) error {
	email, err := identity.PrimaryEmail(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	user, err := s.Whose(ctx, email.Normalized, p.Device, p.Password)
	if err == nil && user.ID != userID {
		return ErrPassword
	}
	return err
}
