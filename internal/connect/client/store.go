package client

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	ID        string
	Name      string
	MadeBy    sql.Null[string]
	CreatedAt time.Time
}

type secretRow struct {
	ID         string
	ClientID   string
	Prefix     string
	PublicKey  sql.Null[string]
	CreatedAt  time.Time
	LastUsedAt sql.Null[time.Time]
}

// keyed is a public key with the client that it is of.
type keyed struct {
	ID             string
	OrganizationID string
	SecretID       string
	PublicKey      string
	LastUsedAt     sql.Null[time.Time]
}

type named struct {
	Name           string
	OrganizationID string
}

type scopeRow struct {
	ClientID   string
	Scope      string
	LastUsedAt sql.Null[time.Time]
}

// holder is a client that has shown a right secret.
type holder struct {
	ID             string
	OrganizationID string
	SecretID       string
	LastUsedAt     sql.Null[time.Time] // of the secret
}

// living is an access token.
type living struct {
	ClientID       string
	OrganizationID string
	Scopes         string // with spaces between
	CreatedAt      time.Time
	ExpiresAt      time.Time
	LastUsedAt     sql.Null[time.Time] // of the scope that was asked for
}

var (
	insert = db.Exec(`INSERT INTO clients (id, organization_id, name, made_by, created_at) VALUES ($1, $2, $3, $4, $5)`)
	// hold makes changes of one client wait in line.
	hold         = db.Exec(`UPDATE clients SET name = name WHERE id = $1 AND organization_id = $2`)
	remove       = db.Exec(`DELETE FROM clients WHERE id = $1 AND organization_id = $2`)
	count        = db.Rows[int64](`SELECT count(*) FROM clients WHERE organization_id = $1`)
	insertScope  = db.Exec(`INSERT INTO client_scopes (client_id, scope) VALUES ($1, $2)`)
	insertSecret = db.Exec(`INSERT INTO client_secrets (id, client_id, secret_hash, prefix, created_at) VALUES ($1, $2, $3, $4, $5)`)
	secrets      = db.Rows[int64](`SELECT count(*) FROM client_secrets WHERE client_id = $1`)
	removeSecret = db.Exec(`
		DELETE FROM client_secrets WHERE id = $1 AND client_id = $2
			AND EXISTS (SELECT 1 FROM clients c WHERE c.id = $2 AND c.organization_id = $3)`)

	of        = db.Rows[row](`SELECT id, name, made_by, created_at FROM clients WHERE organization_id = $1 ORDER BY created_at, id`)
	nameOf    = db.Rows[named](`SELECT name, organization_id FROM clients WHERE id = $1`).Kept(256)
	secretsOf = db.Rows[secretRow](`
		SELECT s.id, s.client_id, s.prefix, s.public_key, s.created_at, s.last_used_at FROM client_secrets s JOIN clients c ON c.id = s.client_id
		WHERE c.organization_id = $1 ORDER BY s.created_at, s.id`)
	scopesOf = db.Rows[scopeRow](`
		SELECT s.client_id, s.scope, s.last_used_at FROM client_scopes s JOIN clients c ON c.id = s.client_id WHERE c.organization_id = $1`)

	bySecret = db.Rows[holder](`
		SELECT c.id, c.organization_id, s.id AS secret_id, s.last_used_at FROM client_secrets s JOIN clients c ON c.id = s.client_id
		WHERE s.secret_hash = $1 AND c.id = $2`)
	granted = db.Rows[string](`SELECT scope FROM client_scopes WHERE client_id = $1`)
	reader  = db.Rows[string](`
		SELECT c.id FROM clients c JOIN client_scopes s ON s.client_id = c.id WHERE c.id = $1 AND c.organization_id = $2 AND s.scope = $3`)
	insertKey = db.Exec(`
		INSERT INTO client_secrets (id, client_id, secret_hash, prefix, created_at, public_key) VALUES ($1, $2, $3, $4, $5, $6)`)
	keysOf = db.Rows[keyed](`
		SELECT c.id, c.organization_id, s.id AS secret_id, s.public_key, s.last_used_at FROM client_secrets s JOIN clients c ON c.id = s.client_id
		WHERE c.id = $1 AND s.public_key IS NOT NULL`)
	// takeProof reports by its rows whether the proof was not taken before.
	takeProof   = db.Exec(`INSERT INTO client_assertions (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`)
	sweepProofs = db.Exec(`DELETE FROM client_assertions WHERE expires_at <= $1`)
	usedSecret  = db.Exec(`UPDATE client_secrets SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`)
	insertToken = db.Exec(`
		INSERT INTO client_tokens (token_hash, secret_id, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`)
	byToken = db.Rows[living](`
		SELECT c.id AS client_id, c.organization_id, t.scopes, t.created_at, t.expires_at, u.last_used_at
		FROM client_tokens t JOIN client_secrets s ON s.id = t.secret_id JOIN clients c ON c.id = s.client_id
		LEFT JOIN client_scopes u ON u.client_id = c.id AND u.scope = $2
		WHERE t.token_hash = $1`).Kept(1024)
	touch = db.Exec(`
		UPDATE client_scopes SET last_used_at = $3 WHERE client_id = $1 AND scope = $2 AND (last_used_at IS NULL OR last_used_at < $3)`)
	endToken = db.Exec(`
		DELETE FROM client_tokens WHERE token_hash = $1 AND secret_id IN (SELECT id FROM client_secrets WHERE client_id = $2)`)
	sweep = db.Exec(`DELETE FROM client_tokens WHERE expires_at <= $1`)
)
