package session

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
)

// Device is a session as its owner sees it.
type Device struct {
	ID         string
	UserAgent  string
	Address    string
	CreatedAt  time.Time
	LastSeenAt time.Time
}

// livingOf finds the sessions of a user that still count. One whose epoch is
// not its user's is dead, though its row is there.
const livingOf = `
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.user_id = $1 AND s.level = 'full' AND s.expires_at > $2 AND s.last_seen_at > $3
			AND s.session_epoch = u.session_epoch AND s.credential_epoch = u.credential_epoch`

var (
	devices     = db.Rows[Device](`SELECT s.id, s.user_agent, s.address, s.created_at, s.last_seen_at` + livingOf + ` ORDER BY s.last_seen_at DESC, s.id`)
	others      = db.Rows[int64](`SELECT count(*)` + livingOf + ` AND s.id <> $4`)
	closeOf     = db.Exec(`DELETE FROM sessions WHERE id = $1 AND user_id = $2`)
	closeAllBut = db.Exec(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`)
)

// Devices lists the living sessions of a user, the last used first.
func (s Store) Devices(ctx context.Context, q db.Q, userID string) ([]Device, error) {
	now := s.Clock.Now()
	return devices.All(ctx, q, userID, now, now.Add(-Idle))
}

// CountOthers returns how many living sessions a user has beside one.
func (s Store) CountOthers(ctx context.Context, q db.Q, userID, id string) (int64, error) {
	now := s.Clock.Now()
	return others.One(ctx, q, userID, now, now.Add(-Idle), id)
}

// CloseOf ends a session of a user. It returns ErrNotFound for a session of
// anybody else.
func (s Store) CloseOf(ctx context.Context, tx *db.Tx, userID, id string) error {
	n, err := closeOf.Run(ctx, tx, id, userID)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// CloseOthers ends every session of a user but one.
func (s Store) CloseOthers(ctx context.Context, tx *db.Tx, userID, keep string) error {
	_, err := closeAllBut.Run(ctx, tx, userID, keep)
	return err
}
