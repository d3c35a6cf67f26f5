package jobs

import (
	"nameplate/internal/platform/db"
)

type job struct {
	ID       string
	Kind     string
	Args     []byte // sealed JSON
	Attempts int64  // this one included
}

var (
	insert = db.Exec(`INSERT INTO jobs (id, kind, args, run_at, lane) VALUES ($1, $2, $3, $4, $5)`)

	due = db.Rows[string](`SELECT id FROM jobs WHERE lane = $2 AND run_at <= $1 ORDER BY run_at, id LIMIT 1`)

	// claim takes the oldest due job of a lane by moving it out of reach. Two workers may
	// pick the same row; the second one's WHERE no longer holds and it gets none.
	claim = db.Rows[job](`
		UPDATE jobs SET run_at = $2, attempts = attempts + 1
		WHERE run_at <= $1 AND id = (SELECT id FROM jobs WHERE lane = $3 AND run_at <= $1 ORDER BY run_at, id LIMIT 1)
		RETURNING id, kind, args, attempts`)

	finish   = db.Exec(`DELETE FROM jobs WHERE id = $1 AND attempts = $2`)
	postpone = db.Exec(`UPDATE jobs SET run_at = $3, last_error = $4 WHERE id = $1 AND attempts = $2`)
)
