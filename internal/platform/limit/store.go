package limit

import (
	"time"

	"nameplate/internal/platform/db"
)

// window is the count of one subject under one rule.
type window struct {
	StartedAt time.Time
	Taken     int64
	ExpiresAt time.Time
}

var (
	// take counts a try at $2 if there is room for it. $3 is a span later, $4 a
	// span before. A window that expired begins anew; a span that is over
	// becomes the earlier one.
	take = db.Rows[int64](`
		INSERT INTO throttles (key, started_at, taken, earlier, expires_at) VALUES ($1, $2, 1, 0, $3)
		ON CONFLICT (key) DO UPDATE SET
			started_at = CASE WHEN throttles.expires_at <= $2 OR throttles.started_at <= $4
				THEN excluded.started_at ELSE throttles.started_at END,
			taken = CASE WHEN throttles.expires_at <= $2 OR throttles.started_at <= $4
				THEN 1 ELSE throttles.taken + 1 END,
			earlier = CASE WHEN throttles.expires_at <= $2 THEN 0
				WHEN throttles.started_at <= $4 THEN throttles.taken ELSE throttles.earlier END,
			expires_at = CASE WHEN excluded.expires_at > throttles.expires_at
				THEN excluded.expires_at ELSE throttles.expires_at END
		WHERE throttles.expires_at <= $2 OR $5 >
			CASE WHEN throttles.started_at <= $4 THEN throttles.taken ELSE throttles.taken + throttles.earlier END
		RETURNING taken`)

	read   = db.Rows[window](`SELECT started_at, taken, expires_at FROM throttles WHERE key = $1`)
	forget = db.Exec(`DELETE FROM throttles WHERE key = $1`)
	sweep  = db.Exec(`DELETE FROM throttles WHERE expires_at <= $1`)
)
