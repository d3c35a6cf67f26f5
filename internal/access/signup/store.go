package signup

import (
	"context"
	"encoding/hex"
	"time"

	"nameplate/internal/platform/db"
)

// SetupKind is the kind of the set-up link's token.
const SetupKind = "su"

// waiting is a row of signups.
type waiting struct {
	ID           string
	Normalized   string
	Address      string
	PasswordHash string
	DisplayName  string
	Organization string
	BrowserHash  []byte
	Owner        bool // may become the first owner
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

var (
	put = db.Exec(`
		INSERT INTO signups (id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (normalized) DO UPDATE SET id = excluded.id, address = excluded.address, password_hash = excluded.password_hash,
			display_name = excluded.display_name, organization = excluded.organization, browser_hash = excluded.browser_hash,
			owner = excluded.owner, created_at = excluded.created_at, expires_at = excluded.expires_at`)
	// lockAddress returns the sign-up of an address and keeps others from it.
	lockAddress    = db.Rows[string](`UPDATE signups SET id = id WHERE normalized = $1 RETURNING id`)
	byAddressAlive = db.Rows[waiting](`
		SELECT id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at
		FROM signups WHERE normalized = $1 AND expires_at > $2`)
	byID = db.Rows[waiting](`
		SELECT id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at
		FROM signups WHERE id = $1 AND expires_at > $2`)
	lock   = db.Exec(`UPDATE signups SET id = id WHERE id = $1`)
	remove = db.Exec(`DELETE FROM signups WHERE id = $1`)
	sweep  = db.Exec(`DELETE FROM signups WHERE expires_at <= $1`)
)

// Sweep removes sign-ups that have expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}

func hexOf(hash []byte) string { return hex.EncodeToString(hash) }
