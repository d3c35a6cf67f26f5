package mail

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	ID        string
	Kind      string
	Message   []byte // sealed JSON
	CreatedAt time.Time
	Attempts  int64
	LastError string
	FailedAt  sql.Null[time.Time]
}

var (
	insert = db.Exec(`INSERT INTO mails (id, kind, recipient, message, created_at) VALUES ($1, $2, $3, $4, $5)`)
	remove = db.Exec(`DELETE FROM mails WHERE id = $1`)
	note   = db.Exec(`UPDATE mails SET attempts = attempts + 1, last_error = $2, failed_at = $3 WHERE id = $1`)
	get    = db.Rows[row](`SELECT id, kind, message, created_at, attempts, last_error, failed_at FROM mails WHERE id = $1`)
	newest = db.Rows[row](`SELECT id, kind, message, created_at, attempts, last_error, failed_at FROM mails ORDER BY id DESC LIMIT $1`)
	sweep  = db.Exec(`DELETE FROM mails WHERE created_at <= $1`)
	forget = db.Exec(`DELETE FROM mails WHERE recipient IN ($1, $2)`)
)
