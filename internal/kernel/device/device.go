package device

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	// Life is how long a browser is known after its last sign-in.
	Life = 365 * 24 * time.Hour
	// Most is how many browsers an account knows. Another one ends the one that
	// has not signed in for the longest.
	Most = 20

	tokenKind = "dv"
)

var (
	byAddress = db.Rows[string](`
		SELECT d.id FROM emails e JOIN users u ON u.id = e.user_id JOIN devices d ON d.user_id = u.id
		WHERE e.normalized = $1 AND e.is_primary = TRUE AND d.token_hash = $2 AND d.credential_epoch = u.credential_epoch`)
	ofUser = db.Rows[string](`SELECT id FROM devices WHERE user_id = $1 AND token_hash = $2 AND credential_epoch = $3`)
	all    = db.Rows[string](`SELECT id FROM devices WHERE user_id = $1 AND credential_epoch = $2`)
	again  = db.Exec(`UPDATE devices SET seen_at = $4 WHERE user_id = $1 AND token_hash = $2 AND credential_epoch = $3`)
	move   = db.Exec(`UPDATE devices SET token_hash = $2 WHERE token_hash = $1`)
	put    = db.Exec(`
		INSERT INTO devices (id, user_id, token_hash, credential_epoch, seen_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, token_hash) DO UPDATE SET credential_epoch = excluded.credential_epoch, seen_at = excluded.seen_at`)
	trim = db.Exec(`
		DELETE FROM devices WHERE user_id = $1 AND id NOT IN (
			SELECT id FROM devices WHERE user_id = $1 ORDER BY seen_at DESC, id DESC LIMIT $2)`)
	sweep = db.Exec(`DELETE FROM devices WHERE seen_at <= $1`)

	fail       = db.Rows[int64](`UPDATE devices SET failures = failures + 1 WHERE id = $1 AND failures < $2 RETURNING failures`)
	forgive    = db.Exec(`UPDATE devices SET failures = 0 WHERE id = $1 AND failures > 0`)
	forgiveAll = db.Exec(`UPDATE devices SET failures = 0 WHERE user_id = $1 AND failures > 0`)
)

// Store keeps which browsers an account knows.
type Store struct {
	DB    *db.DB
	Clock clock.Clock
}

// Find returns the id of the browser with this cookie if the account with that
// normalized primary address knows it, and nothing otherwise.
func (s Store) Find(ctx context.Context, q db.Q, address, cookie string) (id string, err error) {
	hash, could := secret.ParseToken(tokenKind, cookie)
	if !could {
		return "", nil
	}
	id, _, err = byAddress.Maybe(ctx, q, address, hash)
	return id, err
}

// Knows reports whether the user's account knows the browser with this cookie.
func (s Store) Knows(ctx context.Context, q db.Q, user identity.User, cookie string) (bool, error) {
	hash, could := secret.ParseToken(tokenKind, cookie)
	if !could {
		return false, nil
	}
	_, known, err := ofUser.Maybe(ctx, q, user.ID, hash, user.CredentialEpoch)
	return known, err
}

// Remember makes the browser with this cookie known to the user, under the
// epoch that the user has here, and returns the cookie that it has from now on.
func (s Store) Remember(ctx context.Context, tx *db.Tx, user identity.User, cookie string) (secret.Secret, error) {
	now := s.Clock.Now()
	hash, could := secret.ParseToken(tokenKind, cookie)
	if could {
		n, err := again.Run(ctx, tx, user.ID, hash, user.CredentialEpoch, now)
		if err != nil || n == 1 {
			return secret.Secret(cookie), err
		}
	}
	fresh := secret.NewToken(tokenKind)
	if could {
		if _, err := move.Run(ctx, tx, hash, secret.Hash(fresh)); err != nil {
			return "", err
		}
	}
	if _, err := put.Run(ctx, tx, ids.New(ids.Device, now), user.ID, secret.Hash(fresh), user.CredentialEpoch, now); err != nil {
		return "", err
	}
	_, err := trim.Run(ctx, tx, user.ID, Most)
	return fresh, err
}

// All returns the ids of the browsers that the user's account knows.
func (s Store) All(ctx context.Context, q db.Q, user identity.User) ([]string, error) {
	return all.All(ctx, q, user.ID, user.CredentialEpoch)
}

// Fail counts a wrong password from a known browser and returns how many there
// have been in a row. Once there were most of them it counts no more and
// returns false.
func (s Store) Fail(ctx context.Context, tx *db.Tx, id string, most int64) (inARow int64, counted bool, err error) {
	return fail.Maybe(ctx, tx, id, most)
}

// Forgive ends the row of wrong passwords from a known browser.
func (s Store) Forgive(ctx context.Context, tx *db.Tx, id string) error {
	_, err := forgive.Run(ctx, tx, id)
	return err
}

// ForgiveAll is [Store.Forgive] for every browser of a user.
func (s Store) ForgiveAll(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := forgiveAll.Run(ctx, tx, userID)
	return err
}

// Sweep removes browsers that have not signed in for [Life].
func (s Store) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-Life))
	return err
}
