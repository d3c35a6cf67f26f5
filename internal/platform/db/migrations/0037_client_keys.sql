-- A client may prove itself by a key of its own in place of a secret.
ALTER TABLE client_secrets ADD COLUMN public_key TEXT; -- JWK; absent: a secret

-- Proofs by a key that were taken, so that none is taken twice.
CREATE TABLE client_assertions (
	hash       BYTEA       PRIMARY KEY,
	expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);
