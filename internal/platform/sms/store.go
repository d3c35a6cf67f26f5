package sms

import (
	"nameplate/internal/platform/db"
)

// most is how often a text is tried without knowing whether it arrived.
const most = 2

// attempt is a text that is tried, the how-manieth time.
type attempt struct {
	Message []byte // sealed
	Tries   int64
}

var (
	insert = db.Exec(`INSERT INTO texts (id, message, tries, expires_at) VALUES ($1, $2, 0, $3)`)

	// try counts a try before it is made.
	try = db.Rows[attempt](`
		UPDATE texts SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND expires_at > $3 RETURNING message, tries`)
	// untry takes back one that sent nothing.
	untry  = db.Exec(`UPDATE texts SET tries = tries - 1 WHERE id = $1`)
	remove = db.Exec(`DELETE FROM texts WHERE id = $1`)
	sweep  = db.Exec(`DELETE FROM texts WHERE expires_at <= $1`)
)
