-- What an organization tells about itself, beside what the kernel keeps.
CREATE TABLE organization_details (
	organization_id     TEXT        PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
	email               TEXT        NOT NULL DEFAULT '',
	email_verified_at   TIMESTAMPTZ, -- NULL: nobody has entered the code yet
	phone               TEXT        NOT NULL DEFAULT '', -- E.164
	website             TEXT        NOT NULL DEFAULT '',
	time_zone           TEXT        NOT NULL DEFAULT '', -- IANA name
	line1               TEXT        NOT NULL DEFAULT '',
	line2               TEXT        NOT NULL DEFAULT '',
	city                TEXT        NOT NULL DEFAULT '',
	region              TEXT        NOT NULL DEFAULT '',
	postal_code         TEXT        NOT NULL DEFAULT '',
	country             TEXT        NOT NULL DEFAULT '', -- ISO 3166-1 alpha-2
	billing_name        TEXT        NOT NULL DEFAULT '',
	billing_email       TEXT        NOT NULL DEFAULT '',
	billing_tax_id      TEXT        NOT NULL DEFAULT '',
	billing_line1       TEXT        NOT NULL DEFAULT '',
	billing_line2       TEXT        NOT NULL DEFAULT '',
	billing_city        TEXT        NOT NULL DEFAULT '',
	billing_region      TEXT        NOT NULL DEFAULT '',
	billing_postal_code TEXT        NOT NULL DEFAULT '',
	billing_country     TEXT        NOT NULL DEFAULT ''
);

-- An offer of ownership that waits for its receiver.
CREATE TABLE ownership_transfers (
	organization_id TEXT        PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
	from_user       TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	to_user         TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at      TIMESTAMPTZ NOT NULL,
	expires_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX ownership_transfers_from ON ownership_transfers (from_user);
CREATE INDEX ownership_transfers_to ON ownership_transfers (to_user);

-- By what members are sorted and found, folded as package identity folds it.
-- It stands beside the membership, so that the list of a large organization is
-- one walk over one index. Rows from before are folded when next touched.
ALTER TABLE memberships ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';    -- the name that is shown
ALTER TABLE memberships ADD COLUMN search_key TEXT NOT NULL DEFAULT '';  -- every name that the team may see
ALTER TABLE memberships ADD COLUMN address_key TEXT NOT NULL DEFAULT ''; -- the primary address
UPDATE memberships SET
	sort_key = (SELECT lower(CASE WHEN display_name <> '' THEN display_name WHEN full_name <> '' THEN full_name
		ELSE trim(first_name || ' ' || last_name) END) FROM users WHERE id = user_id),
	address_key = COALESCE((SELECT normalized FROM emails e WHERE e.user_id = memberships.user_id AND e.is_primary = TRUE), '');
UPDATE memberships SET search_key = sort_key;
CREATE INDEX memberships_list ON memberships (organization_id, sort_key, user_id, role, search_key, address_key);
