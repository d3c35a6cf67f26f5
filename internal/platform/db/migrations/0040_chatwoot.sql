-- The account of Chatwoot that an organization is connected with.
CREATE TABLE chatwoots (
	organization_id TEXT        PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
	url             TEXT        NOT NULL,
	account         BIGINT      NOT NULL,
	token           BYTEA       NOT NULL, -- of an administrator there; sealed
	secret          BYTEA,                -- with which Chatwoot signs; sealed
	url_key         BYTEA       NOT NULL, -- in the address that it posts to; sealed
	key_hash        BYTEA       NOT NULL UNIQUE,
	place           BIGINT      NOT NULL, -- up to where the organization's trail was read
	made_at         TIMESTAMPTZ NOT NULL,
	heard_at        TIMESTAMPTZ,          -- when it last posted, to a minute
	looked_at       TIMESTAMPTZ,          -- when a comparison was last asked for by the clock
	synced_at       TIMESTAMPTZ,          -- when all agents were last compared
	held_until      TIMESTAMPTZ,          -- a comparison is under way until then
	again           BOOLEAN     NOT NULL DEFAULT FALSE, -- and another was asked for since
	fault           TEXT        NOT NULL DEFAULT ''
);

-- Its agents. Those without a user are in no organization of ours.
CREATE TABLE chatwoot_agents (
	organization_id TEXT        NOT NULL REFERENCES chatwoots (organization_id) ON DELETE CASCADE,
	agent_id        BIGINT      NOT NULL,
	user_id         TEXT        REFERENCES users (id) ON DELETE SET NULL,
	name            TEXT        NOT NULL,
	email           TEXT        NOT NULL,
	busy            BOOLEAN     NOT NULL, -- because we have said so
	drift_at        TIMESTAMPTZ,          -- when the name differed and was set again
	synced_at       TIMESTAMPTZ NOT NULL,
	fault           TEXT        NOT NULL,
	PRIMARY KEY (organization_id, agent_id)
);
