CREATE TABLE users (
	id                  TEXT        PRIMARY KEY,
	state               TEXT        NOT NULL DEFAULT 'active', -- or deactivated
	first_name          TEXT        NOT NULL DEFAULT '',
	last_name           TEXT        NOT NULL DEFAULT '',
	full_name           TEXT        NOT NULL DEFAULT '', -- empty: made from first and last
	display_name        TEXT        NOT NULL DEFAULT '', -- empty: the full name
	bio                 TEXT        NOT NULL DEFAULT '',
	phone               TEXT        NOT NULL DEFAULT '', -- E.164
	pronouns            TEXT        NOT NULL DEFAULT '',
	locale              TEXT        NOT NULL DEFAULT '', -- empty: automatic
	time_zone           TEXT        NOT NULL DEFAULT '', -- IANA name; empty: not told
	visibility          TEXT        NOT NULL DEFAULT '{}', -- JSON, only what differs from the defaults
	picture             TEXT        NOT NULL DEFAULT '', -- object name of the present picture; empty: initials
	version             BIGINT      NOT NULL DEFAULT 1, -- of the profile; its ETag
	session_epoch       BIGINT      NOT NULL DEFAULT 1,
	credential_epoch    BIGINT      NOT NULL DEFAULT 1,
	created_at          TIMESTAMPTZ NOT NULL,
	updated_at          TIMESTAMPTZ NOT NULL,
	updated_by          TEXT        NOT NULL DEFAULT '', -- user id; empty: the operator
	updated_fields      TEXT        NOT NULL DEFAULT '', -- comma-separated
	last_sign_in_at     TIMESTAMPTZ,
	previous_sign_in_at TIMESTAMPTZ
);

CREATE TABLE emails (
	id          TEXT        PRIMARY KEY,
	user_id     TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	address     TEXT        NOT NULL,        -- as the person writes it
	normalized  TEXT        NOT NULL UNIQUE, -- as it is compared
	is_primary  BOOLEAN     NOT NULL,
	verified_at TIMESTAMPTZ NOT NULL,
	created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX emails_user ON emails (user_id);
CREATE UNIQUE INDEX emails_primary ON emails (user_id) WHERE is_primary = TRUE;

CREATE TABLE organizations (
	id          TEXT        PRIMARY KEY,
	name        TEXT        NOT NULL,
	logo        TEXT        NOT NULL DEFAULT '',
	role_labels TEXT        NOT NULL DEFAULT '{}', -- JSON: role → label
	version     BIGINT      NOT NULL DEFAULT 1,
	created_at  TIMESTAMPTZ NOT NULL,
	updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE memberships (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	user_id         TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	role            TEXT        NOT NULL,
	designation     TEXT        NOT NULL DEFAULT '',
	is_main         BOOLEAN     NOT NULL DEFAULT FALSE,
	since           TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, since);

CREATE TABLE sessions (
	id               TEXT        PRIMARY KEY,
	user_id          TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	token_hash       BYTEA       NOT NULL UNIQUE,
	level            TEXT        NOT NULL, -- half: a second factor is still to come; full
	organization_id  TEXT        NOT NULL DEFAULT '', -- the current one; empty: the main one
	session_epoch    BIGINT      NOT NULL,
	credential_epoch BIGINT      NOT NULL,
	created_at       TIMESTAMPTZ NOT NULL,
	last_seen_at     TIMESTAMPTZ NOT NULL,
	expires_at       TIMESTAMPTZ NOT NULL,
	proof_at         TIMESTAMPTZ,
	proof_method     TEXT        NOT NULL DEFAULT '',
	user_agent       TEXT        NOT NULL DEFAULT '',
	address          TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Rules that an instance, an organization or a role of one has set.
CREATE TABLE policy_values (
	organization_id TEXT        NOT NULL, -- empty: the instance
	role            TEXT        NOT NULL, -- empty: every role
	key             TEXT        NOT NULL,
	value           TEXT        NOT NULL, -- JSON
	set_by          TEXT        NOT NULL DEFAULT '', -- user id; empty: the operator
	set_at          TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, role, key)
);

-- What leads from a pseudonym in the journal back to the person. Deleting a
-- person deletes these rows, and nothing else in the journal.
CREATE TABLE subjects (
	pseudonym TEXT PRIMARY KEY,
	trail     TEXT NOT NULL, -- an organization's id, or 'self' for the person's own trail
	user_id   TEXT NOT NULL,
	UNIQUE (user_id, trail)
);

-- Entries as transactions write them, without a position.
CREATE TABLE journal_inbox (
	id      TEXT        PRIMARY KEY,
	trail   TEXT        NOT NULL, -- an organization's id, or the person's own pseudonym
	at      TIMESTAMPTZ NOT NULL,
	actor   TEXT        NOT NULL, -- pseudonym, or operator, or system
	action  TEXT        NOT NULL,
	target  TEXT        NOT NULL, -- pseudonym of a person, or id of a thing
	changes TEXT        NOT NULL, -- comma-separated field names
	details TEXT        NOT NULL, -- JSON of values that are not about a person
	origin  TEXT        NOT NULL  -- where it came from: page, api, cli, job; and the network's prefix
);

-- The chain: the sealer moves entries here in order. Nothing changes or leaves it.
CREATE TABLE journal (
	position      BIGINT      PRIMARY KEY,
	trail         TEXT        NOT NULL,
	seq           BIGINT      NOT NULL, -- within the trail, from 1 without a gap
	id            TEXT        NOT NULL UNIQUE,
	at            TIMESTAMPTZ NOT NULL,
	actor         TEXT        NOT NULL,
	action        TEXT        NOT NULL,
	target        TEXT        NOT NULL,
	changes       TEXT        NOT NULL,
	details       TEXT        NOT NULL,
	origin        TEXT        NOT NULL,
	hash          BYTEA       NOT NULL,
	previous_hash BYTEA       NOT NULL,
	UNIQUE (trail, seq)
);

-- Work that one node does at a time.
CREATE TABLE leases (
	name   TEXT        PRIMARY KEY,
	holder TEXT        NOT NULL,
	until  TIMESTAMPTZ NOT NULL
);
