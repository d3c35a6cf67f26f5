CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the journal is append-only';
END $$;

CREATE TRIGGER journal_unchanged BEFORE UPDATE OR DELETE ON journal
	FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER journal_untruncated BEFORE TRUNCATE ON journal
	FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
