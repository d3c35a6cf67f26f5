package factor

import (
	"context"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms"
)

const (
	// most is how many apps a person has, so that trying a code at each of
	// them stays cheap.
	most = 10
	// setupLife is how long an app waits for its first code.
	setupLife = time.Hour
	maxName   = 60 // characters
)

// What can go wrong.
var (
	ErrNone    = errs.New(errs.NotFound, "no_such_factor")
	ErrExpired = errs.New(errs.Conflict, "factor_setup_expired")
	ErrMany    = errs.New(errs.Conflict, "too_many_factors")
	ErrOff     = errs.New(errs.Conflict, "no_factor_on")
	ErrNothing = errs.New(errs.Conflict, "no_factor") // somebody else is to take away what is not there
	// ErrRequired says that a rule requires the last factor to stay.
	ErrRequired = errs.New(errs.Conflict, "factor_required")
)

// Service keeps factors and compares codes.
type Service struct {
	DB       *db.DB
	Keys     *secret.Keys
	Clock    clock.Clock
	Limit    *limit.Limiter
	Once     once.Store
	Notices  *notice.Notices
	Sessions session.Store
	Journal  *journal.Journal
	Texts    *sms.Sender
	URL      *url.URL // the public address, to which passkeys belong
}

// Setup is what an app needs to show codes.
type Setup struct {
	ID     string
	Secret secret.Secret // base32
	URI    secret.Secret // otpauth:
}

// Changed is what a change of factors has done.
type Changed struct {
	Session secret.Secret   // the new token of the session that made it; empty: it keeps its own
	Codes   []secret.Secret // fresh backup codes, if there are any
}

// List returns the factors of a user in the order in which they are offered,
// then the oldest first, with those that wait for their first code.
func (s *Service) List(ctx context.Context, q db.Q, userID string) ([]Factor, error) {
	found, err := all.All(ctx, q, userID, s.Clock.Now().Add(-setupLife))
	slices.SortStableFunc(found, func(a, b Factor) int { return rank(a.Kind) - rank(b.Kind) })
	return found, err
}

// Remaining returns how many backup codes of a user are left.
func (s *Service) Remaining(ctx context.Context, q db.Q, userID string) (int64, error) {
	return left.One(ctx, q, userID)
}

// Begin makes an app that waits for its first code. It ends the one that
// waited before. It returns ErrMany.
func (s *Service) Begin(ctx context.Context, c session.Caller) (Setup, error) {
	email, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return Setup{}, err
	}
	now, fresh := s.Clock.Now(), newSecret()
	id := ids.New(ids.Factor, now)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		on, err := confirmedOf.One(ctx, tx, c.User.ID, TOTP)
		if err != nil {
			return err
		}
		if on >= most {
			return ErrMany
		}
		_, err = begin.Run(ctx, tx, id, c.User.ID, TOTP, i18n.T(ctx, "factor.app"), s.Keys.Seal(fresh, place(id)), now)
		return err
	})
	return setupOf(id, fresh, email.Address), err
}

// Pending returns the app that waits for its first code, or ErrExpired.
func (s *Service) Pending(ctx context.Context, c session.Caller) (Setup, error) {
	f, plain, err := s.pending(ctx, c.User.ID, TOTP)
	if err != nil {
		return Setup{}, err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	return setupOf(f.ID, plain, email.Address), err
}

// Confirm verifies the first code of the app that waits and turns it on. With
// the first app come backup codes. Every other session ends; this one is
// reborn. It returns ErrWrong or ErrExpired.
func (s *Service) Confirm(ctx context.Context, c session.Caller, typed string) (Changed, error) {
	f, plain, err := s.pending(ctx, c.User.ID, TOTP)
	if err != nil {
		return Changed{}, err
	}
	digits, could := sixDigits(typed)
	step, ok := stepOf(plain, digits, s.Clock.Now(), 0)
	if !could || !ok {
		return Changed{}, ErrWrong
	}
	return s.turnOn(ctx, c, f, step)
}

// turnOn makes a factor count whose first code was right. With the first one
// come backup codes.
func (s *Service) turnOn(ctx context.Context, c session.Caller, f Factor, step int64) (Changed, error) {
	return s.change(ctx, c, added, f.Kind, func(tx *db.Tx) ([]secret.Secret, error) {
		n, err := enable.Run(ctx, tx, f.ID, c.User.ID, step, s.Clock.Now())
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ErrExpired
		}
		return s.firstCodes(ctx, tx, c.User.ID)
	})
}

// Rename gives a factor another name. It returns ErrNone or what is wrong
// with the name.
func (s *Service) Rename(ctx context.Context, c session.Caller, id, name string) error {
	clean, err := identity.Line("name", name, maxName)
	if err != nil {
		return err
	}
	if clean == "" {
		return identity.ErrTextRequired.On("name")
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := rename.Run(ctx, tx, id, c.User.ID, clean)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNone
		}
		return s.record(ctx, tx, c, "factor.renamed")
	})
}

