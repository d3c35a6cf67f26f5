-- People whose channels are to be written to TaskRouter, and how often that was
-- asked for since the last time it was done.
CREATE TABLE taskrouter_pushes (
	user_id TEXT   PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	asked   BIGINT NOT NULL
);

-- Which worker somebody is there, as of the last look.
CREATE TABLE taskrouter_workers (
	user_id   TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	worker    TEXT        NOT NULL, -- its SID; empty: none
	problem   TEXT        NOT NULL, -- none, or several workers, or why it could not be looked at
	looked_at TIMESTAMPTZ NOT NULL
);

-- What the worker takes there, as of the same look.
CREATE TABLE taskrouter_channels (
	user_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	channel   TEXT    NOT NULL,
	capacity  BIGINT  NOT NULL,
	available BOOLEAN NOT NULL,
	PRIMARY KEY (user_id, channel)
);

CREATE INDEX member_channels_user ON member_channels (user_id);
