package hashpool

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// cheap parameters are for what does not depend on the cost.
var cheap = Params{Memory: 64, Time: 1, Threads: 1}

func hash(t testing.TB, p *Pool, pw secret.Secret) string {
	t.Helper()
	h, err := p.Hash(t.Context(), pw)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func verify(t testing.TB, p *Pool, h string, pw secret.Secret) (ok, rehash bool) {
	t.Helper()
	ok, rehash, err := p.Verify(t.Context(), h, pw)
	if err != nil {
		t.Fatal(err)
	}
	return ok, rehash
}

func TestThePasswordVerifiesAndNoOtherDoes(t *testing.T) {
	p := New(cheap)
	rapid.Check(t, func(r *rapid.T) {
		// Any bytes, also such as are no text.
		pw := secret.Secret(rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(r, "password"))
		other := secret.Secret(rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(r, "other"))
		h := hash(t, p, pw)
		if ok, rehash := verify(t, p, h, pw); !ok || rehash {
			r.Fatalf("ok %v, rehash %v", ok, rehash)
		}
		if ok, _ := verify(t, p, h, other); ok != (pw == other) {
			r.Fatal("another password verifies")
		}
	})
}

func TestAPasswordIsTakenExactlyAsTyped(t *testing.T) {
	p := New(cheap)
	h := hash(t, p, "Zo\u00eb likes tea")
	for _, other := range []secret.Secret{
		"Zoe\u0308 likes tea", // looks alike
		" Zo\u00eb likes tea", "Zo\u00eb likes tea ", "Zo\u00eb likes tea\n", "Zo\u00eb likes tea\x00", "zo\u00eb likes tea",
	} {
		if ok, _ := verify(t, p, h, other); ok {
			t.Errorf("%q verifies", other.Reveal())
		}
	}
}

func TestTwoHashesOfOnePasswordDiffer(t *testing.T) {
	p := New(cheap)
	if a := hash(t, p, "tea"); a == hash(t, p, "tea") {
		t.Error("no salt")
	} else if strings.Contains(a, "tea") || !strings.HasPrefix(a, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hash %s", a)
	}
}

func TestAHashOfAnotherProgramVerifiesAndAsksForANewOne(t *testing.T) {
	// From the tests of the reference implementation.
	const foreign = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	p := New(cheap)
	if ok, rehash := verify(t, p, foreign, "password"); !ok || !rehash {
		t.Errorf("ok %v, rehash %v", ok, rehash)
	}
	if ok, rehash := verify(t, p, foreign, "passwort"); ok || rehash {
		t.Errorf("ok %v, rehash %v for another password", ok, rehash)
	}
}

func TestAHashThatCostMoreIsKept(t *testing.T) {
	h := hash(t, New(Params{128, 2, 2}), "tea")
	if ok, rehash := verify(t, New(cheap), h, "tea"); !ok || rehash {
		t.Errorf("ok %v, rehash %v", ok, rehash)
	}
}

func TestAHashOfOlderParametersAsksForANewOne(t *testing.T) {
	h := hash(t, New(cheap), "tea")
	for _, p := range []Params{{128, 1, 1}, {64, 2, 1}, {64, 1, 2}} {
		if ok, rehash := verify(t, New(p), h, "tea"); !ok || !rehash {
			t.Errorf("%v: ok %v, rehash %v", p, ok, rehash)
		}
	}
}

func TestAnythingElseInTheDatabaseIsAnErrorAndCostsNothing(t *testing.T) {
	good := hash(t, New(cheap), "tea")
	for _, h := range []string{
		"", "tea", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=0", 1), strings.Replace(good, "m=64", "m=9999999", 1), strings.Replace(good, "m=64", "m=99999999999", 1),
		strings.Replace(good, "t=1", "t=33", 1), strings.Replace(good, "p=1", "p=256", 1), strings.Replace(good, "p=1", "p=17", 1),
		good + "=", good + "\n", good[:len(good)-24], good + "AA", "$2y$10$abcdefghijklmnopqrstuv",
	} {
		if ok, _, err := New(cheap).Verify(t.Context(), h, "tea"); !errors.Is(err, ErrFormat) || ok {
			t.Errorf("%q: %v, %v", h, ok, err)
		}
	}
}

func TestMoreThanFourKibibytesAreNotHashed(t *testing.T) {
	p := New(cheap)
	longest := secret.Secret(strings.Repeat("a", MaxBytes))
	h := hash(t, p, longest)
	if ok, _ := verify(t, p, h, longest); !ok {
		t.Error("the longest does not verify")
	}
	fill(p) // so that hashing would have to wait
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, hashErr := p.Hash(ctx, longest+"a")
	_, _, verifyErr := p.Verify(ctx, h, longest+"a")
	for _, err := range []error{hashErr, verifyErr, p.VerifyNobody(ctx, longest+"a")} {
		if !errors.Is(err, ErrTooLong) || errs.KindOf(err) != errs.TooLarge {
			t.Errorf("error %v", err)
		}
	}
}

func TestParametersBelowTheMinimumAreNamed(t *testing.T) {
	if err := Minimum.Validate(); err != nil {
		t.Error(err)
	}
	for want, p := range map[string]Params{
		"memory":  {19<<10 - 1, 2, 1},
		"time":    {19 << 10, 1, 1},
		"threads": {19 << 10, 2, 0},
		"262145":  {256<<10 + 1, 2, 1},
	} {
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", p, err)
		}
	}
}

