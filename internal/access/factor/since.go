package factor

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
)

var (
	dropSince = db.Exec(`DELETE FROM factors WHERE user_id = $1 AND (confirmed_at IS NULL OR confirmed_at >= $2)`)
	// dropCodesSince ends codes made at or after a moment, and all of them where
	// no factor is left.
	dropCodesSince = db.Exec(`
		DELETE FROM backup_codes WHERE user_id = $1 AND (created_at >= $2
			OR NOT EXISTS (SELECT 1 FROM factors f WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL))`)
)

// DropSince takes away what somebody may have added who had no right to: factors
// of every kind that were confirmed at or after since, an app that waits for its
// first code, and backup codes made at or after since. With the last factor go
// all codes. Sessions, notice and journal are the caller's.
func (s *Service) DropSince(ctx context.Context, tx *db.Tx, userID string, since time.Time) error {
	if _, err := dropSince.Run(ctx, tx, userID, since); err != nil {
		return err
	}
	_, err := dropCodesSince.Run(ctx, tx, userID, since)
	return err
}
