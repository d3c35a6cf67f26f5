package factor

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
)

// sentText is the last text of a flow.
type sentText struct {
	FactorID string
	SentAt   time.Time
}

var (
	// beginPhone adds a phone that waits for its first code. One that waits
	// already goes on waiting; one that counts is in the way.
	beginPhone = db.Rows[string](`
		INSERT INTO factors (id, user_id, kind, name, secret, mac, last_step, created_at) VALUES ($1, $2, 'sms', $3, $4, $5, 0, $6)
		ON CONFLICT (user_id, mac) DO UPDATE SET created_at = excluded.created_at WHERE factors.confirmed_at IS NULL
		RETURNING id`)
	dropOthers = db.Exec(`
		DELETE FROM factors WHERE user_id = $1 AND kind = 'sms' AND confirmed_at IS NULL AND mac <> $2`)
	usePhone = db.Exec(`
		UPDATE factors SET last_used_at = $3 WHERE id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL`)

	// noteText keeps where the newest text of a flow went, or does nothing if
	// the same phone got one after $4.
	noteText = db.Exec(`
		INSERT INTO sms_codes (flow, factor_id, sent_at) VALUES ($1, $2, $3)
		ON CONFLICT (flow) DO UPDATE SET factor_id = excluded.factor_id, sent_at = excluded.sent_at
		WHERE sms_codes.sent_at <= $4 OR sms_codes.factor_id <> excluded.factor_id`)
	lastText = db.Rows[sentText](`SELECT factor_id, sent_at FROM sms_codes WHERE flow = $1`)

	sweepTexts   = db.Exec(`DELETE FROM sms_codes WHERE sent_at <= $1`)
	sweepPending = db.Exec(`DELETE FROM factors WHERE confirmed_at IS NULL AND created_at <= $1`)
)

// Sweep removes what waited too long for its first code, and what is known of
// codes that have expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	now := s.Clock.Now()
	if _, err := sweepTexts.Run(ctx, tx, now.Add(-textLife)); err != nil {
		return err
	}
	_, err := sweepPending.Run(ctx, tx, now.Add(-setupLife))
	return err
}
