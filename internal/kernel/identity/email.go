package identity

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
)

var (
	// claimEmail adds a further address. One that is the user's already is
	// spelled anew, and somebody else's is left alone.
	claimEmail = db.Rows[string](`
		INSERT INTO emails (id, user_id, address, normalized, is_primary, verified_at, created_at) VALUES ($1, $2, $3, $4, FALSE, $5, $5)
		ON CONFLICT (normalized) DO UPDATE SET address = excluded.address WHERE emails.user_id = excluded.user_id
		RETURNING id`)
	dropPrimary  = db.Exec(`DELETE FROM emails WHERE user_id = $1 AND is_primary = TRUE AND normalized <> $2`)
	lowerPrimary = db.Exec(`UPDATE emails SET is_primary = FALSE WHERE user_id = $1 AND is_primary = TRUE`)
	raiseEmail   = db.Exec(`
		UPDATE emails SET is_primary = TRUE
		WHERE user_id = $1 AND normalized = $2 AND NOT EXISTS (SELECT 1 FROM emails WHERE user_id = $1 AND is_primary = TRUE)`)
	removeEmail = db.Exec(`DELETE FROM emails WHERE id = $1 AND user_id = $2 AND is_primary = FALSE`)
	dropSince   = db.Exec(`DELETE FROM emails WHERE user_id = $1 AND created_at >= $2 AND normalized <> $3`)
	dropFurther = db.Exec(`DELETE FROM emails WHERE user_id = $1 AND created_at >= $2 AND is_primary = FALSE`)
	lockUser    = db.Exec(`UPDATE users SET version = version WHERE id = $1`)
)

// Lock makes other changes of how the user gets in wait until tx ends. Lock
// before anything else that such a change writes: then nobody waits for each
// other.
func Lock(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := lockUser.Run(ctx, tx, userID)
	return err
}

// AddEmail adds a further address, verified at now, and reports whether it
// could: false means that it is somebody else's.
func AddEmail(ctx context.Context, tx *db.Tx, id, userID, address string, now time.Time) (bool, error) {
	_, ok, err := claimEmail.Maybe(ctx, tx, id, userID, address, NormalEmail(address), now)
	return ok, err
}

// SetPrimaryEmail makes an address, verified at now, the primary one in place
// of the one before, which is the user's no more. It reports whether it could:
// false means that the address is somebody else's, and nothing has changed.
func SetPrimaryEmail(ctx context.Context, tx *db.Tx, userID, address string, now time.Time) (bool, error) {
	if ok, err := AddEmail(ctx, tx, ids.New(ids.Email, now), userID, address, now); err != nil || !ok {
		return false, err
	}
	normal := NormalEmail(address)
	if _, err := dropPrimary.Run(ctx, tx, userID, normal); err != nil {
		return false, err
	}
	if _, err := raiseEmail.Run(ctx, tx, userID, normal); err != nil {
		return false, err
	}
	return true, Refind(ctx, tx, userID)
}

// RemoveEmail takes a further address away and reports whether it could: the
// primary one stays.
func RemoveEmail(ctx context.Context, tx *db.Tx, userID, id string) (bool, error) {
	n, err := removeEmail.Run(ctx, tx, id, userID)
	return n == 1, err
}

// RestoreEmail puts back an address that the user had before a moment, as the
// primary one or as a further one, and drops every address that was added at
// the moment or after it. If that leaves no primary one, the restored address
// is. It returns ErrEmailTaken if it is somebody else's by now; the primary one
// stays then, and further ones that are as young go all the same.
func RestoreEmail(ctx context.Context, tx *db.Tx, userID, address string, primary bool, since time.Time) error {
	before := since.Add(-time.Microsecond) // as precise as both databases are
	if ok, err := AddEmail(ctx, tx, ids.New(ids.Email, before), userID, address, before); err != nil {
		return err
	} else if !ok {
		if _, err := dropFurther.Run(ctx, tx, userID, since); err != nil {
			return err
		}
		return ErrEmailTaken
	}
	normal := NormalEmail(address)
	if _, err := dropSince.Run(ctx, tx, userID, since, normal); err != nil {
		return err
	}
	if primary {
		if _, err := lowerPrimary.Run(ctx, tx, userID); err != nil {
			return err
		}
	}
	if _, err := raiseEmail.Run(ctx, tx, userID, normal); err != nil {
		return err
	}
	return Refind(ctx, tx, userID)
}
