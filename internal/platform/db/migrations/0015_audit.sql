-- A trail is read by who acted, by what was done, and by who is in it. The
-- first two hold all that a filter asks for, or SQLite would rather walk the
-- whole trail.
CREATE INDEX journal_actor ON journal (trail, actor, seq, at, action);
CREATE INDEX journal_done ON journal (trail, action, seq, at);
CREATE INDEX subjects_trail ON subjects (trail);

-- Signed digests of the whole journal, which also go to a second place.
CREATE TABLE checkpoints (
	position  BIGINT      PRIMARY KEY, -- of the last entry that it covers
	at        TIMESTAMPTZ NOT NULL,
	digest    BYTEA       NOT NULL,    -- over the hashes of all entries so far
	signature BYTEA       NOT NULL,
	sent_at   TIMESTAMPTZ              -- to the second place; NULL: still to come
);
