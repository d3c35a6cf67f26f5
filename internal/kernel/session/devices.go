package session

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
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
		WHERE s.user_id = $1 AND s.level = 'full' AND s.expires_at > $2 AND s.last_seen_at > $3 AND s.created_at > $4
			AND s.session_epoch = u.session_epoch AND s.credential_epoch = u.credential_epoch`

var (
	devices   = db.Rows[Device](`SELECT s.id, s.user_agent, s.address, s.created_at, s.last_seen_at` + livingOf + ` ORDER BY s.last_seen_at DESC, s.id`)
	others    = db.Rows[int64](`SELECT count(*)` + livingOf + ` AND s.id <> $5`)
	ofMembers = db.Rows[Session](`
		SELECT s.id, s.user_id, s.created_at, s.last_seen_at
		FROM sessions s JOIN users u ON u.id = s.user_id JOIN memberships m ON m.user_id = s.user_id
		WHERE m.organization_id = $1 AND s.level = 'full' AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.state = 'active'
			AND s.session_epoch = u.session_epoch AND s.credential_epoch = u.credential_epoch`)
	closeOf     = db.Exec(`DELETE FROM sessions WHERE id = $1 AND user_id = $2`)
	closeAllBut = db.Exec(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`)
)

// OfMembers returns the full sessions of everybody in an organization, with who
// has them and when they were born and used. Whether the rules let each of them
// live, [Session.Within] tells.
func (s Store) OfMembers(ctx context.Context, q db.Q, organizationID string) ([]Session, error) {
	now := s.Clock.Now()
	return ofMembers.All(ctx, q, organizationID, now, now.Add(-Idle))
}

// Devices lists the living sessions of a user, the last used first.
func (s Store) Devices(ctx context.Context, q db.Q, userID string) ([]Device, error) {
	living, err := s.living(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	return devices.All(ctx, q, living...)
}

// CountOthers returns how many living sessions a user has beside one.
func (s Store) CountOthers(ctx context.Context, q db.Q, userID, id string) (int64, error) {
	living, err := s.living(ctx, q, userID)
	if err != nil {
		return 0, err
	}
	return others.One(ctx, q, append(living, id)...)
}

// living is what livingOf asks for: the user, now, and the earliest moments at
// which a session that the rules still let live was used and born.
func (s Store) living(ctx context.Context, q db.Q, userID string) ([]any, error) {
	user, err := identity.Get(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	all, err := identity.Memberships(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	terms, err := policy.ReadTerms(ctx, q, user.CreatedAt, all)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	return []any{userID, now, now.Add(-terms.Idle), now.Add(-terms.Lifetime)}, nil
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
