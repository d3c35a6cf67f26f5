package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

var (
	recalled = db.Rows[string](`SELECT value FROM instance WHERE name = $1`).Kept(3)
	holders  = db.Rows[string](`SELECT u.id FROM users u JOIN emails e ON e.user_id = u.id WHERE e.normalized = $1`).Kept(3)
	mailbox  = db.Rows[string](`SELECT address FROM emails WHERE user_id = $1`).Kept(3)
	set      = db.Exec(`INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	addUser  = db.Exec(`INSERT INTO users (id, created_at, updated_at) VALUES ($1, $2, $2)`)
	addEmail = db.Exec(`INSERT INTO emails (id, user_id, address, normalized, is_primary, verified_at, created_at) VALUES ($1, $2, $1, $1, TRUE, $3, $3)`)
	dropUser = db.Exec(`DELETE FROM users WHERE id = $1`)
)

// since is when the people of these tests came.
var since = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func read(t *testing.T, q db.Query[string], d db.Q, arg string) string {
	t.Helper()
	value, _, err := q.Maybe(t.Context(), d, arg)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func within(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, d *db.DB, c db.Command, args ...any) {
	t.Helper()
	within(t, d, func(tx *db.Tx) error {
		_, err := c.Run(t.Context(), tx, args...)
		return err
	})
}

func TestWhatIsRememberedEndsWithTheCommitThatChangesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if got := read(t, recalled, d, "a"); got != "" {
			t.Fatalf("found %q in an empty table", got)
		}
		for _, value := range []string{"one", "two"} {
			run(t, d, set, "a", value)
			if got := read(t, recalled, d, "a"); got != value {
				t.Fatalf("read %q after %q was saved", got, value)
			}
		}
		within(t, d, func(tx *db.Tx) error {
			if _, err := set.Run(t.Context(), tx, "a", "three"); err != nil {
				return err
			}
			if got := read(t, recalled, tx, "a"); got != "three" {
				t.Errorf("a transaction reads %q, not what it wrote", got)
			}
			return nil
		})
		refused := errors.New("refused")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := set.Run(t.Context(), tx, "a", "four")
			return errors.Join(err, refused)
		})
		if got := read(t, recalled, d, "a"); got != "three" || !errors.Is(err, refused) {
			t.Fatalf("read %q after a refused change: %v", got, err)
		}
	})
}

func TestWhatIsRememberedEndsWithRowsThatGoWithOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d, addUser, "usr_1", since)
		run(t, d, addEmail, "a@example.com", "usr_1", since)
		if read(t, mailbox, d, "usr_1") == "" || read(t, holders, d, "a@example.com") == "" {
			t.Fatal("the person is not there")
		}
		run(t, d, dropUser, "usr_1")
		if got := read(t, mailbox, d, "usr_1") + read(t, holders, d, "a@example.com"); got != "" {
			t.Fatalf("%s outlived the person", got)
		}
	})
}

func TestWhatIsRememberedIsNotReadAgain(t *testing.T) {
	file := dbtest.SQLiteFile(t)
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	run(t, d, set, "a", "kept")
	read(t, recalled, d, "a")
	stranger, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.Exec(`UPDATE instance SET value = 'behind our back'`); err != nil {
		t.Fatal(err)
	}
	if got := read(t, recalled, d, "a"); got != "kept" {
		t.Fatalf("read %q", got)
	}
	run(t, d, addUser, "usr_1", since)
	if got := read(t, recalled, d, "a"); got != "kept" {
		t.Fatalf("a commit to another table ended it: %q", got)
	}
	for i := range 9 { // more than are remembered
		read(t, recalled, d, fmt.Sprint("b", i))
	}
	run(t, d, set, "c", "another row of the table")
	if got := read(t, recalled, d, "a"); got != "behind our back" {
		t.Fatalf("read %q after a commit to the table", got)
	}
}

// A reader that was told of a save never reads what was there before.
func TestNobodyReadsBehindASave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				name := fmt.Sprint("n", n)
				for i := range 60 {
					value := fmt.Sprint(i)
					err := d.Tx(t.Context(), func(tx *db.Tx) error {
						_, err := set.Run(t.Context(), tx, name, value)
						return err
					})
					for range 1 + (n+i)%3 {
						got, _, asked := recalled.Maybe(t.Context(), d, name)
						if got != value || err != nil || asked != nil {
							t.Errorf("read %q after %q was saved: %v %v", got, value, err, asked)
							return
						}
					}
				}
			})
		}
		wg.Wait()
	})
}
