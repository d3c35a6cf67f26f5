-- Access tokens of people. One that has ended stays for some weeks, so that its
-- owner can see what became of it.
CREATE TABLE tokens (
	id               TEXT        PRIMARY KEY,
	user_id          TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	organization_id  TEXT        NOT NULL, -- in which it was made and acts; empty: the main one
	name             TEXT        NOT NULL,
	token_hash       BYTEA       NOT NULL UNIQUE,
	prefix           TEXT        NOT NULL, -- by which its owner knows it
	sealed           BYTEA,                -- the token itself, where rules let it be shown again
	credential_epoch BIGINT      NOT NULL, -- of the user at its birth; another one now: it is dead
	created_at       TIMESTAMPTZ NOT NULL,
	expires_at       TIMESTAMPTZ NOT NULL,
	remind_at        TIMESTAMPTZ,          -- when its owner is told that it will expire; NULL: not, or no more
	ended_at         TIMESTAMPTZ,
	ended_by         TEXT        NOT NULL DEFAULT '' -- owner or finder
);
CREATE INDEX tokens_user ON tokens (user_id, created_at);
CREATE INDEX tokens_remind ON tokens (remind_at);
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- What each token may do, and when it last did.
CREATE TABLE token_scopes (
	token_id     TEXT        NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
	scope        TEXT        NOT NULL,
	last_used_at TIMESTAMPTZ,
	PRIMARY KEY (token_id, scope)
);
