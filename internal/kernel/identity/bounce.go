package identity

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
)

// Bounced notes that mails to an address are refused for good, and why. An
// address that is nobody's is left alone.
func Bounced(ctx context.Context, tx *db.Tx, address, why string, at time.Time) error {
	_, err := bounced.Run(ctx, tx, NormalEmail(address), at, why)
	return err
}

// Arrived notes that a mail to an address was taken.
func Arrived(ctx context.Context, tx *db.Tx, address string) error {
	e, found, err := FindEmail(ctx, tx, address)
	if err != nil || !found || !e.BouncedAt.Valid {
		return err
	}
	_, err = arrived.Run(ctx, tx, e.Normalized)
	return err
}

var (
	bounced = db.Exec(`UPDATE emails SET bounced_at = $2, bounce = $3 WHERE normalized = $1`)
	arrived = db.Exec(`UPDATE emails SET bounced_at = NULL, bounce = '' WHERE normalized = $1`)
)
