package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

var (
	countInbox   = db.Rows[int](`SELECT count(*) FROM journal_inbox`)
	countJournal = db.Rows[int](`SELECT count(*) FROM journal`)
	endOfJournal = db.Rows[int](`SELECT MAX(position) FROM journal`)
)

func TestEntriesAreSealedInTheOrderOfTheirIDsAndWithoutAGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		users := []string{w.person("a@halden.example", org), w.person("b@halden.example", org)}
		const acts = 300 // 600 entries: more than a batch
		for i := range acts {
			w.account(users[i%2], fmt.Sprintf("act.%d", i))
		}
		if n, err := w.sealer.Seal(t.Context()); n != 100 || err != nil {
			t.Fatalf("sealed %d, %v; want 100", n, err)
		}
		if rep := w.verify(org); !rep.Valid || rep.Entries+rep.Unsealed != acts || rep.Unsealed == 0 {
			t.Errorf("half way %+v", rep)
		}
		w.seal()

		all := w.entries(org)
		if len(all) != acts {
			t.Fatalf("%d entries, want %d", len(all), acts)
		}
		for i, e := range all {
			if e.Seq != int64(i+1) || e.Action != fmt.Sprintf("act.%d", i) {
				t.Fatalf("entry %d is %d, %s", i, e.Seq, e.Action)
			}
			previous := make([]byte, 32)
			if i > 0 {
				previous = all[i-1].Hash
			}
			if !bytes.Equal(e.PreviousHash, previous) {
				t.Fatalf("entry %d does not follow the one before it", i)
			}
		}
		last, err := endOfJournal.One(t.Context(), d)
		if last != 2*acts || err != nil {
			t.Errorf("last position %d, want %d (%v)", last, 2*acts, err)
		}
		if rep := w.verifyAll(); rep != (journal.Report{Valid: true, Entries: 2 * acts}) {
			t.Errorf("%+v", rep)
		}
	})
}

func TestATrailIsReadInPagesFromBothEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		for range 7 {
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		}
		w.seal()
		ctx := t.Context()
		for name, page := range map[string]struct {
			got  func() ([]journal.Entry, error)
			want string
		}{
			"after the start": {func() ([]journal.Entry, error) { return journal.After(ctx, d, org, 0, 3) }, "[1 2 3]"},
			"after 3":         {func() ([]journal.Entry, error) { return journal.After(ctx, d, org, 3, 3) }, "[4 5 6]"},
			"after 6":         {func() ([]journal.Entry, error) { return journal.After(ctx, d, org, 6, 3) }, "[7]"},
			"before the end":  {func() ([]journal.Entry, error) { return journal.Before(ctx, d, org, 0, 3) }, "[7 6 5]"},
			"before 5":        {func() ([]journal.Entry, error) { return journal.Before(ctx, d, org, 5, 3) }, "[4 3 2]"},
			"before 1":        {func() ([]journal.Entry, error) { return journal.Before(ctx, d, org, 1, 3) }, "[]"},
		} {
			entries, err := page.got()
			w.must(err)
			seqs := []int64{}
			for _, e := range entries {
				seqs = append(seqs, e.Seq)
			}
			if got := fmt.Sprint(seqs); got != page.want {
				t.Errorf("%s: %s, want %s", name, got, page.want)
			}
		}
	})
}

func TestOnlyTheHolderOfTheLeaseSealsUntilItEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org, other := w.organization("A"), newSealer(d, w.clock, "two")
		sealed := func(s *journal.Sealer, want int) {
			t.Helper()
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
			if n, err := s.Seal(t.Context()); n != want || err != nil {
				t.Errorf("%s sealed %d, %v; want %d", s.Holder, n, err, want)
			}
		}
		sealed(w.sealer, 1)
		w.clock.Advance(4 * time.Second)
		sealed(other, 0)
		sealed(w.sealer, 2)
		w.clock.Advance(5 * time.Second)
		sealed(other, 1)
		sealed(w.sealer, 0)
	})
}

// hasty is a clock by which a lease ended, but only at the first look.
type hasty struct{ looks *atomic.Int64 }

func (h hasty) Now() time.Time {
	if h.looks.Add(1) == 1 {
		return began.Add(time.Minute)
	}
	return began
}

