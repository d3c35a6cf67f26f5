-- Where the people of an organization sign in.
CREATE TABLE identity_providers (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	name            TEXT        NOT NULL,
	issuer          TEXT        NOT NULL,
	client_id       TEXT        NOT NULL,
	client_secret   BYTEA       NOT NULL, -- sealed
	account_url     TEXT        NOT NULL, -- where people change their password there; empty: known by the issuer, or not at all
	role_mapping    TEXT        NOT NULL, -- JSON: what gives which role
	version         BIGINT      NOT NULL DEFAULT 1,
	created_at      TIMESTAMPTZ NOT NULL,
	updated_at      TIMESTAMPTZ NOT NULL,
	used_at         TIMESTAMPTZ,                    -- of the last sign-in
	fault           TEXT        NOT NULL DEFAULT '', -- why the last refused answer was refused
	fault_at        TIMESTAMPTZ
);
CREATE INDEX identity_providers_organization ON identity_providers (organization_id, id);

-- Who somebody at a provider is here. Nothing else makes them the same person.
CREATE TABLE provider_identities (
	provider_id   TEXT        NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
	subject       TEXT        NOT NULL, -- what the provider calls the person, for good
	user_id       TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at    TIMESTAMPTZ NOT NULL,
	used_at       TIMESTAMPTZ NOT NULL, -- of the last sign-in, or the last answer that the person is still there
	refresh_token BYTEA,                -- sealed; NULL: the provider gave none
	PRIMARY KEY (provider_id, subject),
	UNIQUE (provider_id, user_id)
);
CREATE INDEX provider_identities_user ON provider_identities (user_id);
CREATE INDEX provider_identities_used ON provider_identities (used_at) WHERE refresh_token IS NOT NULL;

-- Answers and tokens of providers that were taken: none is taken twice.
CREATE TABLE provider_answers (
	hash       BYTEA       PRIMARY KEY,
	expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX provider_answers_expiry ON provider_answers (expires_at);
