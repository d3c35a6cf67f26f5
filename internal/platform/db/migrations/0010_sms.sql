-- Codes by SMS. A phone is a factor of the kind sms, whose secret is its number.
ALTER TABLE factors ADD COLUMN mac BYTEA; -- HMAC of user and number under the server's key; NULL: no phone
CREATE UNIQUE INDEX factors_phone ON factors (user_id, mac);
DROP INDEX factors_pending;
CREATE UNIQUE INDEX factors_pending ON factors (user_id) WHERE confirmed_at IS NULL AND kind = 'totp';

-- Where a sign-in, or the set-up of a phone, sent its last code.
CREATE TABLE sms_codes (
	flow      TEXT        PRIMARY KEY, -- id of the half session, or of the phone
	factor_id TEXT        NOT NULL REFERENCES factors (id) ON DELETE CASCADE,
	sent_at   TIMESTAMPTZ NOT NULL
);

-- Texts that wait to be sent.
CREATE TABLE texts (
	id         TEXT        PRIMARY KEY,
	message    BYTEA       NOT NULL, -- sealed
	tries      BIGINT      NOT NULL, -- of which it is not known that they sent nothing
	expires_at TIMESTAMPTZ NOT NULL  -- not worth sending afterwards
);
