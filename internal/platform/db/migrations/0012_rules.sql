-- Since when a member has the present role; NULL: since the membership began.
ALTER TABLE memberships ADD COLUMN role_since TIMESTAMPTZ;

-- What happened of one kind, the newest first.
CREATE INDEX journal_action ON journal (trail, action, id);
