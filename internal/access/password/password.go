package password

import (
	"context"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

var (
	keep = db.Exec(`
		INSERT INTO passwords (user_id, hash, set_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at`)
	replace = db.Exec(`UPDATE passwords SET hash = $3 WHERE user_id = $1 AND hash = $2`)
	forget  = db.Exec(`DELETE FROM passwords WHERE user_id = $1`)
	hashOf  = db.Rows[string](`SELECT hash FROM passwords WHERE user_id = $1`)

	// fail counts a guess and gives the hash to compare it with, while there
	// were fewer than $2 in a row.
	fail = db.Rows[kept](`
		UPDATE passwords SET failures = failures + 1 WHERE user_id = $1 AND failures < $2 RETURNING hash, failures`)
	failures = db.Rows[int64](`SELECT failures FROM passwords WHERE user_id = $1`)
	forgive  = db.Exec(`UPDATE passwords SET failures = 0 WHERE user_id = $1 AND failures > 0`)
)

// Service keeps and compares passwords.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Pool    *hashpool.Pool
	Limit   *limit.Limiter
	Devices device.Store
	Notices *notice.Notices
	Journal *journal.Journal
	// Rules are those for an account with these memberships; without any, for
	// one that belongs nowhere yet.
	Rules func(ctx context.Context, memberships ...identity.Membership) (rules.Policy, error)
}

// New holds a password against the rules of a new account that has these words
// of its own and returns its hash. It returns errs.Fields or hashpool.ErrBusy.
func (s *Service) New(ctx context.Context, password secret.Secret, own []string) (string, error) {
	return s.NewFor(ctx, nil, password, own)
}

// NewFor is New for an account that begins with these memberships.
func (s *Service) NewFor(ctx context.Context, all []identity.Membership, password secret.Secret, own []string) (string, error) {
	p, err := s.Rules(ctx, all...)
	if err != nil {
		return "", err
	}
	if err := p.Check(password.Reveal(), own); err != nil {
		return "", err
	}
	return s.Pool.Hash(ctx, password)
}

// Keep stores a hash that New made, and ends every row of wrong passwords.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, userID, hash string) error {
	if _, err := keep.Run(ctx, tx, userID, hash, s.Clock.Now()); err != nil {
		return err
	}
	return s.forgive(ctx, tx, userID)
}

// HashOf returns the hash of the user's password, or an empty one.
func HashOf(ctx context.Context, q db.Q, userID string) (string, error) {
	hash, _, err := hashOf.Maybe(ctx, q, userID)
	return hash, err
}
