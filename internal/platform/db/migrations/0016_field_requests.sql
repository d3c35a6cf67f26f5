-- A change of a field that rules keep from the person, who asks for it. The
-- newest one of a field takes the place of the one before.
CREATE TABLE field_requests (
	id               TEXT        PRIMARY KEY,
	user_id          TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	field            TEXT        NOT NULL,
	scope            TEXT        NOT NULL DEFAULT '', -- the organization whose designation it is; empty: the person's own field
	value            TEXT        NOT NULL,
	was              TEXT        NOT NULL, -- what the field held when it was asked for; of an address its normal form
	state            TEXT        NOT NULL DEFAULT 'open',
	reason           TEXT        NOT NULL DEFAULT '', -- of a decline
	credential_epoch BIGINT      NOT NULL, -- the person's, when it was asked for
	created_at       TIMESTAMPTZ NOT NULL,
	expires_at       TIMESTAMPTZ NOT NULL, -- of an approved address: until when it can be proved
	ended_at         TIMESTAMPTZ           -- NULL: it is open
);
CREATE UNIQUE INDEX field_requests_open ON field_requests (user_id, field, scope) WHERE state = 'open';
CREATE INDEX field_requests_of ON field_requests (user_id, id);
CREATE INDEX field_requests_due ON field_requests (expires_at) WHERE state = 'open';

-- The organizations that are asked, and what each has said.
CREATE TABLE field_request_answers (
	request_id      TEXT        NOT NULL REFERENCES field_requests (id) ON DELETE CASCADE,
	organization_id TEXT        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	state           TEXT        NOT NULL DEFAULT 'open',
	decided_by      TEXT        REFERENCES users (id) ON DELETE SET NULL,
	PRIMARY KEY (request_id, organization_id)
);
CREATE INDEX field_request_answers_asked ON field_request_answers (organization_id, request_id);
CREATE INDEX field_request_answers_by ON field_request_answers (decided_by);
