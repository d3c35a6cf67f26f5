-- Services that act for an organization.
CREATE TABLE clients (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	name            TEXT        NOT NULL,
	made_by         TEXT        REFERENCES users (id) ON DELETE SET NULL, -- it outlives them
	created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX clients_organization ON clients (organization_id, created_at);
CREATE INDEX clients_maker ON clients (made_by);

-- What each client may do, and when it last did.
CREATE TABLE client_scopes (
	client_id    TEXT        NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
	scope        TEXT        NOT NULL,
	last_used_at TIMESTAMPTZ,
	PRIMARY KEY (client_id, scope)
);

CREATE TABLE client_secrets (
	id           TEXT        PRIMARY KEY,
	client_id    TEXT        NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
	secret_hash  BYTEA       NOT NULL UNIQUE,
	prefix       TEXT        NOT NULL, -- by which it is known
	created_at   TIMESTAMPTZ NOT NULL,
	last_used_at TIMESTAMPTZ           -- when an access token was last had with it
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);

-- Access tokens; they die with the secret that they were had with.
CREATE TABLE client_tokens (
	token_hash BYTEA       PRIMARY KEY,
	secret_id  TEXT        NOT NULL REFERENCES client_secrets (id) ON DELETE CASCADE,
	scopes     TEXT        NOT NULL, -- with spaces between
	created_at TIMESTAMPTZ NOT NULL,
	expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX client_tokens_secret ON client_tokens (secret_id);
CREATE INDEX client_tokens_expiry ON client_tokens (expires_at);
