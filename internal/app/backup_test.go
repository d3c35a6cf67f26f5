package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/config"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/secret"
)

var howMany = flag.Int("backups", 1, "how many backups are made under load and restored, on each database")

// backupOf asks a server, or an instance without one, for a backup.
func backupOf(t *testing.T, a *app.App) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := a.Operations().Fetch(t.Context(), "backup", app.Nothing{}, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// place is where nothing is yet, on a database of each kind.
func place(t *testing.T, key secret.Secret, postgres bool) config.Checked {
	t.Helper()
	c := config.Config{Addr: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "data"), Key: key, Menu: "left", Log: "error"}
	if postgres {
		c.Database = secret.Secret(dbtest.BarePostgresURL(t))
	}
	checked, err := c.Check()
	if err != nil {
		t.Fatal(err)
	}
	return checked
}

// opened is an instance without a server.
func opened(t *testing.T, cfg config.Checked) *app.App {
	t.Helper()
	a, err := app.Offline(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func restore(t *testing.T, raw []byte, cfg config.Checked, replace bool) app.Restored {
	t.Helper()
	out, err := app.Restore(t.Context(), cfg, bytes.NewReader(raw), replace)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rows collects everything that is in a backup.
type rows map[string][]string

func (rows) Begin(context.Context, backup.About, []byte) error { return nil }

func (all rows) Blob(_ context.Context, key string, data []byte) error {
	all["blobs"] = append(all["blobs"], fmt.Sprintf("%s %x", key, data))
	return nil
}

func (all rows) Table(_ context.Context, name string, columns []string, next func() ([]any, error)) error {
	for {
		values, err := next()
		if err != nil || values == nil {
			slices.Sort(all[name])
			return err
		}
		row := map[string]any{}
		for i, c := range columns {
			row[c] = values[i]
		}
		all[name] = append(all[name], fmt.Sprintf("%#v", row))
	}
}

func inside(t *testing.T, raw []byte) rows {
	t.Helper()
	all := rows{}
	if _, err := backup.Read(t.Context(), bytes.NewReader(raw), all); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all["blobs"])
	return all
}

// Each backup is restored on the other database: whatever had been answered
// when it began is in it, the record agrees with itself, and no picture that
// somebody has is missing. The last one goes back, and is the same.
func TestABackupUnderLoadRestoresOnEitherDatabase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		work := begin(t, s)
		var raw []byte
		for n := range *howMany {
			before := work.answered()
			raw = backupOf(t, s.App)
			cfg := place(t, s.Config.Key, (n%2 == 0) == (s.DB.Dialect == db.SQLite))
			restore(t, raw, cfg, false)
			a := opened(t, cfg)
			for _, address := range before {
				if _, found, err := identity.FindUser(t.Context(), a.DB, address); err != nil || !found {
					t.Fatalf("backup %d has no %s: %v", n, address, err)
				}
			}
			var audit app.Audit
			if err := a.Operations().Call(t.Context(), "audit.verify", app.Nothing{}, &audit); err != nil || !audit.Valid {
				t.Fatalf("%+v, %v", audit, err)
			}
			if diff := cmp.Diff(inside(t, raw), inside(t, backupOf(t, a))); diff != "" {
				t.Fatal(diff)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if len(inside(t, raw)["blobs"]) == 0 || len(work.answered()) == 0 {
			t.Error("there was no load")
		}
	})
}

// load is people and pictures that come while backups are made.
type load struct {
	mu    sync.Mutex
	added []string
}

func (l *load) answered() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.added)
}

func begin(t *testing.T, s *apptest.Server) *load {
	l := &load{}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	t.Cleanup(func() { stop(); all.Wait() })
	all.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			address := fmt.Sprintf("person%d@load.example", n)
			err := s.DB.Tx(ctx, func(tx *db.Tx) error {
				_, err := identity.Add(ctx, tx, identity.NewUser{Address: address, DisplayName: "Somebody"}, s.Clock.Now())
				return err
			})
			if err != nil {
				return
			}
			l.mu.Lock()
			l.added = append(l.added, address)
			l.mu.Unlock()
		}
	})
	who := s.Join("mei@halden.example")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	who.Do(http.MethodPut, "/v1/me/avatar", "image/png", bytes.NewReader(picture.Bytes())).Want(http.StatusOK)
	all.Go(func() {
		for range 3 {
			r := who.Request(http.MethodPut, "/v1/me/avatar", "image/png", bytes.NewReader(picture.Bytes()))
			if _, err := who.Try(r.WithContext(ctx)); err != nil {
				return // the backups are made
			}
		}
	})
	return l
}

// What is restored with --replace takes the place of what is there; that stays
// under another name, and nothing at all changes if the backup is no good.
func TestABackupReplacesAnInstanceOnlyOnPurposeAndOnlyWhole(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join("mei@halden.example")
	_, err := s.Sealer.Seal(t.Context())
	must(t, err)
	good := backupOf(t, s.App)
	for _, postgres := range []bool{false, true} {
		cfg := place(t, s.Config.Key, postgres)
		restore(t, good, cfg, false)
		a := opened(t, cfg)
		old := inside(t, backupOf(t, a))
		if _, err := app.Restore(t.Context(), cfg, bytes.NewReader(good), true); !errors.Is(err, db.ErrInUse) {
			t.Errorf("postgres %v: in use, and restored: %v", postgres, err)
		}
		must(t, a.Close())
		for name, c := range map[string]struct {
			raw     []byte
			replace bool
			want    error
		}{
			"not asked to":  {good, false, app.ErrTaken},
			"cut off":       {good[:len(good)/2], true, backup.ErrBroken},
			"no backup":     {[]byte("SQLite format 3"), true, backup.ErrNot},
			"tampered with": {tampered(t, good, s.Config.Key), true, app.ErrTampered},
		} {
			if postgres && name != "cut off" {
				continue // one shows that what was built there goes
			}
			if _, err := app.Restore(t.Context(), cfg, bytes.NewReader(c.raw), c.replace); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		a = opened(t, cfg)
		if diff := cmp.Diff(old, inside(t, backupOf(t, a))); diff != "" {
			t.Error(diff)
		}
		must(t, a.Close())
		out := restore(t, good, cfg, true)
		if len(out.Kept) == 0 {
			t.Error("the old instance is gone")
		}
		must(t, opened(t, cfg).Close())
		if left, _ := filepath.Glob(filepath.Join(cfg.Data, "*.restoring*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	other := place(t, secret.GenerateKey(), false)
	if _, err := app.Restore(t.Context(), other, bytes.NewReader(good), false); !errors.Is(err, app.ErrBackupKey) {
		t.Errorf("under another key: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tampered is a backup of an instance in which an entry of the record was
// changed in the database itself.
func tampered(t *testing.T, raw []byte, key secret.Secret) []byte {
	t.Helper()
	cfg := place(t, key, false)
	restore(t, raw, cfg, false)
	pool, err := sql.Open("sqlite", filepath.Join(cfg.Data, "nameplate.db"))
	must(t, err)
	for _, text := range []string{"DROP TRIGGER journal_unchanged", "UPDATE journal SET action = 'nothing.happened' WHERE position = 1"} {
		_, err := pool.Exec(text)
		must(t, err)
	}
	must(t, pool.Close())
	a := opened(t, cfg)
	defer a.Close()
	return backupOf(t, a)
}
