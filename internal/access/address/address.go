package address

import (
	"context"
	"net/url"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/pace"
)

const (
	// Most is how many addresses an account has, those that wait for their
	// code included.
	Most = 5
	// Life is how long a code works.
	Life = 10 * time.Minute
	// Tries is how many calls with a wrong code a change bears.
	Tries = 5
	// Wait is how long it takes until another code can be sent.
	Wait = time.Minute
	// PendingLife is how long a further address waits for its code.
	PendingLife = 24 * time.Hour
)

// What can go wrong.
var (
	ErrNoChange = errs.New(errs.NotFound, "no_email_change")
	ErrNone     = errs.New(errs.NotFound, "no_such_email")
	ErrSame     = errs.New(errs.Invalid, "email_is_primary").On("new_email")
	ErrYours    = errs.New(errs.Conflict, "email_is_yours").On("email")
	ErrMany     = errs.New(errs.Conflict, "too_many_emails")
	ErrPrimary  = errs.New(errs.Conflict, "primary_email")
	// ErrOver says that a change has ended with the last wrong code.
	ErrOver = errs.New(errs.Invalid, "email_change_over")
)

// The mails that one account can cause: for changes of its address, to each
// further address, and to further addresses in all.
var (
	changes  = limit.Declare("email-change", 5, time.Hour)
	codes    = limit.Declare("email-code", 5, time.Hour)
	addables = limit.Declare("email-add", 20, time.Hour)
)

// Service changes addresses.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Limit    *limit.Limiter
	Once     once.Store
	Mail     *mail.Mailer
	Notices  *notice.Notices
	Sessions session.Store
	Journal  *journal.Journal
	URL      *url.URL
	Floor    *pace.Floor // of the answers that are the same for an address of somebody else

	// EndResets ends the link of a forgotten password.
	EndResets func(ctx context.Context, tx *db.Tx, userID string) error
	// Agreed returns the one address that the organizations of a person have
	// agreed to, where their rules want to be asked, and until when; or none.
	Agreed func(ctx context.Context, q db.Q, userID string) (address string, until time.Time, err error)
	// Fixed reports whether no address moves onto an address's domain or off it,
	// because an identity provider has its people.
	Fixed func(ctx context.Context, q db.Q, address string) (bool, error)
}

// free returns policy.ErrProvider if one of these addresses is fixed.
func (s *Service) free(ctx context.Context, q db.Q, field string, addresses ...string) error {
	for _, a := range addresses {
		fixed, err := s.Fixed(ctx, q, a)
		if err != nil {
			return err
		}
		if fixed {
			return policy.ErrProvider.On(field)
		}
	}
	return nil
}

// Address is one of an account.
type Address struct {
	identity.Email      // VerifiedAt is zero while it is pending
	Pending        bool // it waits for its code
	ExpiresAt      time.Time
	CodeUntil      time.Time // how long its code works
	ResendAt       time.Time // when another code can be sent
}

// List returns the addresses of the user: the primary one, the further ones,
// and those that wait for their code.
func (s *Service) List(ctx context.Context, q db.Q, userID string) ([]Address, error) {
	verified, err := identity.Emails(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	var all []Address
	for _, e := range verified {
		all = append(all, Address{Email: e})
	}
	waiting, err := pendings.All(ctx, q, userID, s.Clock.Now())
	for _, p := range waiting {
		all = append(all, p.address())
	}
	return all, err
}

// foreign returns the owner of an address that somebody else than the user has,
// and whether there is one.
func foreign(ctx context.Context, q db.Q, userID, normal string) (ownerID string, taken bool, err error) {
	email, found, err := identity.FindEmail(ctx, q, normal)
	return email.UserID, found && email.UserID != userID, err
}

// soon says how long it takes until codes can be sent again.
func (s *Service) soon(sentAt time.Time) error {
	return limit.ErrThrottled.After(sentAt.Add(Wait).Sub(s.Clock.Now()))
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor identity.Actor, userID, action string) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Person(userID), Changes: []string{"email"},
	})
}

// Sweep removes what has expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	if _, err := sweepChanges.Run(ctx, tx, s.Clock.Now()); err != nil {
		return err
	}
	_, err := sweepPending.Run(ctx, tx, s.Clock.Now())
	return err
}
