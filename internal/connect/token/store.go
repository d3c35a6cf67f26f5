package token

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

// living is what the guard needs of a token.
type living struct {
	ID             string
	UserID         string
	OrganizationID string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	Epoch          int64
	UserEpoch      int64
	Scope          string // the one that was asked for; empty: it hasn't it
	LastUsedAt     sql.Null[time.Time]
}

// row is a token as it is kept.
type row struct {
	ID        string
	Name      string
	Prefix    string
	Kept      bool
	Epoch     int64
	UserEpoch int64
	CreatedAt time.Time
	ExpiresAt time.Time
	EndedAt   sql.Null[time.Time]
	EndedBy   string
}

type usedScope struct {
	TokenID    string
	Scope      string
	LastUsedAt sql.Null[time.Time]
}

// due is a token whose owner is to be told that it will expire.
type due struct {
	ID        string
	UserID    string
	Name      string
	Prefix    string
	ExpiresAt time.Time
}

// sealed is a token that is kept to be shown again.
type sealed struct {
	ID     string
	UserID string
	Sealed []byte
}

// alive holds for tokens t of users u that open something at $2.
const alive = `t.ended_at IS NULL AND t.expires_at > $2 AND t.credential_epoch = u.credential_epoch`

var (
	insert = db.Exec(`
		INSERT INTO tokens (id, user_id, organization_id, name, token_hash, prefix, sealed, credential_epoch, created_at, expires_at, remind_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT credential_epoch FROM users WHERE id = $2), $8, $9, $10)`)
	insertScope = db.Exec(`INSERT INTO token_scopes (token_id, scope) VALUES ($1, $2)`)
	count       = db.Rows[int64](`SELECT count(*) FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 AND ` + alive)

	byHash = db.Rows[living](`
		SELECT t.id, t.user_id, t.organization_id, t.created_at, t.expires_at, t.credential_epoch AS epoch, u.credential_epoch AS user_epoch,
			COALESCE(s.scope, '') AS scope, s.last_used_at
		FROM tokens t JOIN users u ON u.id = t.user_id LEFT JOIN token_scopes s ON s.token_id = t.id AND s.scope = $2
		WHERE t.token_hash = $1 AND t.ended_at IS NULL`).Kept(4096)
	touch = db.Exec(`
		UPDATE token_scopes SET last_used_at = $3 WHERE token_id = $1 AND scope = $2 AND (last_used_at IS NULL OR last_used_at < $3)`)

	of = db.Rows[row](`
		SELECT t.id, t.name, t.prefix, (t.sealed IS NOT NULL) AS kept, t.credential_epoch AS epoch, u.credential_epoch AS user_epoch,
			t.created_at, t.expires_at, t.ended_at, t.ended_by
		FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 ORDER BY t.created_at DESC, t.id DESC`)
	scopesOf = db.Rows[usedScope](`
		SELECT s.token_id, s.scope, s.last_used_at FROM token_scopes s JOIN tokens t ON t.id = s.token_id WHERE t.user_id = $1`)
	sealedOf = db.Rows[sealed](`
		SELECT t.id, t.user_id, t.sealed FROM tokens t JOIN users u ON u.id = t.user_id
		WHERE t.user_id = $1 AND t.id = $3 AND t.sealed IS NOT NULL AND ` + alive)

	end = db.Exec(`
		UPDATE tokens SET ended_at = $3, ended_by = $4, sealed = NULL, remind_at = NULL
		WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3
			AND credential_epoch = (SELECT credential_epoch FROM users WHERE id = $2)`)
	// narrow takes a scope away, but not the last one.
	narrow = db.Exec(`
		DELETE FROM token_scopes WHERE token_id = $1 AND scope = $2
			AND EXISTS (SELECT 1 FROM tokens WHERE id = $1 AND user_id = $3 AND ended_at IS NULL)
			AND EXISTS (SELECT 1 FROM token_scopes o WHERE o.token_id = $1 AND o.scope <> $2)`)

	toRemind = db.Rows[due](`
		SELECT t.id, t.user_id, t.name, t.prefix, t.expires_at FROM tokens t JOIN users u ON u.id = t.user_id
		WHERE t.remind_at <= $1 AND u.state = 'active' AND t.ended_at IS NULL AND t.expires_at > $2 AND t.credential_epoch = u.credential_epoch
		ORDER BY t.remind_at LIMIT 200`)
	reminded   = db.Exec(`UPDATE tokens SET remind_at = NULL WHERE id = $1 AND remind_at IS NOT NULL`)
	allSealed  = db.Rows[string](`SELECT DISTINCT user_id FROM tokens WHERE sealed IS NOT NULL`)
	dropSealed = db.Exec(`UPDATE tokens SET sealed = NULL WHERE user_id = $1 AND sealed IS NOT NULL`)
	sweep      = db.Exec(`DELETE FROM tokens WHERE expires_at < $1 OR ended_at < $1`)
)
