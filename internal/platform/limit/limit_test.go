package limit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

var (
	start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	rule  = limit.Rule{Name: "sign_in", Most: 10, Span: 15 * time.Minute}
)

const subject = "zoe@example.com"

func open(t *testing.T, d *db.DB) (*limit.Limiter, *clock.Manual) {
	t.Helper()
	keys, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	c := clock.At(start)
	return &limit.Limiter{DB: d, Keys: keys, Clock: c}, c
}

// fataler is what both *testing.T and *rapid.T can do.
type fataler interface{ Fatal(...any) }

// take tries once. It returns 0 if that was allowed, or the wait.
func take(t fataler, l *limit.Limiter, r limit.Rule, subject string) time.Duration {
	err := l.Take(context.Background(), r, subject)
	if err == nil {
		return 0
	}
	var e *errs.Error
	if !errors.Is(err, limit.ErrThrottled) || !errors.As(err, &e) || e.RetryAfter < time.Second {
		t.Fatal("got", err)
	}
	return e.RetryAfter
}

func TestOfAHundredAtOnceTenPass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, _ := open(t, d)
		var passed atomic.Int32
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if take(t, l, rule, subject) == 0 {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if passed.Load() != 10 {
			t.Errorf("%d passed", passed.Load())
		}
	})
}

func TestAfterABurstTheNextTryIsTakenWhenTheAnswerSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, c := open(t, d)
		for range rule.Most {
			if take(t, l, rule, subject) != 0 {
				t.Fatal("refused within the limit")
			}
			c.Advance(time.Second)
		}
		wait := take(t, l, rule, subject)
		if want := rule.Span - time.Second; wait != want {
			t.Fatalf("wait %v, want %v", wait, want)
		}
		c.Advance(wait - time.Second)
		if left := take(t, l, rule, subject); left != time.Second {
			t.Fatalf("wait %v, want a second", left)
		}
		c.Advance(time.Second)
		for range rule.Most {
			if take(t, l, rule, subject) != 0 {
				t.Fatal("refused after the wait")
			}
		}
	})
}

func TestARefusedTryDoesNotLengthenTheWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, c := open(t, d)
		for range rule.Most {
			take(t, l, rule, subject)
		}
		for left := rule.Span; left > 0; left -= time.Minute {
			if got := take(t, l, rule, subject); got != left {
				t.Fatalf("wait %v, want %v", got, left)
			}
			c.Advance(time.Minute)
		}
		if take(t, l, rule, subject) != 0 {
			t.Error("refused although the wait is over")
		}
	})
}

func TestInNoSpanAreMoreTriesTakenThanAllowed(t *testing.T) {
	d := dbtest.NewSQLite(t)
	rapid.Check(t, func(t *rapid.T) {
		keys, err := secret.ParseKeys(secret.GenerateKey())
		if err != nil {
			t.Fatal(err)
		}
		c := clock.At(start)
		l := &limit.Limiter{DB: d, Keys: keys, Clock: c}
		small := limit.Rule{Name: "x", Most: rapid.Int64Range(1, 4).Draw(t, "most"), Span: time.Minute}
		var taken []time.Time
		for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 70), 1, 40).Draw(t, "pauses") {
			c.Advance(time.Duration(pause) * time.Second)
			now := c.Now()
			recent := slices.DeleteFunc(slices.Clone(taken), func(at time.Time) bool { return now.Sub(at) >= small.Span })
			wait := take(t, l, small, subject)
			switch {
			case wait == 0 && int64(len(recent)) >= small.Most:
				t.Fatalf("taken at %v after %v", now, recent)
			case wait > 0 && len(recent) == 0:
				t.Fatalf("refused at %v although the last one was at %v", now, taken[len(taken)-1])
			case wait > small.Span:
				t.Fatalf("wait %v", wait)
			case wait == 0:
				taken = append(taken, now)
			}
		}
	})
}

func TestSubjectsAndRulesAreCountedApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, _ := open(t, d)
		for range rule.Most {
			take(t, l, rule, subject)
		}
		for name, wait := range map[string]time.Duration{
			"another subject": take(t, l, rule, "ben@example.com"),
			"another rule":    take(t, l, limit.Rule{Name: "reset", Most: 10, Span: rule.Span}, subject),
			"another span":    take(t, l, limit.Rule{Name: rule.Name, Most: 10, Span: time.Minute}, subject),
		} {
			if wait != 0 {
				t.Errorf("%s has to wait %v", name, wait)
			}
		}
		if take(t, l, rule, subject) == 0 {
			t.Error("the subject passes")
		}
	})
}

func TestALimitHoldsOverARestartAndOnEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, c := open(t, d)
		for range rule.Most {
			take(t, l, rule, subject)
		}
		again := &limit.Limiter{DB: d, Keys: l.Keys, Clock: c}
		if take(t, again, rule, subject) == 0 {
			t.Error("it is forgotten")
		}
	})
}

func TestAfterASuccessTheCountBeginsAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, _ := open(t, d)
		for range rule.Most {
			take(t, l, rule, subject)
		}
		if err := l.Clear(t.Context(), rule, subject); err != nil {
			t.Fatal(err)
		}
		if take(t, l, rule, subject) != 0 {
			t.Error("still refused")
		}
	})
}

func TestATryInATransactionCountsIfThatCommits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, _ := open(t, d)
		once := limit.Rule{Name: "once", Most: 1, Span: time.Hour}
		failed := errors.New("failed")
		try := func(end error) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				if err := l.TakeIn(t.Context(), tx, once, subject); err != nil {
					return err
				}
				return end
			})
		}
		if err := try(failed); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if err := try(nil); err != nil {
			t.Fatal("the try that was rolled back counted:", err)
		}
		if err := try(nil); !errors.Is(err, limit.ErrThrottled) {
			t.Fatal(err)
		}
	})
}

var keys = db.Rows[string](`SELECT key FROM throttles`)

func TestTheSweepRemovesWhatNoLongerCountsAndNoSubjectIsReadable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, c := open(t, d)
		for i := range 3 {
			take(t, l, rule, fmt.Sprint(i))
		}
		c.Advance(rule.Span)
		take(t, l, rule, subject)
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return l.Sweep(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		left, err := keys.All(t.Context(), d)
		if err != nil || len(left) != 1 || len(left[0]) != 64 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
}

func BenchmarkTake(b *testing.B) {
	d := dbtest.NewSQLite(b)
	parsed, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		b.Fatal(err)
	}
	l := &limit.Limiter{DB: d, Keys: parsed, Clock: clock.System{}}
	open := limit.Rule{Name: "x", Most: 1 << 40, Span: time.Hour}
	for b.Loop() {
		take(b, l, open, subject)
	}
}
