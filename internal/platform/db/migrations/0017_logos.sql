-- An object is the picture of a person or the logo of an organization: one of
-- the two owners is empty.
ALTER TABLE pictures ADD COLUMN organization_id TEXT NOT NULL DEFAULT '';
CREATE INDEX pictures_owner ON pictures (user_id, organization_id);
DROP INDEX pictures_user;

-- Whether members who have no picture show the organization's logo.
ALTER TABLE organizations ADD COLUMN logo_for_members BOOLEAN NOT NULL DEFAULT FALSE;
