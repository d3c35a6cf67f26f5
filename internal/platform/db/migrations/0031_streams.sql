-- Jobs of a lane wait for no others.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (lane, run_at, id);

-- What the open pages of a person are told, in order. A page that was away
-- goes on from the last that it has.
CREATE TABLE signals (
	user_id         TEXT        NOT NULL,
	seq             BIGINT      NOT NULL,
	organization_id TEXT        NOT NULL,
	name            TEXT        NOT NULL,
	about           TEXT        NOT NULL, -- what has brought it about, such as an event
	content         BYTEA       NOT NULL, -- sealed
	awaited         BOOLEAN     NOT NULL, -- by a page that was open
	sent_at         TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (user_id, seq),
	FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX signals_at ON signals (sent_at);

-- The last number that a person's signals have reached.
CREATE TABLE signal_counts (
	user_id TEXT   PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	last    BIGINT NOT NULL
);
