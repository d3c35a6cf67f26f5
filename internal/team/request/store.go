package request

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

// State is how a request stands.
type State string

// The states. All but the first are its end.
const (
	Open      State = "open"
	Approved  State = "approved"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Replaced  State = "replaced"
	Expired   State = "expired"
)

// States lists all of them.
var States = []State{Open, Approved, Declined, Withdrawn, Replaced, Expired}

// Request is a change that somebody asks for.
type Request struct {
	ID        string
	UserID    string
	Field     string
	Scope     string // the organization of a designation
	Value     string
	Was       string
	State     State
	Reason    string
	CreatedAt time.Time
	ExpiresAt time.Time
	EndedAt   sql.Null[time.Time]

	// As one organization sees it; empty otherwise.
	Here      State  // what it has said
	DecidedBy string // id of who has said so, if they are still there
}

// Answer is what one organization says to a request: Open, Approved or
// Declined.
type Answer struct {
	OrganizationID   string
	OrganizationName string
	State            State
}

// decider is somebody to be told of a request.
type decider struct{ ID, Locale, Address string }

type agreed struct {
	Value     string
	ExpiresAt time.Time
}

const (
	columns = `r.id, r.user_id, r.field, r.scope, r.value, r.was, ` + state + ` AS state, r.reason, r.created_at, r.expires_at, r.ended_at`
	alone   = columns + `, '' AS here, '' AS decided_by`
	// state is that of r, of the user u, at $1.
	state = `CASE WHEN r.state = 'open' AND NOT (r.expires_at > $1 AND u.state = 'active' AND u.credential_epoch = r.credential_epoch)
		THEN 'expired' ELSE r.state END`
	// living holds for a request $1 that can be decided at $2.
	living = `id = $1 AND state = 'open' AND expires_at > $2
		AND credential_epoch = (SELECT credential_epoch FROM users WHERE id = user_id AND state = 'active')`
	// inOrganization are those that $2 is asked about its members.
	inOrganization = `field_request_answers a JOIN field_requests r ON r.id = a.request_id
		JOIN memberships m ON m.organization_id = a.organization_id AND m.user_id = r.user_id JOIN users u ON u.id = r.user_id
		WHERE a.organization_id = $2`
)

var (
	replace = db.Exec(`UPDATE field_requests SET state = 'replaced', ended_at = $4 WHERE user_id = $1 AND field = $2 AND scope = $3 AND state = 'open'`)
	// disagree ends an agreement that a newer request takes the place of.
	disagree = db.Exec(`
		UPDATE field_requests SET expires_at = $3 WHERE user_id = $1 AND field = $2 AND state = 'approved' AND expires_at > $3`)
	insert = db.Exec(`
		INSERT INTO field_requests (id, user_id, field, scope, value, was, credential_epoch, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	ask = db.Exec(`INSERT INTO field_request_answers (request_id, organization_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`)

	take   = db.Exec(`UPDATE field_requests SET state = state WHERE ` + living)
	end    = db.Exec(`UPDATE field_requests SET state = $3, reason = $4, expires_at = $5, ended_at = $2 WHERE ` + living)
	answer = db.Exec(`
		UPDATE field_request_answers SET state = $3, decided_by = $4 WHERE request_id = $1 AND organization_id = $2 AND state = 'open'`)
	withdraw = db.Exec(`UPDATE field_requests SET state = 'withdrawn', ended_at = $2 WHERE ` + living + ` AND user_id = $3`)
	expire   = db.Exec(`UPDATE field_requests SET state = 'expired', ended_at = $2 WHERE id = $1 AND state = 'open' AND expires_at <= $2`)
	forget   = db.Exec(`DELETE FROM field_requests WHERE ended_at <= $1 AND (state <> 'approved' OR expires_at <= $1)`)

	answers = db.Rows[Answer](`
		SELECT a.organization_id, o.name AS organization_name, a.state FROM field_request_answers a
		JOIN field_requests r ON r.id = a.request_id JOIN organizations o ON o.id = a.organization_id
		JOIN memberships m ON m.organization_id = a.organization_id AND m.user_id = r.user_id
		WHERE a.request_id = $1 ORDER BY o.name, o.id`)
	own = db.Rows[Request](`
		SELECT ` + alone + ` FROM field_requests r JOIN users u ON u.id = r.user_id
		WHERE r.user_id = $2 AND ($3 = '' OR r.id < $3) AND ($4 = '' OR r.field = $4) AND ($5 = '' OR r.id = $5) ORDER BY r.id DESC LIMIT $6`)
	due = db.Rows[Request](`
		SELECT ` + alone + ` FROM field_requests r JOIN users u ON u.id = r.user_id
		WHERE r.state = 'open' AND r.expires_at <= $1 ORDER BY r.expires_at LIMIT 100`)
	asked = db.Rows[Request](`
		SELECT ` + columns + `, a.state AS here, COALESCE(a.decided_by, '') AS decided_by
		FROM ` + inOrganization + ` AND ($3 = '' OR r.id < $3) AND ($4 = '' OR r.id = $4) AND ($5 = '' OR ` + state + ` = $5)
		ORDER BY r.id DESC LIMIT $6`)
	waiting = db.Rows[int64](`SELECT count(*) FROM ` + inOrganization + ` AND a.state = 'open' AND ` + state + ` = 'open'`)

	deciders = db.Rows[decider](`
		SELECT u.id, u.locale, e.address FROM memberships m JOIN users u ON u.id = m.user_id
		JOIN emails e ON e.user_id = u.id AND e.is_primary = TRUE
		WHERE m.organization_id = $1 AND m.user_id <> $2 AND u.state = 'active' AND m.role IN ($3, $4) ORDER BY u.id LIMIT $5`)
	agreement = db.Rows[agreed](`
		SELECT r.value, r.expires_at FROM field_requests r JOIN users u ON u.id = r.user_id
		JOIN emails e ON e.user_id = r.user_id AND e.is_primary = TRUE
		WHERE r.user_id = $1 AND r.field = 'email' AND r.state = 'approved' AND r.expires_at > $2
			AND r.credential_epoch = u.credential_epoch AND r.was = e.normalized
		ORDER BY r.id DESC LIMIT 1`)
)
