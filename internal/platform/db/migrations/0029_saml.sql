-- A provider speaks OpenID Connect, or SAML 2.0 and then describes itself by metadata.
ALTER TABLE identity_providers ADD COLUMN kind TEXT NOT NULL DEFAULT 'oidc'; -- or saml
ALTER TABLE identity_providers ADD COLUMN metadata TEXT NOT NULL DEFAULT ''; -- XML, as it was last read
ALTER TABLE identity_providers ADD COLUMN metadata_url TEXT NOT NULL DEFAULT ''; -- where it is read again; empty: it was entered
ALTER TABLE identity_providers ADD COLUMN metadata_at TIMESTAMPTZ; -- when it was last looked for
CREATE INDEX identity_providers_metadata ON identity_providers (metadata_at) WHERE metadata_url <> '';

-- Keys of ours, by which a provider knows us and encrypts for us.
CREATE TABLE provider_keys (
	provider_id TEXT        NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
	created_at  TIMESTAMPTZ NOT NULL,
	private_key BYTEA       NOT NULL, -- sealed
	certificate BYTEA       NOT NULL, -- DER
	signs_from  TIMESTAMPTZ,          -- NULL: it does not yet, and providers are told of it
	PRIMARY KEY (provider_id, created_at)
);

-- Answers of providers that were checked, until the browser that asked fetches
-- them: the form that brings one brings no cookie.
CREATE TABLE provider_arrivals (
	hash        BYTEA       PRIMARY KEY,
	provider_id TEXT        NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
	answer      BYTEA       NOT NULL, -- sealed
	expires_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX provider_arrivals_expiry ON provider_arrivals (expires_at);
