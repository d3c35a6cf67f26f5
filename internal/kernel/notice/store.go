package notice

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
)

// Key is what the link of a notice leads to.
type Key struct {
	ID        string
	UserID    string
	Address   []byte // sealed; see [Notices.State]
	IsPrimary bool
	Password  []byte // sealed; see [Notices.State]
	NoticedAt time.Time
}

var (
	insert = db.Exec(`
		INSERT INTO revert_keys (id, user_id, address, is_primary, password, noticed_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	byID  = db.Rows[Key](`SELECT id, user_id, address, is_primary, password, noticed_at FROM revert_keys WHERE id = $1`)
	later = db.Rows[string](`SELECT id FROM revert_keys WHERE user_id = $1 AND (noticed_at >= $2 OR id = $3)`)
	drop  = db.Exec(`DELETE FROM revert_keys WHERE id = $1`)
	sweep = db.Exec(`DELETE FROM revert_keys WHERE expires_at <= $1`)
)

// Find returns the key with that id, and whether there is one.
func (n *Notices) Find(ctx context.Context, q db.Q, id string) (Key, bool, error) {
	return byID.Maybe(ctx, q, id)
}

// State is how an account was when a notice was sent.
type State struct {
	Address   string // where the notice went
	IsPrimary bool
	Password  string // hash; empty if there was none
	At        time.Time
}

// State opens what the key is for.
func (n *Notices) State(k Key) (State, error) {
	address, err := n.Keys.Open(k.Address, place("address", k.ID))
	if err != nil {
		return State{}, err
	}
	hash, err := n.Keys.Open(k.Password, place("password", k.ID))
	return State{Address: string(address), IsPrimary: k.IsPrimary, Password: string(hash), At: k.NoticedAt}, err
}

// EndSince ends the key and every one of the same person that is not older.
func (n *Notices) EndSince(ctx context.Context, tx *db.Tx, k Key) error {
	found, err := later.All(ctx, tx, k.UserID, k.NoticedAt, k.ID)
	if err != nil {
		return err
	}
	for _, id := range found {
		if err := n.Once.Void(ctx, tx, Purpose, id); err != nil {
			return err
		}
		if _, err := drop.Run(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes keys that have expired.
func (n *Notices) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, n.Clock.Now())
	return err
}
