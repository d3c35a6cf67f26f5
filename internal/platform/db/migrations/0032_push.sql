-- Browsers that have allowed push, each by a session that lives. One that ends
-- takes its row along.
CREATE TABLE push_devices (
	id           TEXT        PRIMARY KEY,
	user_id      TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	session_id   TEXT        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
	mark         BYTEA       NOT NULL UNIQUE, -- HMAC of its address, so that a browser is one device
	target       BYTEA       NOT NULL,        -- sealed: its address and keys
	agent        TEXT        NOT NULL,        -- what the browser says of itself
	created_at   TIMESTAMPTZ NOT NULL,
	delivered_at TIMESTAMPTZ,
	failed_at    TIMESTAMPTZ,                 -- of the last try, if it failed
	failure      TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX push_devices_user ON push_devices (user_id);
CREATE INDEX push_devices_session ON push_devices (session_id);

-- Pushes that focus or quiet hours hold back, for one digest.
CREATE TABLE notification_pushes (
	organization_id TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	event           TEXT        NOT NULL,
	conversation    TEXT        NOT NULL,
	occurred_at     TIMESTAMPTZ NOT NULL,
	due_at          TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id, event),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX notification_pushes_user ON notification_pushes (user_id);
CREATE INDEX notification_pushes_due ON notification_pushes (due_at);
