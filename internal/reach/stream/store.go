package stream

import "nameplate/internal/platform/db"

// row is a signal as it is kept.
type row struct {
	Seq            int64
	OrganizationID string
	Name           string
	About          string
	Content        []byte // sealed
	Awaited        bool
}

var (
	// count gives the next number. It holds the person's row until the commit, so
	// that nobody sees a number before those below it.
	count = db.Rows[int64](`
		INSERT INTO signal_counts (user_id, last) VALUES ($1, 1)
		ON CONFLICT (user_id) DO UPDATE SET last = signal_counts.last + 1 RETURNING last`)
	reached = db.Rows[int64](`SELECT last FROM signal_counts WHERE user_id = $1`)
	keep    = db.Exec(`
		INSERT INTO signals (user_id, seq, organization_id, name, about, content, awaited, sent_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	after = db.Rows[row](`
		SELECT seq, organization_id, name, about, content, awaited FROM signals
		WHERE user_id = $1 AND seq > $2 AND sent_at > $3 ORDER BY seq LIMIT 100`)
	sweep = db.Exec(`DELETE FROM signals WHERE sent_at <= $1`)
)
