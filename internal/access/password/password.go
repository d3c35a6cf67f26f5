package password

import (
	"context"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/secret"
)

var (
	keep = db.Exec(`
		INSERT INTO passwords (user_id, hash, set_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at`)
	hashOf = db.Rows[string](`SELECT hash FROM passwords WHERE user_id = $1`)
	forget = db.Exec(`DELETE FROM passwords WHERE user_id = $1`)
)

// Service keeps and compares passwords.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Pool  *hashpool.Pool
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

// Keep stores a hash that New made.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, userID, hash string) error {
	_, err := keep.Run(ctx, tx, userID, hash, s.Clock.Now())
	return err
}

// HashOf returns the hash of the user's password, or an empty one.
func HashOf(ctx context.Context, q db.Q, userID string) (string, error) {
	hash, _, err := hashOf.Maybe(ctx, q, userID)
	return hash, err
}

// Matches reports whether the password is the user's. For an empty id and for
// a user without a password it takes as long and reports false.
func (s *Service) Matches(ctx context.Context, userID string, password secret.Secret) (bool, error) {
	hash, found, err := hashOf.Maybe(ctx, s.DB, userID)
	if err != nil {
		return false, err
	}
	if !found {
		return false, s.Pool.VerifyNobody(ctx, password)
	}
	ok, _, err := s.Pool.Verify(ctx, hash, password)
	return ok, err
}
