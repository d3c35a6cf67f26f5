-- Passkeys and security keys: what they have beside what all factors have. The
-- secret of their row in factors is empty, and no step of a clock is taken.
CREATE TABLE passkeys (
	factor_id     TEXT   PRIMARY KEY REFERENCES factors (id) ON DELETE CASCADE,
	credential_id BYTEA  NOT NULL UNIQUE, -- over all people
	public_key    BYTEA  NOT NULL,        -- COSE_Key
	counter       BIGINT NOT NULL,        -- of its signatures; 0: it does not count
	flags         BIGINT NOT NULL,        -- as it told them last; that it verifies its user stays once it counts
	transports    TEXT   NOT NULL         -- ways to reach it, with spaces between
);

-- When codes were made; NULL: before this was kept.
ALTER TABLE backup_codes ADD COLUMN created_at TIMESTAMPTZ;
