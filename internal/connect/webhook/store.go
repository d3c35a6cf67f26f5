package webhook

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	ID             string
	OrganizationID string
	URL            string
	Events         string
	Secret         []byte
	OldSecret      []byte
	OldUntil       sql.Null[time.Time]
	Place          int64
	DisabledAt     sql.Null[time.Time]
	CreatedAt      time.Time
	MadeBy         string // user or client; empty: not known
}

type deliveryRow struct {
	ID         string
	WebhookID  string
	Seq        int64
	Type       string
	Subject    string
	Fields     string
	HappenedAt time.Time
	State      string
	Tries      int64
	NextAt     time.Time
	TriedAt    sql.Null[time.Time]
	TookMs     int64
	Status     int64
	Answer     string
	CreatedAt  time.Time
}

const (
	columns  = `id, organization_id, url, events, secret, old_secret, old_until, place, disabled_at, created_at, made_by`
	delivery = `d.id, d.webhook_id, d.seq, d.type, d.subject, d.fields, d.happened_at, d.state, d.tries, d.next_at, d.tried_at, d.took_ms, d.status, d.answer, d.created_at`
)

var (
	insert = db.Exec(`
		INSERT INTO webhooks (id, organization_id, url, events, secret, place, created_at, made_by)
		VALUES ($1, $2, $3, $4, $5, (SELECT COALESCE(MAX(seq), 0) FROM journal WHERE trail = $2), $6, $7)`)
	count  = db.Rows[int64](`SELECT count(*) FROM webhooks WHERE organization_id = $1`)
	of     = db.Rows[row](`SELECT ` + columns + ` FROM webhooks WHERE organization_id = $1 ORDER BY created_at, id`)
	one    = db.Rows[row](`SELECT ` + columns + ` FROM webhooks WHERE id = $1 AND organization_id = $2`)
	byID   = db.Rows[row](`SELECT ` + columns + ` FROM webhooks WHERE id = $1`)
	edit   = db.Exec(`UPDATE webhooks SET url = $3, events = $4, disabled_at = NULL WHERE id = $1 AND organization_id = $2`)
	rotate = db.Exec(`
		UPDATE webhooks SET old_secret = secret, old_until = $4, secret = $3 WHERE id = $1 AND organization_id = $2`)
	remove  = db.Exec(`DELETE FROM webhooks WHERE id = $1 AND organization_id = $2`)
	disable = db.Exec(`UPDATE webhooks SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL`)

	// behind are the webhooks whose trail goes on after their place.
	behind = db.Rows[row](`
		SELECT ` + columns + ` FROM webhooks w WHERE w.disabled_at IS NULL
			AND EXISTS (SELECT 1 FROM journal j WHERE j.trail = w.organization_id AND j.seq > w.place)`)
	// move takes the place on, unless another node has done so.
	move = db.Exec(`UPDATE webhooks SET place = $3 WHERE id = $1 AND place = $2`)

	insertDelivery = db.Exec(`
		INSERT INTO webhook_deliveries (id, webhook_id, seq, type, subject, fields, happened_at, state, next_at, held_until, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'waits', $8, $8, $8)`)
	// due are deliveries to try: those of each subject one after the other.
	due = db.Rows[deliveryRow](`
		SELECT ` + delivery + ` FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
		WHERE d.state = 'waits' AND d.next_at <= $1 AND d.held_until <= $1 AND w.disabled_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject
				AND e.seq < d.seq AND e.state = 'waits' AND e.tries < $2)
		ORDER BY d.next_at LIMIT $3`)
	hold = db.Exec(`
		UPDATE webhook_deliveries SET tries = tries + 1, held_until = $4
		WHERE id = $1 AND tries = $2 AND state = 'waits' AND held_until <= $3`)
	finish = db.Exec(`
		UPDATE webhook_deliveries SET state = $3, next_at = $4, tried_at = $5, took_ms = $6, status = $7, answer = $8, held_until = $5
		WHERE id = $1 AND tries = $2 AND state = 'waits'`)
	giveUp = db.Exec(`UPDATE webhook_deliveries SET state = 'failed' WHERE webhook_id = $1 AND state = 'waits'`)
	again  = db.Exec(`
		UPDATE webhook_deliveries SET state = 'waits', tries = 0, next_at = $3, held_until = $3
		WHERE id = $1 AND webhook_id IN (SELECT id FROM webhooks WHERE organization_id = $2)`)
	deliveries = db.Rows[deliveryRow](`
		SELECT ` + delivery + ` FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
		WHERE d.webhook_id = $1 AND w.organization_id = $2 AND d.id < $3 ORDER BY d.id DESC LIMIT $4`)
	sweep = db.Exec(`DELETE FROM webhook_deliveries WHERE state <> 'waits' AND created_at < $1`)
)
