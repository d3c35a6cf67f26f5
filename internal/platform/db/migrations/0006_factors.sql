-- What a person proves themselves with beside the password.
CREATE TABLE factors (
	id           TEXT        PRIMARY KEY,
	user_id      TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	kind         TEXT        NOT NULL, -- totp
	name         TEXT        NOT NULL, -- as the person calls it
	secret       BYTEA       NOT NULL, -- sealed
	last_step    BIGINT      NOT NULL, -- the newest step of the clock that was taken
	created_at   TIMESTAMPTZ NOT NULL,
	confirmed_at TIMESTAMPTZ,          -- NULL: waits for its first code and counts for nothing
	last_used_at TIMESTAMPTZ
);
CREATE INDEX factors_user ON factors (user_id);
CREATE UNIQUE INDEX factors_pending ON factors (user_id) WHERE confirmed_at IS NULL;

CREATE TABLE backup_codes (
	user_id TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	mac     BYTEA       NOT NULL, -- HMAC of user and code under the server's key
	used_at TIMESTAMPTZ,
	PRIMARY KEY (user_id, mac)
);
