-- What the last save of a profile has replaced, for an hour.
ALTER TABLE users ADD COLUMN undo TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN undo_until TIMESTAMPTZ;
CREATE INDEX users_undo_until ON users (undo_until) WHERE undo_until IS NOT NULL;
