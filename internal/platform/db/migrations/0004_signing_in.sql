CREATE TABLE passwords (
	user_id TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	hash    TEXT        NOT NULL, -- PHC string
	set_at  TIMESTAMPTZ NOT NULL
);

-- A sign-up that waits for its proof. A newer one for the address replaces it.
CREATE TABLE signups (
	id            TEXT        PRIMARY KEY,
	normalized    TEXT        NOT NULL UNIQUE,
	address       TEXT        NOT NULL,
	password_hash TEXT        NOT NULL,
	display_name  TEXT        NOT NULL,
	organization  TEXT        NOT NULL, -- name of the one to make; empty: none
	browser_hash  BYTEA       NOT NULL, -- of the cookie that marks the browser that signed up
	owner         BOOLEAN     NOT NULL, -- may become the first owner of the instance
	created_at    TIMESTAMPTZ NOT NULL,
	expires_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX signups_expiry ON signups (expires_at);