// Remove takes a factor away, and with the last one the backup codes. Every
// other session ends; this one is reborn. One that was never on goes without a
// word. It returns ErrNone, or ErrRequired for the last one where a rule
// requires one.
func (s *Service) Remove(ctx context.Context, c session.Caller, id string) (Changed, error) {
	f, err := s.Find(ctx, c, id)
	if err != nil {
		return Changed{}, err
	}
	if !f.Confirmed() {
		return Changed{}, s.DB.Tx(ctx, func(tx *db.Tx) error { return s.drop(ctx, tx, c.User.ID, id) })
	}
	return s.change(ctx, c, removed, f.Kind, func(tx *db.Tx) ([]secret.Secret, error) {
		if err := s.spare(ctx, tx, c, id); err != nil {
			return nil, err
		}
		on, err := confirmed.One(ctx, tx, c.User.ID)
		if err == nil && on == 0 {
			_, err = dropAll.Run(ctx, tx, c.User.ID)
		}
		return nil, err
	})
}

// spare drops a factor, unless it is the last that a rule requires of the
// caller.
func (s *Service) spare(ctx context.Context, tx *db.Tx, c session.Caller, id string) error {
	before, err := s.Holds(ctx, tx, c.User.ID)
	if err != nil {
		return err
	}
	if err := s.drop(ctx, tx, c.User.ID, id); err != nil {
		return err
	}
	after, err := s.Holds(ctx, tx, c.User.ID)
	if err == nil && before && !after && c.Demand.Made() {
		return ErrRequired
	}
	return err
}

func (s *Service) drop(ctx context.Context, tx *db.Tx, userID, id string) error {
	n, err := remove.Run(ctx, tx, id, userID)
	if err == nil && n == 0 {
		return ErrNone
	}
	return err
}

// RemoveAll takes every factor of a user away, and the backup codes with them.
// What follows from it is the caller's.
func (s *Service) RemoveAll(ctx context.Context, tx *db.Tx, userID string) error {
	if _, err := removeAll.Run(ctx, tx, userID); err != nil {
		return err
	}
	_, err := dropAll.Run(ctx, tx, userID)
	return err
}

// Find returns one of the caller's factors, or ErrNone.
func (s *Service) Find(ctx context.Context, c session.Caller, id string) (Factor, error) {
	found, err := s.List(ctx, s.DB, c.User.ID)
	if err != nil {
		return Factor{}, err
	}
	for _, f := range found {
		if f.ID == id {
			return f, nil
		}
	}
	return Factor{}, ErrNone
}

// Renew ends the backup codes and makes fresh ones. Every other session ends;
// this one is reborn. It returns ErrOff where no factor is on.
func (s *Service) Renew(ctx context.Context, c session.Caller) (Changed, error) {
	return s.change(ctx, c, renewed, "", func(tx *db.Tx) ([]secret.Secret, error) {
		on, err := confirmed.One(ctx, tx, c.User.ID)
		if err != nil {
			return nil, err
		}
		if on == 0 {
			return nil, ErrOff
		}
		return s.replaceCodes(ctx, tx, c.User.ID)
	})
}

// change does what a change of factors is about, and all that follows from it.
// The epoch rises first: its row makes changes of one person wait in line. The
// notice goes before the change, so that what is added is not older than the
// link that takes it back. of is the kind of the factor.
func (s *Service) change(ctx context.Context, c session.Caller, k kind, of string, do func(*db.Tx) ([]secret.Secret, error)) (out Changed, err error) {
	told, err := s.notice(ctx, c, k, of)
	if err != nil {
		return out, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if out.Session, err = s.Sessions.EndOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		if err = s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		if out.Codes, err = do(tx); err != nil {
			return err
		}
		return s.record(ctx, tx, c, string(k))
	})
	if err != nil {
		return Changed{}, err
	}
	return out, nil
}

func (s *Service) notice(ctx context.Context, c session.Caller, k kind, of string) (notice.Notice, error) {
	return s.Notices.Write(ctx, c.User, string(k), func(ctx context.Context) notice.Words { return words(ctx, k, of) })
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Person(c.User.ID), Changes: []string{"factors"},
	})
}

// pending returns the newest factor of a kind that waits for its first code, or
// ErrExpired.
func (s *Service) pending(ctx context.Context, userID, kind string) (Factor, []byte, error) {
	found, err := s.List(ctx, s.DB, userID)
	if err != nil {
		return Factor{}, nil, err
	}
	for _, f := range slices.Backward(found) {
		if f.Kind == kind && !f.Confirmed() {
			plain, err := s.open(f)
			return f, plain, err
		}
	}
	return Factor{}, nil, ErrExpired
}

func (s *Service) open(f Factor) ([]byte, error) { return s.Keys.Open(f.Secret, place(f.ID)) }

// place says where a sealed secret belongs.
func place(id string) string { return "factors|secret|" + id }

func setupOf(id string, plain []byte, address string) Setup {
	text := inBase32.EncodeToString(plain)
	return Setup{ID: id, Secret: secret.Secret(text), URI: secret.Secret(uriOf(text, address))}
}
