package identity

import (
	"context"

	"nameplate/internal/platform/db"
)

// Facts about the instance that are claimed once.
const (
	// OwnerFact is claimed by the sign-up that makes the first owner.
	OwnerFact = "first_owner"
	// KeyFact holds the fingerprint of the key that seals this database.
	KeyFact = "key_fingerprint"
	// SetupFact holds the hash of the one-time set-up link.
	SetupFact = "setup_link"
)

var (
	claimFact = db.Exec(`INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`)
	setFact   = db.Exec(`INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	factOf    = db.Rows[string](`SELECT value FROM instance WHERE name = $1`)
)

// Claim sets a fact that nobody has set and reports whether it was this call.
// Of several at once exactly one is told true.
func Claim(ctx context.Context, tx *db.Tx, name, value string) (bool, error) {
	n, err := claimFact.Run(ctx, tx, name, value)
	return n == 1, err
}

// SetFact sets a fact, whatever it was.
func SetFact(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := setFact.Run(ctx, tx, name, value)
	return err
}

// Fact returns a fact, and whether it is set.
func Fact(ctx context.Context, q db.Q, name string) (string, bool, error) {
	return factOf.Maybe(ctx, q, name)
}
