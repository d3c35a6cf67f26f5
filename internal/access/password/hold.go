package password

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// ErrPrevious says that the password of an earlier time is another one.
var ErrPrevious = errs.New(errs.Invalid, "wrong_previous_password").On("previous_password")

// hold is an account whose address was put back by the link of a notice. A
// mailbox alone does not open it: the password of that time is asked for, too.
type hold struct {
	Hash  []byte // sealed
	Since time.Time
}

var (
	holdOf  = db.Rows[hold](`SELECT hash, since FROM password_holds WHERE user_id = $1`)
	putHold = db.Exec(`
		INSERT INTO password_holds (user_id, hash, since) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, since = excluded.since`)
	dropHold = db.Exec(`DELETE FROM password_holds WHERE user_id = $1`)
)

// Lock takes the password away, so that a reset is the only way to another one,
// and ends links of a reset that are on their way.
func (s *Changes) Lock(ctx context.Context, tx *db.Tx, userID string) error {
	if _, err := forget.Run(ctx, tx, userID); err != nil {
		return err
	}
	return s.EndResets(ctx, tx, userID)
}

// Hold makes the next reset ask for the password of an earlier time, whose hash
// this is. With an empty hash nothing is right, and a reset has to be helped.
func (s *Changes) Hold(ctx context.Context, tx *db.Tx, userID, hash string, since time.Time) error {
	_, err := putHold.Run(ctx, tx, userID, s.Keys.Seal([]byte(hash), holdPlace(userID)), since)
	return err
}

// Release ends a hold.
func (s *Changes) Release(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := dropHold.Run(ctx, tx, userID)
	return err
}

// held returns the hold of an account, or nil. A second factor does as well
// what the earlier password would do, so there is none beside it.
func (s *Changes) held(ctx context.Context, q db.Q, userID string) (*hold, error) {
	found, ok, err := holdOf.Maybe(ctx, q, userID)
	if err != nil || !ok {
		return nil, err
	}
	guarded, err := s.Guarded(ctx, q, userID)
	if err != nil || guarded {
		return nil, err
	}
	return &found, nil
}

// provesPast holds the earlier password against that of the hold, if there is
// one. A wrong one counts like a wrong sign-in.
func (s *Changes) provesPast(ctx context.Context, u identity.User, previous secret.Secret) error {
	held, err := s.held(ctx, s.DB, u.ID)
	if err != nil || held == nil {
		return err
	}
	hash, err := s.Keys.Open(held.Hash, holdPlace(u.ID))
	if err != nil {
		return err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, u.ID)
	if err != nil {
		return err
	}
	if err := s.Limit.Take(ctx, strangers, email.Normalized); err != nil {
		return err
	}
	if len(hash) == 0 {
		return ErrPrevious
	}
	ok, _, err := s.Pool.Verify(ctx, string(hash), previous)
	if err != nil {
		return err
	}
	if !ok {
		return ErrPrevious
	}
	return s.Limit.Clear(ctx, strangers, email.Normalized)
}

func holdPlace(userID string) string { return "password_holds|hash|" + userID }
