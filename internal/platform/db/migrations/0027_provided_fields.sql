-- What of a person comes from an identity provider.
CREATE TABLE provided_fields (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	user_id         TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	way             TEXT        NOT NULL, -- sign_in or scim
	provider        TEXT        NOT NULL, -- what people call it
	fields          TEXT        NOT NULL, -- with commas between
	synced_at       TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, user_id, way)
);
CREATE INDEX provided_fields_user ON provided_fields (user_id);
