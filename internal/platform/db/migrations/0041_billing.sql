-- What an organization is at Stripe, and what Stripe said of it last.
CREATE TABLE billing_customers (
	organization_id TEXT        PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
	customer        TEXT        NOT NULL UNIQUE,
	state           TEXT        NOT NULL, -- subscriptions and invoices, JSON
	read_at         TIMESTAMPTZ,          -- NULL: ask anew
	made_at         TIMESTAMPTZ NOT NULL
);

-- Webhooks of Stripe's that were taken.
CREATE TABLE billing_events (
	id TEXT        PRIMARY KEY,
	at TIMESTAMPTZ NOT NULL
);
CREATE INDEX billing_events_at ON billing_events (at);
