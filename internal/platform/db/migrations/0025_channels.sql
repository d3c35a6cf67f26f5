-- What a member takes on, by channel. Who has no row takes nothing.
CREATE TABLE member_channels (
	organization_id TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	channel         TEXT        NOT NULL,
	enabled         BOOLEAN     NOT NULL,
	capacity        BIGINT      NOT NULL, -- conversations at once; kept while the channel is off
	taken_at        TIMESTAMPTZ NOT NULL, -- when the member was last given a conversation, or got the row
	PRIMARY KEY (organization_id, channel, user_id),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);

-- Places that are taken by conversations, until they are given back or the
-- lease ends.
CREATE TABLE reservations (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL,
	channel         TEXT        NOT NULL,
	user_id         TEXT        NOT NULL,
	conversation    TEXT        NOT NULL, -- the platform's own id
	expires_at      TIMESTAMPTZ NOT NULL,
	UNIQUE (organization_id, channel, conversation),
	FOREIGN KEY (organization_id, channel, user_id) REFERENCES member_channels (organization_id, channel, user_id) ON DELETE CASCADE
);
CREATE INDEX reservations_load ON reservations (organization_id, channel, user_id, expires_at);
CREATE INDEX reservations_expired ON reservations (expires_at);

-- Who wants to be left alone, until when.
CREATE TABLE focus (
	user_id TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	until   TIMESTAMPTZ NOT NULL,
	message TEXT        NOT NULL
);
