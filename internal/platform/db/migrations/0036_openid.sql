-- Clients that people sign in at: apps.
CREATE TABLE openid_apps (
	client_id       TEXT        PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	redirect_uris   TEXT        NOT NULL, -- where a code may be sent to, one a line
	logout_uris     TEXT        NOT NULL, -- where a browser may go on after signing out, one a line
	backchannel_uri TEXT        NOT NULL, -- told when a sign-in ends; empty: nobody is
	updated_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX openid_apps_organization ON openid_apps (organization_id);

-- What a person has allowed an app to know.
CREATE TABLE openid_grants (
	id           TEXT        PRIMARY KEY,
	user_id      TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	client_id    TEXT        NOT NULL REFERENCES openid_apps (client_id) ON DELETE CASCADE,
	scopes       TEXT        NOT NULL, -- with spaces between
	created_at   TIMESTAMPTZ NOT NULL,
	last_used_at TIMESTAMPTZ NOT NULL,
	UNIQUE (user_id, client_id)
);
CREATE INDEX openid_grants_client ON openid_grants (client_id);

-- Sign-ins at apps. Each begins with a code.
CREATE TABLE openid_logins (
	id               TEXT        PRIMARY KEY, -- the claim sid
	grant_id         TEXT        NOT NULL REFERENCES openid_grants (id) ON DELETE CASCADE,
	session_id       TEXT        NOT NULL,    -- of the browser; the session may be gone
	scopes           TEXT        NOT NULL,
	redirect_uri     TEXT        NOT NULL,
	nonce            TEXT        NOT NULL,
	challenge        TEXT        NOT NULL,    -- of PKCE, S256
	proof_at         TIMESTAMPTZ NOT NULL,    -- when the person proved who they are
	proof_method     TEXT        NOT NULL,
	credential_epoch BIGINT      NOT NULL,    -- of the user at its birth
	code_hash        BYTEA       NOT NULL UNIQUE,
	code_expires_at  TIMESTAMPTZ NOT NULL,
	code_used_at     TIMESTAMPTZ,
	created_at       TIMESTAMPTZ NOT NULL,
	expires_at       TIMESTAMPTZ NOT NULL,    -- when nothing of it lives any more
	ended_at         TIMESTAMPTZ              -- the session has ended, and the app is told
);
CREATE INDEX openid_logins_grant ON openid_logins (grant_id);
CREATE INDEX openid_logins_expiry ON openid_logins (expires_at);
CREATE INDEX openid_logins_open ON openid_logins (session_id) WHERE ended_at IS NULL;

-- Access tokens and refresh tokens.
CREATE TABLE openid_tokens (
	token_hash BYTEA       PRIMARY KEY,
	login_id   TEXT        NOT NULL REFERENCES openid_logins (id) ON DELETE CASCADE,
	kind       TEXT        NOT NULL, -- access, refresh
	scopes     TEXT        NOT NULL,
	expires_at TIMESTAMPTZ NOT NULL,
	used_at    TIMESTAMPTZ            -- of a refresh token that was exchanged for another
);
CREATE INDEX openid_tokens_login ON openid_tokens (login_id);
CREATE INDEX openid_tokens_expiry ON openid_tokens (expires_at);

-- Keys that sign ID tokens; the newest is published for a day before it signs.
CREATE TABLE openid_keys (
	number     BIGINT      PRIMARY KEY,
	sealed     BYTEA       NOT NULL, -- PKCS 8
	created_at TIMESTAMPTZ NOT NULL
);
