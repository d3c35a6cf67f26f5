-- Domains that an organization says are its own. Of those that say so, one has
-- proved it.
CREATE TABLE domains (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	domain          TEXT        NOT NULL, -- in ASCII, lower case
	token           TEXT        NOT NULL, -- what the record in the DNS has to hold
	created_at      TIMESTAMPTZ NOT NULL,
	verified_at     TIMESTAMPTZ, -- NULL: not proved, or no more
	checked_at      TIMESTAMPTZ, -- when the resolver was last asked; NULL: never
	missing_since   TIMESTAMPTZ, -- since when a record that was there is not found
	PRIMARY KEY (organization_id, domain)
);
CREATE UNIQUE INDEX domains_domain_key ON domains (domain) WHERE verified_at IS NOT NULL;
