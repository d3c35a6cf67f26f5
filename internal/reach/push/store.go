package push

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	ID          string
	UserID      string
	SessionID   string
	Target      []byte // sealed
	Agent       string
	CreatedAt   time.Time
	DeliveredAt sql.Null[time.Time]
	FailedAt    sql.Null[time.Time]
	Failure     string
}

type owner struct{ ID, UserID string }

type tally struct {
	UserID  string
	Devices int64
}

// lives holds for a device whose session lives at $2.
const lives = `u.state = 'active' AND s.expires_at > $2 AND s.session_epoch = u.session_epoch AND s.credential_epoch = u.credential_epoch`

const alive = `
	FROM push_devices d JOIN sessions s ON s.id = d.session_id JOIN users u ON u.id = d.user_id AND u.id = s.user_id WHERE ` + lives

const columns = `SELECT d.id, d.user_id, d.session_id, d.target, d.agent, d.created_at, d.delivered_at, d.failed_at, d.failure`

var (
	forget = db.Rows[owner](`DELETE FROM push_devices WHERE mark = $1 RETURNING id, user_id`)
	add    = db.Exec(`
		INSERT INTO push_devices (id, user_id, session_id, mark, target, agent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (mark) DO UPDATE SET user_id = excluded.user_id, session_id = excluded.session_id`)
	trim = db.Exec(`
		DELETE FROM push_devices WHERE user_id = $1 AND id NOT IN (
			SELECT id FROM push_devices WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)`)
	ofUser = db.Rows[row](columns + alive + ` AND d.user_id = $1
		ORDER BY CASE WHEN d.session_id = $3 THEN 0 ELSE 1 END, d.created_at DESC, d.id`)
	byID      = db.Rows[row](columns + alive + ` AND d.id = $1`)
	ofMembers = db.Rows[tally](`
		SELECT d.user_id, count(*) AS devices FROM memberships m JOIN push_devices d ON d.user_id = m.user_id
			JOIN sessions s ON s.id = d.session_id JOIN users u ON u.id = d.user_id AND u.id = s.user_id
		WHERE m.organization_id = $1 AND ` + lives + ` GROUP BY d.user_id`)
	remove = db.Exec(`DELETE FROM push_devices WHERE id = $1 AND user_id = $2`)
	prune  = db.Exec(`DELETE FROM push_devices WHERE id = $1`)
	came   = db.Exec(`UPDATE push_devices SET delivered_at = $2, failed_at = NULL, failure = '' WHERE id = $1`)
	failed = db.Exec(`UPDATE push_devices SET failed_at = $2, failure = $3 WHERE id = $1`)
)
