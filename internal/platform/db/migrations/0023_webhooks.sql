-- Addresses of an organization that are told what changes.
CREATE TABLE webhooks (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	url             TEXT        NOT NULL,
	events          TEXT        NOT NULL, -- types with spaces between, or *
	secret          BYTEA       NOT NULL, -- sealed
	old_secret      BYTEA,                -- sealed; signs too until old_until
	old_until       TIMESTAMPTZ,
	place           BIGINT      NOT NULL, -- up to where the organization's trail was read
	disabled_at     TIMESTAMPTZ,          -- its address answered 410
	created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhooks_organization ON webhooks (organization_id, created_at);

-- What is told to them. Each holds what it takes to make its body, and no text
-- of a person.
CREATE TABLE webhook_deliveries (
	id           TEXT        PRIMARY KEY, -- also the webhook-id
	webhook_id   TEXT        NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
	seq          BIGINT      NOT NULL, -- place in the trail; 0: a test
	type         TEXT        NOT NULL,
	subject      TEXT        NOT NULL,
	fields       TEXT        NOT NULL, -- with commas between
	happened_at  TIMESTAMPTZ NOT NULL,
	state        TEXT        NOT NULL, -- waits, done or failed
	tries        BIGINT      NOT NULL DEFAULT 0,
	next_at      TIMESTAMPTZ NOT NULL,
	held_until   TIMESTAMPTZ NOT NULL, -- a try is under way until then
	tried_at     TIMESTAMPTZ,
	took_ms      BIGINT      NOT NULL DEFAULT 0,
	status       BIGINT      NOT NULL DEFAULT 0, -- of the last answer; 0: there was none
	answer       TEXT        NOT NULL DEFAULT '', -- its beginning, or why there was none
	created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, next_at);
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, subject, seq);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
