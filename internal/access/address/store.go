package address

import (
	"database/sql"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Change is a change of the primary address that waits for its codes.
type Change struct {
	Address            string // the new one
	Normalized         string
	NewConfirmedAt     sql.Null[time.Time]
	CurrentConfirmedAt sql.Null[time.Time]
	Attempts           int64
	SentAt             time.Time
	ExpiresAt          time.Time
}

// TriesLeft is how many more calls with a wrong code it bears.
func (c Change) TriesLeft() int { return Tries - int(c.Attempts) }

// ResendAt is when new codes can be sent.
func (c Change) ResendAt() time.Time { return c.SentAt.Add(Wait) }

func (c Change) both() bool { return c.NewConfirmedAt.Valid && c.CurrentConfirmedAt.Valid }

// pending is a further address that waits for its code.
type pending struct {
	ID         string
	Address    string
	Normalized string
	CreatedAt  time.Time
	SentAt     time.Time
	ExpiresAt  time.Time
}

func (p pending) address() Address {
	e := identity.Email{ID: p.ID, Address: p.Address, Normalized: p.Normalized, CreatedAt: p.CreatedAt}
	return Address{Email: e, Pending: true, ExpiresAt: p.ExpiresAt, CodeUntil: p.SentAt.Add(Life), ResendAt: p.SentAt.Add(Wait)}
}

const (
	changed = `address, normalized, new_confirmed_at, current_confirmed_at, attempts, sent_at, expires_at`
	// living holds for a change of $1 that can still be confirmed at $2.
	living = `user_id = $1 AND expires_at > $2 AND attempts < $3
		AND session_epoch = (SELECT session_epoch FROM users WHERE id = user_id AND state = 'active')`
	// waits holds for what is pending for $1 at $2.
	waits = `user_id = $1 AND expires_at > $2
		AND session_epoch = (SELECT session_epoch FROM users WHERE id = user_id AND state = 'active')`
)

var (
	begin = db.Exec(`
		INSERT INTO email_changes (user_id, address, normalized, attempts, session_epoch, sent_at, expires_at)
		VALUES ($1, $2, $3, 0, $4, $5, $6)
		ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, normalized = excluded.normalized,
			new_confirmed_at = NULL, current_confirmed_at = NULL, attempts = 0, session_epoch = excluded.session_epoch,
			sent_at = excluded.sent_at, expires_at = excluded.expires_at`)
	change = db.Rows[Change](`SELECT ` + changed + ` FROM email_changes WHERE ` + living)
	resend = db.Exec(`
		UPDATE email_changes SET sent_at = $2, expires_at = $6
		WHERE ` + living + ` AND normalized = $4 AND sent_at <= $5`)
	// count counts a try, and locks the change for what follows it.
	count   = db.Rows[Change](`UPDATE email_changes SET attempts = attempts + 1 WHERE ` + living + ` RETURNING ` + changed)
	confirm = db.Rows[Change](`
		UPDATE email_changes SET attempts = attempts - 1,
			new_confirmed_at = CASE WHEN $3 THEN COALESCE(new_confirmed_at, $2) ELSE new_confirmed_at END,
			current_confirmed_at = CASE WHEN $4 THEN COALESCE(current_confirmed_at, $2) ELSE current_confirmed_at END
		WHERE user_id = $1 RETURNING ` + changed)
	// finish ends a confirmed change in the transaction that has just raised
	// the session epoch. Of many, one finds it.
	finish = db.Exec(`
		DELETE FROM email_changes
		WHERE user_id = $1 AND expires_at > $2 AND normalized = $3
			AND new_confirmed_at IS NOT NULL AND current_confirmed_at IS NOT NULL
			AND session_epoch + 1 = (SELECT session_epoch FROM users WHERE id = user_id AND state = 'active')`)
	cancel       = db.Exec(`DELETE FROM email_changes WHERE ` + living)
	drop         = db.Exec(`DELETE FROM email_changes WHERE user_id = $1`)
	sweepChanges = db.Exec(`DELETE FROM email_changes WHERE expires_at <= $1`)

	pendings = db.Rows[pending](`
		SELECT id, address, normalized, created_at, sent_at, expires_at FROM pending_emails WHERE ` + waits + ` ORDER BY created_at, id`)
	onePending = db.Rows[pending](`
		SELECT id, address, normalized, created_at, sent_at, expires_at FROM pending_emails WHERE ` + waits + ` AND id = $3`)
	putPending = db.Rows[pending](`
		INSERT INTO pending_emails (id, user_id, address, normalized, session_epoch, created_at, sent_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
		ON CONFLICT (user_id, normalized) DO UPDATE SET address = excluded.address, sent_at = excluded.sent_at, expires_at = excluded.expires_at
		RETURNING id, address, normalized, created_at, sent_at, expires_at`)
	takePending   = db.Exec(`DELETE FROM pending_emails WHERE ` + waits + ` AND id = $3`)
	removePending = db.Exec(`DELETE FROM pending_emails WHERE user_id = $1 AND id = $2`)
	samePending   = db.Exec(`DELETE FROM pending_emails WHERE user_id = $1 AND normalized = $2`)
	deadPending   = db.Exec(`
		DELETE FROM pending_emails WHERE user_id = $1
			AND (expires_at <= $2 OR session_epoch <> (SELECT session_epoch FROM users WHERE id = user_id))`)
	dropPending  = db.Exec(`DELETE FROM pending_emails WHERE user_id = $1`)
	sweepPending = db.Exec(`DELETE FROM pending_emails WHERE expires_at <= $1`)
)
