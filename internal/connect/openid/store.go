package openid

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type appRow struct {
	ClientID       string
	OrganizationID string
	RedirectUris   string
	LogoutUris     string
	BackchannelURI string
}

type grantRow struct {
	ID         string
	ClientID   string
	Scopes     string
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// login is a sign-in, with what says whether it still lives.
type login struct {
	ID              string
	GrantID         string
	ClientID        string
	OrganizationID  string
	UserID          string
	SessionID       string
	Scopes          string
	RedirectURI     string
	Nonce           string
	Challenge       string
	ProofAt         time.Time
	ProofMethod     string
	CredentialEpoch int64
	CodeExpiresAt   time.Time
	CodeUsedAt      sql.Null[time.Time]
	CreatedAt       time.Time
	EndedAt         sql.Null[time.Time]
}

type tokenRow struct {
	LoginID   string
	Scopes    string
	ExpiresAt time.Time
	UsedAt    sql.Null[time.Time]
}

// ended is a sign-in whose session is gone.
type ended struct {
	ID       string
	UserID   string
	ClientID string
	Scopes   string
}

const loginColumns = `
	l.id, l.grant_id, g.client_id, a.organization_id, g.user_id, l.session_id, l.scopes, l.redirect_uri, l.nonce, l.challenge, l.proof_at, l.proof_method,
	l.credential_epoch, l.code_expires_at, l.code_used_at, l.created_at, l.ended_at`

const ofLogins = `openid_logins l JOIN openid_grants g ON g.id = l.grant_id JOIN openid_apps a ON a.client_id = g.client_id`

var (
	appOf   = db.Rows[appRow](`SELECT client_id, organization_id, redirect_uris, logout_uris, backchannel_uri FROM openid_apps WHERE client_id = $1`).Kept(256)
	saveApp = db.Exec(`
		INSERT INTO openid_apps (client_id, organization_id, redirect_uris, logout_uris, backchannel_uri, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (client_id) DO UPDATE SET redirect_uris = $3, logout_uris = $4, backchannel_uri = $5, updated_at = $6`)
	removeApp = db.Exec(`DELETE FROM openid_apps WHERE client_id = $1`)

	grantOf  = db.Rows[grantRow](`SELECT id, client_id, scopes, created_at, last_used_at FROM openid_grants WHERE user_id = $1 AND client_id = $2`)
	grantsOf = db.Rows[grantRow](`SELECT id, client_id, scopes, created_at, last_used_at FROM openid_grants WHERE user_id = $1 ORDER BY last_used_at DESC, id`)
	allow    = db.Rows[string](`
		INSERT INTO openid_grants (id, user_id, client_id, scopes, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $5)
		ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = $4, last_used_at = $5 RETURNING id`)
	useGrant    = db.Exec(`UPDATE openid_grants SET last_used_at = $2 WHERE id = $1`)
	removeGrant = db.Exec(`DELETE FROM openid_grants WHERE id = $1 AND user_id = $2`)

	addLogin = db.Exec(`
		INSERT INTO openid_logins (id, grant_id, session_id, scopes, redirect_uri, nonce, challenge, proof_at, proof_method, credential_epoch,
			code_hash, code_expires_at, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12)`)
	byCode  = db.Rows[login](`SELECT ` + loginColumns + ` FROM ` + ofLogins + ` WHERE l.code_hash = $1`)
	byLogin = db.Rows[login](`SELECT ` + loginColumns + ` FROM ` + ofLogins + ` WHERE l.id = $1`)
	// useCode reports by its rows whether the code was not used before.
	useCode     = db.Exec(`UPDATE openid_logins SET code_used_at = $2 WHERE id = $1 AND code_used_at IS NULL AND code_expires_at > $2`)
	prolong     = db.Exec(`UPDATE openid_logins SET expires_at = $2 WHERE id = $1`)
	removeLogin = db.Exec(`DELETE FROM openid_logins WHERE id = $1`)
	openOf      = db.Rows[ended](`
		SELECT l.id, g.user_id, g.client_id, l.scopes FROM openid_logins l JOIN openid_grants g ON g.id = l.grant_id
		WHERE l.grant_id = $1 AND l.ended_at IS NULL AND l.code_used_at IS NOT NULL`)
	// adrift are open sign-ins whose session is gone, or whose person is.
	adrift = db.Rows[ended](`
		SELECT l.id, g.user_id, g.client_id, l.scopes FROM ` + ofLogins + ` JOIN users u ON u.id = g.user_id
		LEFT JOIN sessions s ON s.id = l.session_id AND s.session_epoch = u.session_epoch AND s.credential_epoch = u.credential_epoch
			AND s.expires_at > $1 AND s.last_seen_at > $2
		WHERE l.ended_at IS NULL AND (s.id IS NULL OR u.state <> 'active'
			OR NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = g.user_id AND m.organization_id = a.organization_id)) LIMIT $3`)
	// endLogin reports by its rows whether it was still open.
	endLogin = db.Exec(`UPDATE openid_logins SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`)
	endHeld  = db.Exec(`DELETE FROM openid_tokens WHERE login_id = $1`)

	addToken = db.Exec(`INSERT INTO openid_tokens (token_hash, login_id, kind, scopes, expires_at) VALUES ($1, $2, $3, $4, $5)`)
	tokenOf  = db.Rows[tokenRow](`SELECT login_id, scopes, expires_at, used_at FROM openid_tokens WHERE token_hash = $1 AND kind = $2`)
	// useToken reports by its rows whether a refresh token was not used before.
	useToken = db.Exec(`UPDATE openid_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)
	endToken = db.Exec(`DELETE FROM openid_tokens WHERE token_hash = $1`)

	sweepTokens = db.Exec(`DELETE FROM openid_tokens WHERE expires_at <= $1`)
	sweepLogins = db.Exec(`DELETE FROM openid_logins WHERE expires_at <= $1`)

	keyRows = db.Rows[keyRow](`SELECT number, sealed, created_at FROM openid_keys ORDER BY number DESC`).Kept(1)
	// addKey makes key $1 while the one before is the newest.
	addKey = db.Exec(`
		INSERT INTO openid_keys (number, sealed, created_at) SELECT $1, $2, $3
		WHERE $1 = (SELECT COALESCE(MAX(number), 0) + 1 FROM openid_keys) ON CONFLICT (number) DO NOTHING`)
	removeKey = db.Exec(`DELETE FROM openid_keys WHERE number = $1`)
)
