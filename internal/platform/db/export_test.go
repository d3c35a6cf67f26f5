package db

import "testing"

// SetSchemaVersion pretends that a version of the program has migrated d.
func SetSchemaVersion(t testing.TB, d *DB, version int) {
	t.Helper()
	pool := d.pool
	if d.writer != nil {
		pool = d.writer.pool
	}
	insert := "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, TRUE)"
	if _, err := pool.Exec(insert, version); err != nil {
		t.Fatal(err)
	}
}

// WriterPragma reads a setting on the connection that writes.
func WriterPragma(t testing.TB, d *DB, name string) (value string) {
	t.Helper()
	if err := d.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
