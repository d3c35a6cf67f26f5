// Package pace keeps the time of an answer from telling what was done for it.
//
// Some answers are the same whether an address is known or not, but the work
// behind them is not. A [Floor] holds such an answer back until a moment that
// moves with how long these answers took of late, plus a little chance, and is
// never sooner than [Least].
package pace

import (
	"context"
	"crypto/rand"
	"math/big"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	// Least is the shortest time that an answer takes.
	Least = 250 * time.Millisecond
	// chance is the most that is added at random.
	chance = 85 * time.Millisecond
	// weight is how many answers the moving mean looks back on.
	weight = 16
)

// Floor holds back the answers of one kind. The zero value waits on the
// machine's clock.
type Floor struct {
	// Pause waits for d, or until ctx ends. nil waits in real time.
	Pause func(ctx context.Context, d time.Duration)

	mu   sync.Mutex
	mean time.Duration
}

// Begin starts to measure an answer. Call what it returns when the answer is
// ready; it returns when it may be given.
func (f *Floor) Begin() (wait func(ctx context.Context)) {
	elapsed := clock.Stopwatch()
	return func(ctx context.Context) {
		took := elapsed()
		if rest := f.until(took) - took; rest > 0 {
			f.pause(ctx, rest)
		}
	}
}

// until notes how long an answer took and says how long it must have taken.
func (f *Floor) until(took time.Duration) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mean += (took - f.mean) / weight
	return max(f.mean, Least) + jitter()
}

func (f *Floor) pause(ctx context.Context, d time.Duration) {
	if f.Pause != nil {
		f.Pause(ctx, d)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func jitter() time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(chance)))
	if err != nil {
		panic("pace: " + err.Error()) // the reader never fails
	}
	return time.Duration(n.Int64())
}
