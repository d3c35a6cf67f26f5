package once

import (
	"nameplate/internal/platform/db"
)

// The forms of a secret.
const (
	code = "code"
	link = "link"
)

var (
	issue = db.Exec(`
		INSERT INTO one_time (purpose, flow, form, hash, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (purpose, flow, form) DO UPDATE
		SET hash = excluded.hash, expires_at = excluded.expires_at, attempts = 0, used_at = NULL`)

	// takeCode counts a try and uses the code up if it is the right one. Those
	// who come at the same time wait for the row, and look at it again.
	takeCode = db.Rows[bool](`
		UPDATE one_time SET attempts = attempts + 1,
			used_at = CASE WHEN hash IN ($5, $6) THEN $4 ELSE used_at END
		WHERE purpose = $1 AND flow = $2 AND form = $3
			AND used_at IS NULL AND expires_at > $4 AND attempts < $7
		RETURNING used_at IS NOT NULL`)

	rightCode = db.Rows[string](`
		SELECT flow FROM one_time
		WHERE purpose = $1 AND flow = $2 AND form = $3 AND used_at IS NULL AND expires_at > $4 AND hash IN ($5, $6)`)

	takeLink = db.Rows[string](`
		UPDATE one_time SET used_at = $4
		WHERE purpose = $1 AND form = $2 AND hash = $3 AND used_at IS NULL AND expires_at > $4
		RETURNING flow`)

	peekLink = db.Rows[string](`
		SELECT flow FROM one_time
		WHERE purpose = $1 AND form = $2 AND hash = $3 AND used_at IS NULL AND expires_at > $4`)

	void  = db.Exec(`DELETE FROM one_time WHERE purpose = $1 AND flow = $2`)
	sweep = db.Exec(`DELETE FROM one_time WHERE expires_at <= $1`)
)
