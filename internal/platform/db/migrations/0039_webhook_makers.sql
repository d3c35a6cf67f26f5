-- Who has made a webhook: what it tells of a person is what that user or client
-- may read. Empty: not known.
ALTER TABLE webhooks ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
