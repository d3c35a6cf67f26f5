-- How a member wants to be told. Who has no row has chosen nothing yet.
CREATE TABLE notification_settings (
	organization_id  TEXT    NOT NULL,
	user_id          TEXT    NOT NULL,
	audio_mode       TEXT    NOT NULL,
	tone             TEXT    NOT NULL,
	volume           BIGINT  NOT NULL,
	only_when_hidden BOOLEAN NOT NULL,
	repeat_sound     BOOLEAN NOT NULL,
	email            TEXT    NOT NULL, -- kinds of events, with spaces between
	push             TEXT    NOT NULL, -- likewise
	hide_content     BOOLEAN NOT NULL,
	quiet_hours      TEXT    NOT NULL, -- JSON
	version          BIGINT  NOT NULL,
	PRIMARY KEY (organization_id, user_id),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);

-- What platforms have told, so that nothing is taken twice.
CREATE TABLE events (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	id              TEXT        NOT NULL, -- the sender's
	type            TEXT        NOT NULL,
	received_at     TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX events_received ON events (received_at);

-- Up to when somebody has read a conversation.
CREATE TABLE conversation_reads (
	organization_id TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	conversation    TEXT        NOT NULL,
	read_at         TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id, conversation),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX conversation_reads_at ON conversation_reads (read_at);

-- What was decided for whom.
CREATE TABLE notification_decisions (
	organization_id TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	event           TEXT        NOT NULL, -- the sender's id
	channel         TEXT        NOT NULL,
	kind            TEXT        NOT NULL,
	outcome         TEXT        NOT NULL,
	rule            TEXT        NOT NULL,
	until           TIMESTAMPTZ, -- of what is held
	decided_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id, event, channel),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX notification_decisions_at ON notification_decisions (decided_at);

-- Mails that wait to be sent.
CREATE TABLE notification_mails (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	event           TEXT        NOT NULL,
	conversation    TEXT        NOT NULL,
	content         BYTEA       NOT NULL, -- sealed
	occurred_at     TIMESTAMPTZ NOT NULL,
	due_at          TIMESTAMPTZ NOT NULL,
	held            BOOLEAN     NOT NULL, -- by focus or quiet hours, for the digest
	UNIQUE (organization_id, user_id, event),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);
