package signin

import (
	"context"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/pace"
	"nameplate/internal/platform/secret"
)

// ErrCredentials is the answer to every wrong sign-in.
var ErrCredentials = errs.New(errs.Unauthenticated, "invalid_credentials")

// Methods of those who come from a provider, which has asked for a proof just
// now or has not.
const (
	byProvider    = "provider"
	byOldProvider = "provider_session"
)

// Service opens and ends sessions.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Sessions session.Store
	Devices  device.Store
	Notices  *notice.Notices
	Journal  *journal.Journal
	Floor    *pace.Floor // of the answer to a wrong sign-in

	// Whose returns the active user with a normalized address and a password, or
	// nobody, and takes as long for nobody. device is the browser's cookie.
	Whose func(ctx context.Context, address, device string, password secret.Secret) (identity.User, error)
	// Barred reports whether somebody has to sign in at an identity provider.
	Barred func(ctx context.Context, user identity.User) (bool, error)
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
	// Near says about where a network address is: "near Berlin, Germany". Empty
	// where nobody knows.
	Near func(ctx context.Context, address string) string
}

// Entered is what a sign-in has come to.
type Entered struct {
	Token   secret.Secret
	Device  secret.Secret // cookie by which the account knows the browser; empty while a factor is to come
	Factors []string      // second factors of which one is still to come; none: signed in
}

// Browser is what is known of the browser that asks.
type Browser struct {
	Session   string // id of the session that a new one takes the place of
	Device    string // cookie by which accounts know it
	UserAgent string
	Address   string
	Network   string
	Origin    identity.Origin
}

// SignIn opens a session for whoever knows the password of the address: a half
// one if the account has a second factor. It returns ErrCredentials,
// policy.ErrElsewhere, limit.ErrThrottled or hashpool.ErrBusy.
func (s *Service) SignIn(ctx context.Context, b Browser, address string, password secret.Secret) (Entered, error) {
	ready := s.Floor.Begin()
	user, err := s.Whose(ctx, identity.NormalEmail(address), b.Device, password)
	if err != nil {
		return Entered{}, err
	}
	if user.ID == "" {
		ready(ctx)
		return Entered{}, ErrCredentials
	}
	if barred, err := s.Barred(ctx, user); err != nil || barred {
		return Entered{}, orBarred(err)
	}
	return s.enter(ctx, b, user, "password")
}

// ByProvider opens a session for somebody who has signed in at an identity
// provider: a half one if the account has a second factor. proved says whether
// that is a proof for what is sensitive.
func (s *Service) ByProvider(ctx context.Context, b Browser, user identity.User, proved bool) (Entered, error) {
	method := byProvider
	if !proved {
		method = byOldProvider
	}
	return s.enter(ctx, b, user, method)
}

// orBarred is the error of somebody who has to sign in elsewhere.
func orBarred(err error) error {
	if err == nil {
		return policy.ErrElsewhere
	}
	return err
}

// enter opens the session with the epochs that the user had before the
// password was compared: what changed since, a new factor too, ends it.
func (s *Service) enter(ctx context.Context, b Browser, user identity.User, method string) (in Entered, err error) {
	if in.Factors, err = s.Offer(ctx, s.DB, user.ID); err != nil {
		return Entered{}, err
	}
	if len(in.Factors) == 0 {
		return s.admit(ctx, b, user, method, nil)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		in.Token, err = s.Sessions.Open(ctx, tx, b.opening(user, session.Half, method))
		return err
	})
	if err == nil && in.Factors[0] == bySMS {
		err = s.sendFirst(ctx, user, in.Token)
	}
	return in, err
}

func (b Browser) opening(user identity.User, level session.Level, method string) session.Opening {
	return session.Opening{
		User: user, Level: level, Method: method, Unproved: method == bySMS || method == byOldProvider, Replaces: b.Session, UserAgent: b.UserAgent, Address: b.Address,
	}
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
