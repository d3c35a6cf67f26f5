-- The browsers that a person has signed in with. One that several people use
-- has a row for each of them, all under the same hash.
CREATE TABLE devices (
	id               TEXT        PRIMARY KEY,
	user_id          TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	token_hash       BYTEA       NOT NULL, -- of the browser's cookie
	credential_epoch BIGINT      NOT NULL, -- that of the user at the last sign-in; another one now: no longer known
	failures         BIGINT      NOT NULL DEFAULT 0, -- wrong passwords from this browser, one after the other
	seen_at          TIMESTAMPTZ NOT NULL, -- last sign-in
	UNIQUE (user_id, token_hash)
);
CREATE INDEX devices_token ON devices (token_hash);
CREATE INDEX devices_seen ON devices (seen_at);

-- Wrong passwords from browsers that the account does not know, one after the
-- other.
ALTER TABLE passwords ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