func TestALeaseThatWasTakenBetweenTheLookAndTheSealingHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		w.seal()
		w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		if n, err := newSealer(d, hasty{new(atomic.Int64)}, "two").Seal(t.Context()); n != 0 || err != nil {
			t.Errorf("sealed %d, %v", n, err)
		}
		if n, err := w.sealer.Seal(t.Context()); n != 1 || err != nil {
			t.Errorf("the holder sealed %d, %v", n, err)
		}
	})
}

var late = db.Exec(`
	INSERT INTO journal_inbox (id, trail, at, actor, action, target, changes, details, origin)
	VALUES ($1, $2, $3, 'system', $1, 'x', '', '{}', 'job')`)

func TestEntriesThatCommittedInAnotherOrderAreSealedByTheirIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		for i := 60; i > 0; i-- {
			w.run(late, fmt.Sprintf("jrn_%02d", i), org, began)
		}
		w.seal()
		for i, e := range w.entries(org) {
			if want := fmt.Sprintf("jrn_%02d", i+1); e.ID != want {
				t.Fatalf("entry %d is %s, want %s", i, e.ID, want)
			}
		}
	})
}

// ahead is a clock by which every lease has just ended.
type ahead struct{ seconds *atomic.Int64 }

func (a ahead) Now() time.Time { return began.Add(time.Duration(a.seconds.Add(6)) * time.Second) }

func TestTwoSealersAtOnceNeverBreakTheChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		orgs := []string{w.organization("A"), w.organization("B")}
		users := []string{w.person("a@halden.example", orgs...), w.person("b@halden.example", orgs[0]), w.person("c@halden.example")}
		const rounds, want = 60, 60 * (3 + 2 + 1)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()

		var writers, sealers sync.WaitGroup
		for _, user := range users {
			writers.Go(func() {
				for i := range rounds {
					err := d.Tx(t.Context(), func(tx *db.Tx) error {
						return w.journal.RecordAccount(t.Context(), tx, own(user, fmt.Sprintf("act.%d", i)))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		seconds := new(atomic.Int64)
		var moved atomic.Int64
		for _, holder := range []string{"one", "two"} {
			s := newSealer(d, ahead{seconds}, holder)
			sealers.Go(func() {
				for ctx.Err() == nil && moved.Load() < want {
					n, err := s.Seal(ctx)
					if err != nil && ctx.Err() == nil {
						t.Errorf("%s: %v", holder, err)
						return
					}
					moved.Add(int64(n))
				}
			})
		}
		writers.Wait()
		sealers.Wait()

		waiting, err := countInbox.One(t.Context(), d)
		w.must(err)
		if rep := w.verifyAll(); rep != (journal.Report{Valid: true, Entries: want}) || waiting != 0 {
			t.Errorf("%+v, %d waiting", rep, waiting)
		}
		for _, user := range users {
			all := w.entries(w.ownTrail(user))
			for i, e := range all {
				if e.Action != fmt.Sprintf("act.%d", i) {
					t.Fatalf("entry %d of a person is %s", i, e.Action)
				}
			}
			if len(all) != rounds {
				t.Errorf("%d entries of a person, want %d", len(all), rounds)
			}
		}
	})
}

func TestTheSealerRunsByItselfAndIsWokenByACommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.journal.Tell = func(...string) { w.sealer.Wake() }
		org := w.organization("A")
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.sealer.Run(ctx)
		}()
		for want := range 3 {
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
			for {
				n, err := countJournal.One(ctx, d)
				if err != nil {
					t.Fatal(err)
				}
				if n == want+1 {
					break
				}
			}
		}
		stop()
		<-done
	})
}

func TestAnIdleSealerWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if n, err := w.sealer.Seal(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		leases, err := countLeases.One(t.Context(), d)
		if leases != 0 || err != nil {
			t.Errorf("%d leases taken for nothing (%v)", leases, err)
		}
	})
}

var countLeases = db.Rows[int](`SELECT count(*) FROM leases`)

func TestAnEndThatWasCutOffIsNotedAndLeavesAGapForGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var log strings.Builder
		w.sealer.Log = slog.New(slog.NewTextHandler(&log, nil))
		org := w.organization("A")
		write := func() {
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
			w.seal()
		}
		write()
		write()
		w.unlock()
		w.run(cut, 1)
		write()
		if rep := w.verifyAll(); rep.Valid || rep.FirstBad != 2 {
			t.Errorf("%+v", rep)
		}
		if strings.Count(log.String(), "entries are missing from the end of the journal") != 1 {
			t.Errorf("log: %s", log.String())
		}
	})
}
