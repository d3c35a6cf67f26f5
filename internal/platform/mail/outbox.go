package mail

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"nameplate/internal/platform/db"
)

// Kept is how long a mail that was not sent stays.
const Kept = 7 * 24 * time.Hour

// Stored is a mail that was not sent, or not yet.
type Stored struct {
	ID        string
	CreatedAt time.Time
	Attempts  int64
	LastError string // says nothing of the mail
	Failed    bool   // refused for good
	Message   Message
}

// Outbox returns the newest mails that were not sent.
func (m *Mailer) Outbox(ctx context.Context, limit int) ([]Stored, error) {
	rows, err := newest.All(ctx, m.DB, limit)
	if err != nil {
		return nil, err
	}
	all := make([]Stored, len(rows))
	for i, r := range rows {
		if all[i], err = m.stored(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Get returns one mail of the outbox, and whether there is such a one.
func (m *Mailer) Get(ctx context.Context, id string) (Stored, bool, error) {
	r, found, err := get.Maybe(ctx, m.DB, id)
	if err != nil || !found {
		return Stored{}, false, err
	}
	s, err := m.stored(r)
	return s, err == nil, err
}

func (m *Mailer) stored(r row) (Stored, error) {
	s := Stored{ID: r.ID, CreatedAt: r.CreatedAt, Attempts: r.Attempts, LastError: r.LastError, Failed: r.FailedAt.Valid}
	plain, err := m.Keys.Open(r.Message, place(r.ID))
	if err != nil {
		return s, fmt.Errorf("mail %s: %w", r.ID, err)
	}
	if err := json.Unmarshal(plain, &s.Message); err != nil {
		return s, fmt.Errorf("mail %s can't be read", r.ID)
	}
	return s, nil
}

// Forget removes every mail to the address that was not sent.
func (m *Mailer) Forget(ctx context.Context, tx *db.Tx, address string) error {
	macs := m.Keys.MACs(recipient, folded(address))
	before := macs[min(1, len(macs)-1)] // keys change more seldom than mails are swept
	_, err := forget.Run(ctx, tx, hex.EncodeToString(macs[0]), hex.EncodeToString(before))
	return err
}

// Sweep removes what has been there for seven days.
func (m *Mailer) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, m.Clock.Now().Add(-Kept))
	return err
}
