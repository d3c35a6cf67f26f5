package password

import (
	"context"
	"errors"
	"net/url"
	"time"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/pace"
	"nameplate/internal/platform/secret"
)

const (
	resetPurpose = "password-reset"
	// ResetLife is how long the link of a reset works.
	ResetLife = time.Hour
)

// What can go wrong.
var (
	ErrCurrent  = errs.New(errs.Invalid, "wrong_current_password").On("current_password")
	ErrInactive = errs.New(errs.Conflict, "account_deactivated")
	ErrDiffer   = errs.New(errs.Invalid, "passwords_differ").On("repeat_password")
)

// Changes changes and resets passwords of people who have an account.
type Changes struct {
	*Service
	Once     once.Store
	Mail     *mail.Mailer
	Sessions session.Store
	URL      *url.URL
	Floor    *pace.Floor // of the answer that is the same for every address
	Keys     *secret.Keys
	// Guarded reports whether a second factor stands beside the user's password.
	Guarded func(ctx context.Context, q db.Q, userID string) (bool, error)
}

// Changed is what a change has done.
type Changed struct {
	Session   secret.Secret // the new token of the session that made it
	SignedOut int64         // other sessions that ended
}

// Change gives the caller a new password. The current one is asked for, or a
// fresh proof. Every other session ends; this one is reborn. It returns
// ErrCurrent, limit.ErrThrottled, session.ErrStale or the faults of the rules.
func (s *Changes) Change(ctx context.Context, c session.Caller, device string, current, fresh secret.Secret) (Changed, error) {
	if err := s.proves(ctx, c, device, current); err != nil {
		return Changed{}, err
	}
	hash, err := s.hashFor(ctx, c.User, c.Memberships, fresh, "new_password")
	if err != nil {
		return Changed{}, err
	}
	told, err := s.Notices.Write(ctx, c.User, "password.changed", changed)
	if err != nil {
		return Changed{}, err
	}
	var out Changed
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if err = identity.Lock(ctx, tx, c.User.ID); err != nil {
			return err
		}
		if out.SignedOut, err = s.Sessions.CountOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		if out.Session, err = s.Sessions.EndOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		if err = s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		return s.keep(ctx, tx, c.Actor, c.User.ID, hash, "password.changed")
	})
	return out, err
}

// proves holds the current password against the kept one. A wrong one counts
// like a wrong sign-in.
func (s *Changes) proves(ctx context.Context, c session.Caller, device string, current secret.Secret) error {
	if current == "" {
		if c.Session.Proved(s.Clock.Now()) {
			return nil
		}
		return session.ErrStale
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return err
	}
	user, err := s.Whose(ctx, email.Normalized, device, current)
	if err == nil && user.ID != c.User.ID {
		return ErrCurrent
	}
	return err
}

// hashFor holds a new password against the rules of all organizations of the
// user and hashes it. Faults name the field.
func (s *Changes) hashFor(ctx context.Context, u identity.User, all []identity.Membership, fresh secret.Secret, field string) (string, error) {
	set, err := policy.Account(ctx, s.DB, all)
	if err != nil {
		return "", err
	}
	own, err := s.ownWords(ctx, u, all)
	if err != nil {
		return "", err
	}
	if err := RulesOf(set).Check(fresh.Reveal(), own); err != nil {
		return "", onField(err, field)
	}
	return s.Pool.Hash(ctx, fresh)
}

func onField(err error, field string) error {
	var faults errs.Fields
	if !errors.As(err, &faults) {
		return err
	}
	moved := make(errs.Fields, len(faults))
	for i, f := range faults {
		moved[i] = f.On(field)
	}
	return moved
}

func (s *Changes) ownWords(ctx context.Context, u identity.User, all []identity.Membership) ([]string, error) {
	email, err := identity.PrimaryEmail(ctx, s.DB, u.ID)
	if err != nil {
		return nil, err
	}
	own := []string{u.FirstName, u.LastName, u.Full(), u.Name(), email.Address}
	for _, m := range all {
		own = append(own, m.OrganizationName)
	}
	return own, nil
}

// keep stores the hash, ends a hold and links of a reset, and writes the
// journal.
func (s *Changes) keep(ctx context.Context, tx *db.Tx, actor identity.Actor, userID, hash, action string) error {
	if err := s.Keep(ctx, tx, userID, hash); err != nil {
		return err
	}
	if err := s.Release(ctx, tx, userID); err != nil {
		return err
	}
	if err := s.EndResets(ctx, tx, userID); err != nil {
		return err
	}
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Person(userID), Changes: []string{"password"},
	})
}

// EndResets ends the link of a reset that the user was sent.
func (s *Changes) EndResets(ctx context.Context, tx *db.Tx, userID string) error {
	return s.Once.Void(ctx, tx, resetPurpose, userID)
}

// RulesOf reads the rules of a password out of a set: of several presets all
// hold at once.
func RulesOf(set policy.Set) rules.Policy {
	var all rules.Policy
	for _, preset := range policy.PasswordPreset.Every(set) {
		all = all.And(presets[preset])
	}
	all.Min = max(all.Min, policy.PasswordMinLength.Of(set))
	return all
}

var presets = map[string]rules.Policy{
	"strong12": rules.Strong12, "classic": rules.Classic, "nist": rules.NIST, "custom": rules.Custom(rules.Strong12.Min),
}
