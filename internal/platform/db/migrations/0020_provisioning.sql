-- Tokens with which an identity provider keeps the people of an organization.
CREATE TABLE scim_tokens (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	name            TEXT        NOT NULL, -- of the provider
	token_hash      BYTEA       NOT NULL UNIQUE,
	prefix          TEXT        NOT NULL, -- by which people know it
	role            TEXT        NOT NULL, -- of whoever made it: it may act on no more people than that
	made_by         TEXT        REFERENCES users (id) ON DELETE SET NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	last_used_at    TIMESTAMPTZ
);
CREATE INDEX scim_tokens_organization ON scim_tokens (organization_id, id);
CREATE INDEX scim_tokens_maker ON scim_tokens (made_by);

-- People whom a provider keeps in an organization.
CREATE TABLE scim_users (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	user_id         TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	user_key        TEXT        NOT NULL, -- the provider's name for them, in small letters
	external_id     TEXT        NOT NULL, -- the provider's id for them; empty: none
	attributes      TEXT        NOT NULL, -- JSON: what the provider has told
	active          BOOLEAN     NOT NULL, -- as the provider last said
	role            TEXT        NOT NULL DEFAULT '', -- of the membership that has ended, while it is not active
	designation     TEXT        NOT NULL DEFAULT '', -- likewise
	created_at      TIMESTAMPTZ NOT NULL,
	synced_at       TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id)
);
CREATE UNIQUE INDEX scim_users_user_key_key ON scim_users (organization_id, user_key);
CREATE INDEX scim_users_external ON scim_users (organization_id, external_id);
CREATE INDEX scim_users_user ON scim_users (user_id);

-- Groups of a provider, which can give roles.
CREATE TABLE scim_groups (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	display_name    TEXT        NOT NULL,
	name_key        TEXT        NOT NULL, -- in small letters
	external_id     TEXT        NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	updated_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX scim_groups_name_key_key ON scim_groups (organization_id, name_key);

CREATE TABLE scim_members (
	group_id TEXT NOT NULL REFERENCES scim_groups (id) ON DELETE CASCADE,
	user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	PRIMARY KEY (group_id, user_id)
);
CREATE INDEX scim_members_user ON scim_members (user_id);

-- Calls that were refused, for the admins to read.
CREATE TABLE scim_faults (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	at              TIMESTAMPTZ NOT NULL,
	call            TEXT        NOT NULL, -- as "POST Users"
	code            TEXT        NOT NULL, -- of the error
	subject         BYTEA       NOT NULL  -- sealed: whom or what it was about, as the provider calls it
);
CREATE INDEX scim_faults_organization ON scim_faults (organization_id, id);
CREATE INDEX scim_faults_at ON scim_faults (at);
