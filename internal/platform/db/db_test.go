package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

var (
	put    = db.Exec(`INSERT INTO instance (name, value) VALUES ($1, $2)`)
	get    = db.Rows[string](`SELECT value FROM instance WHERE name = $1`)
	count  = db.Rows[int](`SELECT count(*) FROM instance`)
	addJob = db.Exec(`INSERT INTO jobs (id, kind, args, run_at) VALUES ($1, 'x', $2, $3)`)
	times  = db.Rows[time.Time](`SELECT run_at FROM jobs ORDER BY run_at`)
	before = db.Rows[int](`SELECT count(*) FROM jobs WHERE run_at < $1`)
)

func write(t *testing.T, d *db.DB, name, value string) error {
	t.Helper()
	return d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := put.Run(t.Context(), tx, name, value)
		return err
	})
}

func rows(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := count.One(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTimesAreKeptExactlyInUTCAndInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, base := t.Context(), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		want := []time.Time{base, base.Add(time.Microsecond), base.Add(120 * time.Millisecond), base.Add(time.Second)}
		err := d.Tx(ctx, func(tx *db.Tx) error {
			for i := len(want) - 1; i >= 0; i-- {
				at := want[i].In(time.FixedZone("", 3600))
				if _, err := addJob.Run(ctx, tx, strings.Repeat("x", i+1), []byte("{}"), at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := times.All(ctx, d)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		if n, err := before.One(ctx, d, want[2]); n != 2 || err != nil {
			t.Fatalf("before = %d, %v; want 2", n, err)
		}
	})
}

func TestAFailedFunctionLeavesNothingAndHarmsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const people = 200
		refused := errors.New("refused")
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				err := d.Tx(t.Context(), func(tx *db.Tx) error {
					if _, err := put.Run(t.Context(), tx, fmt.Sprint(i), "x"); err != nil {
						return err
					}
					if i%4 == 0 {
						return refused
					}
					return nil
				})
				if want := i%4 == 0; errors.Is(err, refused) != want || (err != nil) != want {
					t.Errorf("function %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := rows(t, d); n != people*3/4 {
			t.Fatalf("%d rows, want %d", n, people*3/4)
		}
	})
}

func TestAClientThatHangsUpUndoesNobodyElsesSave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		saved := make(chan string, 100)
		for i := range 100 {
			ctx, hangUp := context.WithCancel(t.Context())
			wg.Go(func() {
				defer hangUp()
				err := d.Tx(ctx, func(tx *db.Tx) error {
					if i%2 == 0 {
						hangUp()
					}
					_, err := put.Run(ctx, tx, fmt.Sprint(i), "x")
					return err
				})
				if err == nil {
					saved <- fmt.Sprint(i)
				} else if i%2 == 1 {
					t.Errorf("%d stayed and was refused: %v", i, err)
				}
			})
		}
		wg.Wait()
		close(saved)
		for name := range saved {
			if _, err := get.One(t.Context(), d, name); err != nil {
				t.Errorf("%s was told it is saved: %v", name, err)
			}
		}
	})
}

func TestAConstraintThatFailsInTheMiddleKeepsTheRestOfTheBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := write(t, d, "taken", "first"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				name := fmt.Sprint(i)
				if i%5 == 0 {
					name = "taken"
				}
				if err := write(t, d, name, "x"); (err != nil) != (name == "taken") {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if n := rows(t, d); n != 41 {
			t.Fatalf("%d rows, want 41", n)
		}
	})
}

func TestATransactionWithinATransactionIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(*db.Tx) error { return write(t, d, "a", "b") })
		if !errors.Is(err, db.ErrNested) {
			t.Fatalf("got %v", err)
		}
		if err := write(t, d, "a", "b"); err != nil {
			t.Fatalf("afterwards: %v", err)
		}
	})
}

func TestAPanicReachesItsCallerAndNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			d.Tx(t.Context(), func(tx *db.Tx) error {
				put.Run(t.Context(), tx, "half", "x")
				panic("on purpose")
			})
		}()
		if err := write(t, d, "after", "x"); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, d); n != 1 {
			t.Fatalf("%d rows, want 1", n)
		}
	})
}

func TestWhatWaitsForTheCommitRunsOnceAndOnlyAfterIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		told := 0
		run := func(result error) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				tx.AfterCommit(func() { told++ })
				if told != 0 {
					t.Error("told before the commit")
				}
				return result
			})
		}
		if err := run(errors.New("refused")); err == nil || told != 0 {
			t.Fatalf("told %d times of a refused transaction, %v", told, err)
		}
		if err := run(nil); err != nil || told != 1 {
			t.Fatalf("told %d times, %v", told, err)
		}
	})
}

func TestNoRowIsAnErrorOfItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := get.One(t.Context(), d, "nothing"); !errors.Is(err, db.ErrNoRow) {
			t.Fatal(err)
		}
		if _, found, err := get.Maybe(t.Context(), d, "nothing"); found || err != nil {
			t.Fatal(found, err)
		}
	})
}

func TestASchemaFromTheFutureIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context()); err != nil {
			t.Fatalf("migrating twice: %v", err)
		}
		db.SetSchemaVersion(t, d, 9999)
		if err := d.Migrate(t.Context()); !errors.Is(err, db.ErrNewer) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestDuplicatesAreToldByTableAndColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add := func(id string) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := addSignup.Run(t.Context(), tx, id, time.Unix(0, 0), []byte{1})
				return err
			})
		}
		if err := add("a"); err != nil {
			t.Fatal(err)
		}
		err := add("b")
		if !db.Duplicate(err, "signups", "normalized") || db.Duplicate(err, "signups", "id") {
			t.Fatalf("got %v", err)
		}
	})
}

var addSignup = db.Exec(`INSERT INTO signups (id, normalized, address, password_hash, display_name, organization, browser_hash, owner, created_at, expires_at)
	VALUES ($1, 'a', '', '', '', '', $3, FALSE, $2, $2)`)

var addPicture = db.Exec(`INSERT INTO pictures (name, user_id, created_at, replaced_at) VALUES ($1, $1, $2, $3)`)

var maybeUsed = db.Rows[sql.Null[time.Time]](`SELECT replaced_at FROM pictures`)

func TestAnAbsentTimeIsNull(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := addPicture.Run(t.Context(), tx, "a", time.Unix(1, 0), sql.Null[time.Time]{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := maybeUsed.One(t.Context(), d)
		if got.Valid || err != nil {
			t.Fatal(got, err)
		}
	})
}
