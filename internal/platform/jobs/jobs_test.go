package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/secret"
)

type note struct {
	N    int
	Text string
}

func (note) Kind() string { return "test.note" }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// office is a queue with its clock and its log.
type office struct {
	*jobs.Queue
	clock *clock.Manual
	log   *record
}

// record is a log that many may write to.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func open(t *testing.T, d *db.DB) office {
	t.Helper()
	keys, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	return node(d, keys, clock.At(start))
}

// node is a queue of its own on the same database.
func node(d *db.DB, keys *secret.Keys, c *clock.Manual) office {
	log := &record{}
	q := &jobs.Queue{DB: d, Keys: keys, Clock: c, Log: slog.New(slog.NewJSONHandler(log, nil))}
	return office{Queue: q, clock: c, log: log}
}

func (o office) insert(t *testing.T, all ...note) {
	t.Helper()
	err := o.DB.Tx(t.Context(), func(tx *db.Tx) error {
		for _, n := range all {
			if err := o.Insert(t.Context(), tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// runs runs the oldest due job and reports whether there was one.
func (o office) runs(t *testing.T) bool {
	t.Helper()
	ran, err := o.RunOne(t.Context())
	if err != nil && !ran {
		t.Fatal(err)
	}
	return ran
}

// begin lets the queue run and returns the function that stops it and waits.
func (o office) begin(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { o.Run(ctx); close(done) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

func TestEveryJobRunsOnceOnTwoNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const total = 200
		one := open(t, d)
		two := node(d, one.Keys, one.clock)
		ran := make(chan int, 2*total)
		for _, o := range []office{one, two} {
			jobs.Handle(o.Queue, func(_ context.Context, a note) error { ran <- a.N; return nil })
			o.begin(t)
		}
		elapsed := clock.Stopwatch()
		for n := range total {
			one.insert(t, note{N: n})
		}
		times := map[int]int{}
		for range total {
			times[<-ran]++
		}
		t.Logf("%d jobs in %v", total, elapsed())
		if len(times) != total || len(ran) != 0 {
			t.Errorf("%d different jobs ran, and %d again", len(times), len(ran))
		}
	})
}

func TestAJobOfATransactionThatFailsNeverRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		jobs.Handle(o.Queue, func(context.Context, note) error { return nil })
		refused := errors.New("refused")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return errors.Join(o.Insert(t.Context(), tx, note{}), refused)
		})
		if !errors.Is(err, refused) || o.runs(t) {
			t.Fatal("it ran", err)
		}
	})
}

func TestAJobForLaterWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		jobs.Handle(o.Queue, func(context.Context, note) error { return nil })
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return o.InsertAt(t.Context(), tx, start.Add(2*time.Minute), note{})
		})
		if err != nil {
			t.Fatal(err)
		}
		o.clock.Advance(2*time.Minute - time.Microsecond)
		if o.runs(t) {
			t.Fatal("it ran early")
		}
		o.clock.Advance(time.Microsecond)
		if !o.runs(t) || o.runs(t) {
			t.Fatal("it did not run once")
		}
	})
}

func TestAFailedJobComesBackLaterAndLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		away := errors.New("the mail server is away")
		jobs.Handle(o.Queue, func(context.Context, note) error { return away })
		o.insert(t, note{})
		for _, wait := range []time.Duration{15 * time.Second, time.Minute, 4 * time.Minute, 16 * time.Minute, time.Hour, time.Hour} {
			if ran, err := o.RunOne(t.Context()); !ran || !errors.Is(err, away) {
				t.Fatal(ran, err)
			}
			o.clock.Advance(wait - wait/10 - time.Microsecond)
			if o.runs(t) {
				t.Fatalf("ran again long before %v", wait)
			}
			o.clock.Advance(wait/5 + time.Microsecond)
		}
		away = nil
		if ran, err := o.RunOne(t.Context()); !ran || err != nil {
			t.Fatal(ran, err)
		}
		o.clock.Advance(24 * time.Hour)
		if o.runs(t) {
			t.Fatal("it ran after it was done")
		}
		if n := strings.Count(o.log.String(), "the mail server is away"); n != 6 {
			t.Errorf("6 failures were logged %d times", n)
		}
	})
}

func TestAWorkerThatWasOvertakenChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, end := range map[string]error{"finishes": nil, "fails": errors.New("late")} {
			t.Run(name, func(t *testing.T) {
				slow := open(t, d)
				fast := node(d, slow.Keys, slow.clock)
				overtaken := false
				jobs.Handle(fast.Queue, func(context.Context, note) error {
					overtaken = true
					return errors.New("must come back")
				})
				jobs.Handle(slow.Queue, func(context.Context, note) error {
					slow.clock.Advance(jobs.Lease)
					fast.runs(t)
					return end
				})
				slow.insert(t, note{})
				slow.runs(t)
				if !overtaken {
					t.Fatal("nobody took the job although its lease was over")
				}
				if slow.clock.Advance(jobs.Lease); !fast.runs(t) {
					t.Error("the overtaken worker removed or moved the job of the other")
				}
			})
		}
	})
}

func TestNobodyTakesAJobWithinItsLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		slow := open(t, d)
		other := node(d, slow.Keys, slow.clock)
		jobs.Handle(slow.Queue, func(context.Context, note) error {
			slow.clock.Advance(jobs.Lease - time.Microsecond)
			if other.runs(t) {
				t.Error("it was taken")
			}
			return nil
		})
		slow.insert(t, note{})
		slow.runs(t)
	})
}

var stored = db.Rows[struct {
	Args      []byte
	LastError string
}](`SELECT args, last_error FROM jobs`)

func TestWhatAJobIsGivenIsInNoLogAndNotReadableInTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const canary = "zoe.canary@example.com"
		for name, complain := range map[string]func(text string){
			"error": func(string) {},
			"panic": func(text string) { panic("no mailbox " + text) },
		} {
			o := open(t, d)
			jobs.Handle(o.Queue, func(_ context.Context, a note) error {
				complain(a.Text)
				return errors.New("550 no mailbox " + a.Text)
			})
			o.insert(t, note{Text: canary})
			if ran, err := o.RunOne(t.Context()); !ran || err == nil {
				t.Fatal(ran, err)
			}
			if text := o.log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "no mailbox [redacted]") {
				t.Errorf("%s: the log says %s", name, text)
			}
		}
		rows, err := stored.All(t.Context(), d)
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		for _, r := range rows {
			if bytes.Contains(r.Args, []byte("canary")) || strings.Contains(r.LastError, "canary") || r.LastError == "" {
				t.Errorf("the table has %q %q", r.Args, r.LastError)
			}
		}
	})
}

func TestAPanicIsAFailureAndTheQueueGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		done := make(chan bool, 1)
		jobs.Handle(o.Queue, func(_ context.Context, a note) error {
			if a.N == 1 {
				panic("a bug")
			}
			done <- true
			return nil
		})
		stop := o.begin(t)
		o.insert(t, note{N: 1})
		o.insert(t, note{N: 2})
		<-done
		stop()
		if !strings.Contains(o.log.String(), "jobs_test.go") {
			t.Error("the log doesn't say where it happened")
		}
	})
}

func TestAJobThatNobodyKnowsWaitsForSomebodyWhoDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		o.insert(t, note{})
		if ran, err := o.RunOne(t.Context()); !ran || err == nil {
			t.Fatal(ran, err)
		}
		o.clock.Advance(time.Minute)
		ran := false
		jobs.Handle(o.Queue, func(context.Context, note) error { ran = true; return nil })
		if o.runs(t); !ran {
			t.Error("it is lost")
		}
	})
}

func TestAnInsertWakesTheQueueOfItsNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ran := make(chan bool)
		jobs.Handle(o.Queue, func(context.Context, note) error { ran <- true; return nil })
		o.begin(t)
		o.insert(t, note{})
		<-ran // both workers sleep now, or are about to
		elapsed := clock.Stopwatch()
		const more = 10
		for range more {
			o.insert(t, note{})
			<-ran
		}
		if took := elapsed(); took > 4*time.Second {
			t.Errorf("%d jobs one after another took %v: the workers only looked at the clock", more, took)
		}
	})
}

func TestStoppingLetsAJobInFlightFinish(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		inFlight, goOn := make(chan bool), make(chan bool)
		jobs.Handle(o.Queue, func(ctx context.Context, _ note) error {
			inFlight <- true
			<-goOn
			return ctx.Err()
		})
		stop := o.begin(t)
		o.insert(t, note{})
		<-inFlight
		stopped := make(chan bool)
		go func() { stop(); close(stopped) }()
		close(goOn)
		<-stopped
		if o.clock.Advance(time.Hour); o.runs(t) {
			t.Errorf("it runs again: %s", o.log)
		}
	})
}

func TestStoppingHandsBackAJobThatTakesTooLong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		inFlight, times := make(chan bool, 2), 0
		jobs.Handle(o.Queue, func(ctx context.Context, _ note) error {
			if times++; times > 1 {
				return nil
			}
			inFlight <- true
			<-ctx.Done()
			return ctx.Err()
		})
		stop := o.begin(t)
		o.insert(t, note{})
		<-inFlight
		elapsed := clock.Stopwatch()
		stop()
		if took := elapsed(); took > jobs.Grace+8*time.Second {
			t.Errorf("stopping took %v", took)
		}
		if !o.runs(t) || times != 2 {
			t.Error("another worker has to wait for it")
		}
	})
}
