-- AI agents that an organization runs. They are no users: nobody signs in as one.
CREATE TABLE digital_employees (
	id              TEXT        PRIMARY KEY,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	name            TEXT        NOT NULL,
	designation     TEXT        NOT NULL,
	bio             TEXT        NOT NULL,
	picture         TEXT        NOT NULL, -- object name; empty: none
	client_id       TEXT        REFERENCES clients (id) ON DELETE SET NULL, -- by which it acts
	version         BIGINT      NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	updated_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX digital_employees_organization ON digital_employees (organization_id, id);
CREATE INDEX digital_employees_client ON digital_employees (client_id);

-- What digital employees have written to people: that it was taken and what
-- became of it, never the words.
CREATE TABLE messages (
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	id              TEXT        NOT NULL, -- the sender's
	employee_id     TEXT        NOT NULL, -- no reference: it is known after the employee has gone
	user_id         TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	channel         TEXT        NOT NULL,
	state           TEXT        NOT NULL,
	reason          TEXT        NOT NULL, -- why it failed
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX messages_user ON messages (user_id);
CREATE INDEX messages_created ON messages (created_at);
