package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

func TestTheWriterKeepsWhatItAcknowledgedAndForgetsWhatItDeleted(t *testing.T) {
	d := dbtest.NewSQLite(t)
	for name, want := range map[string]string{
		"synchronous": "2", "secure_delete": "1", "journal_mode": "wal",
		"foreign_keys": "1", "trusted_schema": "0", "wal_autocheckpoint": "0",
	} {
		if got := db.WriterPragma(t, d, name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	file := dbtest.SQLiteFile(t)
	first, err := db.Open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(context.Background(), file); !errors.Is(err, db.ErrInUse) {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := db.Open(context.Background(), file)
	if err != nil {
		t.Fatalf("after the first closed: %v", err)
	}
	again.Close()
}

func TestWritingThroughAReaderIsRefused(t *testing.T) {
	d := dbtest.NewSQLite(t)
	if _, err := sneak.One(t.Context(), d); err == nil {
		t.Fatal("a reader wrote")
	}
}

var sneak = db.Rows[string](`UPDATE instance SET value = value RETURNING name`)

func TestWhoeverWritesAfterCloseIsTold(t *testing.T) {
	d := dbtest.NewSQLite(t)
	d.Close()
	if err := write(t, d, "a", "b"); !errors.Is(err, db.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

func TestClosingAfterAMigrationEmptiesTheLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nameplate.db")
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := write(t, d, "a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(file + "-wal"); err == nil && log.Size() > 0 {
		t.Fatalf("%d bytes are left in the log", log.Size())
	}
}
