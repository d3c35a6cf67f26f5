-- Facts about this instance: the fingerprint of its key, who set it up.
CREATE TABLE instance (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE jobs (
	id         TEXT        PRIMARY KEY, -- sorts by time of creation
	kind       TEXT        NOT NULL,
	args       BYTEA       NOT NULL,    -- sealed JSON
	run_at     TIMESTAMPTZ NOT NULL,    -- due; moved ahead while a worker holds the job
	attempts   BIGINT      NOT NULL DEFAULT 0,
	last_error TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX jobs_due ON jobs (run_at, id);

-- Codes and links that work once: one of each form for a flow. A code is kept
-- as an HMAC, a link as a hash.
CREATE TABLE one_time (
	purpose    TEXT        NOT NULL,
	flow       TEXT        NOT NULL,           -- what it proves something about
	form       TEXT        NOT NULL,           -- code or link
	hash       BYTEA       NOT NULL,
	attempts   BIGINT      NOT NULL DEFAULT 0, -- of a code
	expires_at TIMESTAMPTZ NOT NULL,
	used_at    TIMESTAMPTZ,
	PRIMARY KEY (purpose, flow, form)
);
CREATE INDEX one_time_hash ON one_time (hash);
CREATE INDEX one_time_expiry ON one_time (expires_at);

-- Sliding windows of two spans. The key is an HMAC, never an address.
CREATE TABLE throttles (
	key        TEXT        PRIMARY KEY,
	started_at TIMESTAMPTZ NOT NULL, -- begin of the present span
	taken      BIGINT      NOT NULL, -- in the present span
	earlier    BIGINT      NOT NULL, -- in the span before
	expires_at TIMESTAMPTZ NOT NULL  -- the last one taken is a whole span ago
);
CREATE INDEX throttles_expiry ON throttles (expires_at);

-- Mail that waits to be sent, or, without a mail server, to be read by the operator.
CREATE TABLE mails (
	id         TEXT        PRIMARY KEY, -- sorts by time of creation
	kind       TEXT        NOT NULL,
	recipient  TEXT        NOT NULL,    -- HMAC of the address
	message    BYTEA       NOT NULL,    -- sealed JSON
	created_at TIMESTAMPTZ NOT NULL,
	attempts   BIGINT      NOT NULL DEFAULT 0,
	last_error TEXT        NOT NULL DEFAULT '',
	failed_at  TIMESTAMPTZ              -- refused for good
);
CREATE INDEX mails_created ON mails (created_at);
CREATE INDEX mails_recipient ON mails (recipient);
