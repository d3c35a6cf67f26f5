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
	insert = db.Exec(`
		INSERT INTO signups (id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	byAddress = db.Rows[waiting](`
		SELECT id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at
		FROM signups WHERE normalized = $1`)
	byAddressAlive = db.Rows[waiting](`
		SELECT id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at
		FROM signups WHERE normalized = $1 AND expires_at > $2`)
	byID = db.Rows[waiting](`
		SELECT id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at
		FROM signups WHERE id = $1 AND expires_at > $2`)
	remove = db.Exec(`DELETE FROM signups WHERE id = $1`)
	sweep  = db.Exec(`DELETE FROM signups WHERE expires_at <= $1`)
)

// Sweep removes sign-ups that have expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}

func hexOf(hash []byte) string { return hex.EncodeToString(hash) }
