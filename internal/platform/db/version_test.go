package db_test

import (
	"path/filepath"
	"testing"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

func TestAMigratedDatabaseHasTheVersionOfTheProgram(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		have, want, err := d.Version(t.Context())
		if err != nil || have != want || want == 0 {
			t.Errorf("%d of %d, %v", have, want, err)
		}
	})
}

func TestAnEmptyDatabaseHasNoVersionYet(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "nameplate.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if have, want, err := d.Version(t.Context()); err != nil || have != 0 || want == 0 {
		t.Errorf("%d of %d, %v", have, want, err)
	}
}
