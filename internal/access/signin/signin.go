package signin

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

// ErrCredentials is the answer to every wrong sign-in.
var ErrCredentials = errs.New(errs.Unauthenticated, "invalid_credentials")

// Service opens and ends sessions.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Limit    *limit.Limiter
	Sessions session.Store
	Journal  *journal.Journal

	// Matches compares a password. For an empty user it takes as long.
	Matches func(ctx context.Context, userID string, password secret.Secret) (bool, error)
}

// Browser is what is known of the browser that asks.
type Browser struct {
	Session   string // id of the session that a new one takes the place of
	UserAgent string
	Address   string
	Network   string
	Origin    identity.Origin
}

// SignIn opens a session for whoever knows the password of the address. It
// returns ErrCredentials, limit.ErrThrottled or hashpool.ErrBusy.
func (s *Service) SignIn(ctx context.Context, b Browser, address string, password secret.Secret) (secret.Secret, error) {
	normal := identity.NormalEmail(address)
	if err := s.Limit.Take(ctx, session.Tries, normal); err != nil {
		return "", err
	}
	user, err := s.who(ctx, normal)
	if err != nil {
		return "", err
	}
	ok, err := s.Matches(ctx, user.ID, password)
	if err != nil {
		return "", err
	}
	if !ok || user.State != identity.Active {
		return "", ErrCredentials
	}
	if err := s.Limit.Clear(ctx, session.Tries, normal); err != nil {
		return "", err
	}
	return s.open(ctx, b, user.ID)
}

// who returns the user of an address, or nobody.
func (s *Service) who(ctx context.Context, normal string) (identity.User, error) {
	email, found, err := identity.FindEmail(ctx, s.DB, normal)
	if err != nil || !found {
		return identity.User{}, err
	}
	user, err := identity.Get(ctx, s.DB, email.UserID)
	if errors.Is(err, identity.ErrNoUser) {
		return identity.User{}, nil
	}
	return user, err
}

func (s *Service) open(ctx context.Context, b Browser, userID string) (token secret.Secret, err error) {
	now := s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		user, err := identity.Get(ctx, tx, userID)
		if err != nil {
			return err
		}
		if err := identity.NoteSignIn(ctx, tx, userID, now); err != nil {
			return err
		}
		token, err = s.Sessions.Open(ctx, tx, session.Opening{
			User: user, Level: session.Full, Method: "password", Replaces: b.Session, UserAgent: b.UserAgent, Address: b.Address,
		})
		if err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: now, Action: "session.opened", Target: journal.Person(userID),
			Actor: identity.Actor{UserID: userID, Origin: b.Origin, Network: b.Network},
		})
	})
	return token, err
}

// SignOut ends the actor's session.
func (s *Service) SignOut(ctx context.Context, c session.Caller) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Sessions.Close(ctx, tx, c.Session.ID); err != nil {
			return err
		}
		actor := c.Actor
		actor.UserID = c.User.ID
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "session.closed", Target: journal.Person(c.User.ID), Actor: actor,
		})
	})
}

// Switch makes one of the actor's organizations the current one. It returns
// identity.ErrNoMember for any other.
func (s *Service) Switch(ctx context.Context, c session.Caller, organizationID string) (identity.Membership, error) {
	m, err := identity.Pick(c.Memberships, organizationID)
	if err != nil || organizationID == "" {
		return m, identity.ErrNoMember.On("organization")
	}
	return m, s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Sessions.Switch(ctx, tx, c.Session.ID, organizationID) })
}
