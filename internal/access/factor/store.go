package factor

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

// Factor is an authenticator app, a passkey or a phone of a person.
type Factor struct {
	ID          string
	Kind        string
	Name        string
	Secret      []byte // of an app, or the number of a phone; sealed
	LastStep    int64
	Flags       int64  // of a passkey
	Transports  string // of a passkey
	CreatedAt   time.Time
	ConfirmedAt sql.Null[time.Time]
	LastUsedAt  sql.Null[time.Time]
}

// Confirmed reports whether it was verified, and counts.
func (f Factor) Confirmed() bool { return f.ConfirmedAt.Valid }

// kindOf is a kind of factor that somebody has.
type kindOf struct{ UserID, Kind string }

var (
	// begin leaves one app that waits for its first code: the newest.
	begin = db.Exec(`
		INSERT INTO factors (id, user_id, kind, name, secret, last_step, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)
		ON CONFLICT (user_id) WHERE confirmed_at IS NULL AND kind = 'totp'
		DO UPDATE SET id = excluded.id, kind = excluded.kind, name = excluded.name, secret = excluded.secret, created_at = excluded.created_at`)
	all = db.Rows[Factor](`
		SELECT f.id, f.kind, f.name, f.secret, f.last_step, f.created_at, f.confirmed_at, f.last_used_at,
			COALESCE(p.flags, 0) AS flags, COALESCE(p.transports, '') AS transports
		FROM factors f LEFT JOIN passkeys p ON p.factor_id = f.id
		WHERE f.user_id = $1 AND (f.confirmed_at IS NOT NULL OR f.created_at > $2) ORDER BY f.created_at, f.id`)
	enable = db.Exec(`
		UPDATE factors SET confirmed_at = $4, last_step = $3 WHERE id = $1 AND user_id = $2 AND confirmed_at IS NULL`)
	takeStep = db.Exec(`
		UPDATE factors SET last_step = $3, last_used_at = $4
		WHERE id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL AND last_step < $3`)
	rename      = db.Exec(`UPDATE factors SET name = $3 WHERE id = $1 AND user_id = $2`)
	remove      = db.Exec(`DELETE FROM factors WHERE id = $1 AND user_id = $2`)
	removeAll   = db.Exec(`DELETE FROM factors WHERE user_id = $1`)
	confirmed   = db.Rows[int64](`SELECT count(*) FROM factors WHERE user_id = $1 AND confirmed_at IS NOT NULL`)
	confirmedOf = db.Rows[int64](`SELECT count(*) FROM factors WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL`)
	kindsOf     = db.Rows[string](`SELECT DISTINCT kind FROM factors WHERE user_id = $1 AND confirmed_at IS NOT NULL`).Kept(1024)
	kindsIn     = db.Rows[kindOf](`
		SELECT DISTINCT f.user_id, f.kind FROM factors f JOIN memberships m ON m.user_id = f.user_id
		WHERE m.organization_id = $1 AND f.confirmed_at IS NOT NULL`)

	addCode  = db.Exec(`INSERT INTO backup_codes (user_id, mac, created_at) VALUES ($1, $2, $3)`)
	dropAll  = db.Exec(`DELETE FROM backup_codes WHERE user_id = $1`)
	takeCode = db.Exec(`UPDATE backup_codes SET used_at = $4 WHERE user_id = $1 AND mac IN ($2, $3) AND used_at IS NULL`)
	findCode = db.Rows[int64](`SELECT 1 FROM backup_codes WHERE user_id = $1 AND mac IN ($2, $3) AND used_at IS NULL`)
	left     = db.Rows[int64](`SELECT count(*) FROM backup_codes WHERE user_id = $1 AND used_at IS NULL`).Kept(1024)
)
