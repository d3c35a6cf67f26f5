-- The links of security notices: what an account is put back to. Kept for
-- seven days.
CREATE TABLE revert_keys (
	id         TEXT        PRIMARY KEY,
	user_id    TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	address    BYTEA       NOT NULL, -- sealed: where the notice went, valid at that time
	is_primary BOOLEAN     NOT NULL, -- was the primary one at that time
	password   BYTEA       NOT NULL, -- sealed: the hash of that time, empty if there was none
	noticed_at TIMESTAMPTZ NOT NULL, -- what is younger goes
	expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX revert_keys_user ON revert_keys (user_id);
CREATE INDEX revert_keys_expiry ON revert_keys (expires_at);

-- An account whose address was put back: the password of that time is asked
-- for, beside the link of a reset.
CREATE TABLE password_holds (
	user_id TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	hash    BYTEA       NOT NULL, -- sealed PHC string, empty if there was none
	since   TIMESTAMPTZ NOT NULL  -- the time to which the account was put back
);
