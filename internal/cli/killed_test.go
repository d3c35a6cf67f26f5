package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/secret"
)

// A migration is killed again and again, each time a little later, until one
// gets through. What it leaves has every column of a database that nobody
// disturbed.
func TestMigrationsThatAreKilledAreFinishedByTheNextOne(t *testing.T) {
	for name, in := range map[string]struct {
		bare  func(dir string) string
		whole func() *db.DB
	}{
		"sqlite":   {func(dir string) string { return filepath.Join(dir, "nameplate.db") }, func() *db.DB { return dbtest.NewSQLite(t) }},
		"postgres": {func(string) string { return dbtest.BarePostgresURL(t) }, func() *db.DB { return dbtest.NewPostgres(t) }},
	} {
		dir := t.TempDir()
		dsn := in.bare(dir)
		killed, key := 0, secret.GenerateKey().Reveal()
		for patience := 40 * time.Millisecond; ; patience += 30 * time.Millisecond {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			cmd := exec.CommandContext(ctx, "nameplate", "migrate", "--data", dir)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "NAMEPLATE_KEY=" + key}
			if db.IsPostgres(dsn) {
				cmd.Env = append(cmd.Env, "NAMEPLATE_DATABASE="+dsn)
			}
			out, err := cmd.CombinedOutput()
			late := ctx.Err() != nil
			cancel()
			if err == nil {
				break
			}
			if !late {
				t.Fatalf("%s, after %d kills: %v\n%s", name, killed, err, out)
			}
			killed++
		}
		if killed == 0 {
			t.Errorf("%s: nothing was killed", name)
		}
		d, err := db.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if diff := cmp.Diff(columns(t, in.whole()), columns(t, d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func columns(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	all, err := d.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range all {
		slices.Sort(names)
	}
	return all
}
