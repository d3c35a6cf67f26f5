-- How digital employees talk to a person. Who has no row has chosen nothing yet.
CREATE TABLE interactions (
	user_id        TEXT        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	theme          TEXT        NOT NULL,
	avatar_output  BOOLEAN     NOT NULL,
	audio_output   BOOLEAN     NOT NULL,
	email          BOOLEAN     NOT NULL,
	whatsapp_phone TEXT        NOT NULL, -- id of the verified phone that was agreed to; empty: none
	whatsapp_at    TIMESTAMPTZ,          -- when it was agreed
	version        BIGINT      NOT NULL
);

-- How tools behave under a person's hands. Likewise.
CREATE TABLE configurations (
	user_id           TEXT    PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	start_page        TEXT    NOT NULL,
	clock             TEXT    NOT NULL,
	first_day_of_week TEXT    NOT NULL,
	density           TEXT    NOT NULL,
	shortcuts         BOOLEAN NOT NULL,
	send_with_enter   BOOLEAN NOT NULL,
	draft_language    TEXT    NOT NULL, -- BCP 47; empty: as the customer writes
	version           BIGINT  NOT NULL
);
