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
	// Offer lists the second factors of a user in the order they are offered.
	Offer func(ctx context.Context, q db.Q, userID string) ([]string, error)
	// Check takes what the caller gives as a second factor and uses it up.
	Check func(ctx context.Context, c session.Caller, method, given string) error
	// Passkey returns whose passkey it is that answers as the only proof.
	Passkey func(ctx context.Context, stranger session.Caller, answer []byte) (identity.User, error)
	// Alone reports whether the rules let a passkey sign the user in alone.
	Alone func(ctx context.Context, userID string) (bool, error)
	// Phones lists where a code of the half sign-in c can go, the best first.
	Phones func(ctx context.Context, c session.Caller) ([]Phone, error)
	// SendCode sends one to a phone, at first the best. It reports false if that
	// phone got one less than a minute ago.
	SendCode func(ctx context.Context, c session.Caller, phone string) (sent bool, err error)
}

// Entered is what a sign-in has come to.
type Entered struct {
	Token   secret.Secret
	Factors []string // second factors of which one is still to come; none: signed in
}

// Browser is what is known of the browser that asks.
type Browser struct {
	Session   string // id of the session that a new one takes the place of
	UserAgent string
	Address   string
	Network   string
	Origin    identity.Origin
}

// SignIn opens a session for whoever knows the password of the address: a half
// one if the account has a second factor. It returns ErrCredentials,
// limit.ErrThrottled or hashpool.ErrBusy.
func (s *Service) SignIn(ctx context.Context, b Browser, address string, password secret.Secret) (Entered, error) {
	normal := identity.NormalEmail(address)
	if err := s.Limit.Take(ctx, session.Tries, normal); err != nil {
		return Entered{}, err
	}
	user, err := s.who(ctx, normal)
	if err != nil {
		return Entered{}, err
	}
	ok, err := s.Matches(ctx, user.ID, password)
	if err != nil {
		return Entered{}, err
	}
	if !ok || user.State != identity.Active {
		return Entered{}, ErrCredentials
	}
	if err := s.Limit.Clear(ctx, session.Tries, normal); err != nil {
		return Entered{}, err
	}
	in, err := s.enter(ctx, b, user)
	if err == nil && len(in.Factors) > 0 && in.Factors[0] == bySMS {
		err = s.sendFirst(ctx, user, in.Token)
	}
	return in, err
}

// enter opens the session with the epochs that the user had before the
// password was compared: what changed since ends it.
func (s *Service) enter(ctx context.Context, b Browser, user identity.User) (in Entered, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if in.Factors, err = s.Offer(ctx, tx, user.ID); err != nil {
			return err
		}
		if len(in.Factors) > 0 {
			in.Token, err = s.Sessions.Open(ctx, tx, b.opening(user, session.Half, "password"))
			return err
		}
		in.Token, err = s.open(ctx, tx, b, user, "password")
		return err
	})
	return in, err
}

func (b Browser) opening(user identity.User, level session.Level, method string) session.Opening {
	return session.Opening{
		User: user, Level: level, Method: method, Unproved: method == bySMS, Replaces: b.Session, UserAgent: b.UserAgent, Address: b.Address,
	}
}

// who returns the user of an address, or nobody.
func (s *Service) who(ctx context.Context, normal string) (identity.User, error) {
	email, found, err := identity.FindPrimary(ctx, s.DB, normal)
	if err != nil || !found {
		return identity.User{}, err
	}
	user, err := identity.Get(ctx, s.DB, email.UserID)
	if errors.Is(err, identity.ErrNoUser) {
		return identity.User{}, nil
	}
	return user, err
}

// open opens a full session.
func (s *Service) open(ctx context.Context, tx *db.Tx, b Browser, user identity.User, method string) (secret.Secret, error) {
	now := s.Clock.Now()
	if err := identity.NoteSignIn(ctx, tx, user.ID, now); err != nil {
		return "", err
	}
	token, err := s.Sessions.Open(ctx, tx, b.opening(user, session.Full, method))
	if err != nil {
		return "", err
	}
	return token, s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: now, Action: "session.opened", Target: journal.Person(user.ID),
		Actor: identity.Actor{UserID: user.ID, Origin: b.Origin, Network: b.Network},
	})
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
