-- Whom an organization has invited. What the link proves stands in one_time.
CREATE TABLE invitations (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	address         TEXT        NOT NULL, -- where the link goes
	normalized      TEXT        NOT NULL, -- as it is compared
	role            TEXT        NOT NULL,
	designation     TEXT        NOT NULL,
	invited_by      TEXT        REFERENCES users (id) ON DELETE SET NULL, -- who sent the newest link, and answers for the role
	state           TEXT        NOT NULL, -- pending, accepted or revoked
	created_at      TIMESTAMPTZ NOT NULL,
	sent_at         TIMESTAMPTZ NOT NULL,
	expires_at      TIMESTAMPTZ NOT NULL,
	answered_at     TIMESTAMPTZ           -- accepted or revoked
);
CREATE UNIQUE INDEX invitations_pending ON invitations (organization_id, normalized) WHERE state = 'pending';
CREATE INDEX invitations_organization ON invitations (organization_id, id);
CREATE INDEX invitations_inviter ON invitations (invited_by);
CREATE INDEX invitations_answered ON invitations (answered_at);
