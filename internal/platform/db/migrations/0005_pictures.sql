-- Every picture object that was stored: the present one of its owner, or an
-- older one that waits to be collected.
CREATE TABLE pictures (
	name        TEXT        PRIMARY KEY, -- object name, in the picture's address
	user_id     TEXT        NOT NULL, -- no reference: the object outlives the row of its owner until it is collected
	created_at  TIMESTAMPTZ NOT NULL,
	replaced_at TIMESTAMPTZ
);
CREATE INDEX pictures_user ON pictures (user_id);
CREATE INDEX pictures_replaced ON pictures (replaced_at);
