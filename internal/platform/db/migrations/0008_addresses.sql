-- A change of somebody's primary address, which waits for two codes. A newer
-- one replaces it.
CREATE TABLE email_changes (
	user_id              TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	address              TEXT        NOT NULL, -- the new one, as the person writes it
	normalized           TEXT        NOT NULL, -- as it is compared
	new_confirmed_at     TIMESTAMPTZ,          -- NULL: the code of the new address is still to come
	current_confirmed_at TIMESTAMPTZ,          -- likewise of the current one
	attempts             BIGINT      NOT NULL, -- calls with a wrong code
	session_epoch        BIGINT      NOT NULL, -- of the person when it began; another one ends it
	sent_at              TIMESTAMPTZ NOT NULL, -- the newest codes
	expires_at           TIMESTAMPTZ NOT NULL
);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- A further address that waits for its code. Until then it is nobody's, and
-- several people may wait for the same one.
CREATE TABLE pending_emails (
	id            TEXT        PRIMARY KEY, -- that of the address, once it is verified
	user_id       TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	address       TEXT        NOT NULL,
	normalized    TEXT        NOT NULL,
	session_epoch BIGINT      NOT NULL, -- as above
	created_at    TIMESTAMPTZ NOT NULL,
	sent_at       TIMESTAMPTZ NOT NULL,
	expires_at    TIMESTAMPTZ NOT NULL,
	UNIQUE (user_id, normalized)
);
CREATE INDEX pending_emails_expiry ON pending_emails (expires_at);
