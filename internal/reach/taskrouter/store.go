package taskrouter

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type seenRow struct {
	UserID   string
	Worker   string
	Problem  string
	LookedAt time.Time
	Asked    sql.Null[int64]
}

type channelRow struct {
	UserID    string
	Channel   string
	Capacity  int64
	Available bool
}

var (
	ask = db.Rows[int64](`
		INSERT INTO taskrouter_pushes (user_id, asked) VALUES ($1, 1)
		ON CONFLICT (user_id) DO UPDATE SET asked = taskrouter_pushes.asked + 1 RETURNING asked`)
	waiting = db.Rows[int64](`SELECT asked FROM taskrouter_pushes WHERE user_id = $1`)
	// done ends what was asked for up to then, and not what came after.
	done = db.Exec(`DELETE FROM taskrouter_pushes WHERE user_id = $1 AND asked = $2`)

	note = db.Exec(`
		INSERT INTO taskrouter_workers (user_id, worker, problem, looked_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET worker = excluded.worker, problem = excluded.problem, looked_at = excluded.looked_at`)
	forget      = db.Exec(`DELETE FROM taskrouter_channels WHERE user_id = $1`)
	noteChannel = db.Exec(`INSERT INTO taskrouter_channels (user_id, channel, capacity, available) VALUES ($1, $2, $3, $4)`)

	seenIn = db.Rows[seenRow](`
		SELECT w.user_id, w.worker, w.problem, w.looked_at, p.asked
		FROM taskrouter_workers w JOIN memberships m ON m.user_id = w.user_id LEFT JOIN taskrouter_pushes p ON p.user_id = w.user_id
		WHERE m.organization_id = $1`)
	channelsIn = db.Rows[channelRow](`
		SELECT c.user_id, c.channel, c.capacity, c.available
		FROM taskrouter_channels c JOIN memberships m ON m.user_id = c.user_id WHERE m.organization_id = $1`)
	organizations = db.Rows[string](`
		SELECT DISTINCT m.organization_id FROM taskrouter_workers w JOIN memberships m ON m.user_id = w.user_id`)
)