// fill occupies every slot.
func fill(p *Pool) {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
}

func TestWhoFindsTheQueueFullIsTurnedAwayAtOnceAndNobodyWaitsForMoreThanTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(cheap)
		h := hash(t, p, "tea")
		fill(p)
		start := clock.System{}.Now()
		calls := []func() error{
			func() error { _, err := p.Hash(t.Context(), "tea"); return err },
			func() error { _, _, err := p.Verify(t.Context(), h, "tea"); return err },
			func() error { return p.VerifyNobody(t.Context(), "tea") },
		}
		refused := map[time.Duration]int{}
		var (
			mu sync.Mutex
			wg sync.WaitGroup
		)
		for i := range 200 {
			wg.Go(func() {
				err := calls[i%len(calls)]()
				mu.Lock()
				defer mu.Unlock()
				var e *errs.Error
				if !errors.As(err, &e) || !errors.Is(err, ErrBusy) || e.Kind != errs.Unavailable || e.RetryAfter != 2*time.Second {
					t.Errorf("error %v", err)
				}
				refused[clock.System{}.Now().Sub(start)]++
			})
		}
		wg.Wait()
		if refused[0] != 168 || refused[2*time.Second] != 32 {
			t.Errorf("refused after: %v", refused)
		}
		for range cap(p.slots) {
			p.leave()
		}
		hash(t, p, "tea") // there is room again
	})
}

func TestWhoGivesUpWaitingLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(cheap)
		fill(p)
		ctx, cancel := context.WithCancel(t.Context())
		for range queue {
			go func() {
				if _, err := p.Hash(ctx, "tea"); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
			}()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := p.waiting.Load(); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

func TestTwoHundredAtOnceKeepTheirMemoryBoundedAndTheSurplusIsRefusedSoon(t *testing.T) {
	const callers = 200
	p := New(Minimum)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		refused []time.Duration
		gate    = make(chan struct{})
	)
	for range callers {
		wg.Go(func() {
			<-gate
			start := clock.System{}.Now()
			err := p.VerifyNobody(t.Context(), "tea")
			took := clock.System{}.Now().Sub(start)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ErrBusy):
				refused = append(refused, took)
			case err != nil:
				t.Error(err)
			}
		})
	}
	close(gate)
	wg.Wait()
	runtime.ReadMemStats(&after)

	// Those who waited for two seconds are no surplus; a hash that was done
	// meanwhile let one more in.
	slices.Sort(refused)
	if len(refused) < callers/2 {
		t.Fatalf("only %d of %d were refused", len(refused), callers)
	}
	if slowest := refused[callers/2]; slowest > 100*time.Millisecond {
		t.Errorf("refused after %v", slowest)
	}
	// Each slot holds one hash. The collector lets as much lie around again, and
	// counts what is begun while it runs twice.
	bound := uint64(4*cap(p.slots)) * uint64(Minimum.Memory) << 10
	if grown := after.HeapSys - before.HeapSys; after.HeapSys > before.HeapSys && grown > bound {
		t.Errorf("the heap grew by %d MiB, more than %d", grown>>20, bound>>20)
	}
	t.Logf("refused %d, the slowest after %v; heap %d MiB", len(refused), refused[len(refused)-1], after.HeapSys>>20)
}

func BenchmarkHash(b *testing.B) {
	b.Run("pool", func(b *testing.B) {
		p := New(Minimum)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := p.VerifyNobody(b.Context(), "tea"); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("bare", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				argon2.IDKey([]byte("tea"), make([]byte, saltBytes), Minimum.Time, Minimum.Memory, Minimum.Threads, keyBytes)
			}
		})
	})
}
