package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"runtime/debug"
	"sync"
	"time"

	"nameplate/internal/platform/db"
)

const (
	// Lease is how long a worker may hold a job before another may take it.
	Lease = 2 * time.Minute
	// Grace is how long a job in flight may go on after the queue was told to
	// stop.
	Grace = 4 * time.Second

	margin = 5 * time.Second // between the end of a job's context and its lease
	look   = time.Second     // how often a worker looks for what others inserted
)

// Run works until ctx ends. It returns when no job is in flight any more: each
// was finished, or handed back after [Grace].
func (q *Queue) Run(ctx context.Context) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(Grace, cancel) })
	defer stop()
	var workers sync.WaitGroup
	for lane, n := range Workers {
		for range n {
			workers.Go(func() { q.work(ctx, work, lane) })
		}
	}
	workers.Wait()
}

// work takes jobs of a lane until ctx ends and gives them the context work.
func (q *Queue) work(ctx, work context.Context, lane Lane) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	away := false // an outage is logged once, not every second
	for ctx.Err() == nil {
		j, found, err := q.claim(ctx, lane)
		if err != nil && !away && ctx.Err() == nil {
			q.Log.Error("jobs can't be read", "error", err)
		}
		if away = err != nil; found {
			_ = q.run(work, j) // logged there
			continue
		}
		select {
		case <-ctx.Done():
		case <-q.bell(lane):
		case <-tick.C:
		}
	}
}

// RunOne runs the oldest due job of one of the lanes, for tests. It reports
// whether there was one, and returns the job's own error too.
func (q *Queue) RunOne(ctx context.Context) (bool, error) {
	for lane := range Workers {
		if j, found, err := q.claim(ctx, lane); err != nil {
			return false, err
		} else if found {
			return true, q.run(ctx, j)
		}
	}
	return false, nil
}

// claim takes the oldest due job of a lane. It looks before it takes, so that an idle
// queue writes nothing.
func (q *Queue) claim(ctx context.Context, lane Lane) (j job, found bool, err error) {
	now := q.Clock.Now()
	for !found && err == nil {
		var waiting bool
		if _, waiting, err = due.Maybe(ctx, q.DB, now, lane); err != nil || !waiting {
			return j, false, err
		}
		err = q.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			j, found, err = claim.Maybe(ctx, tx, now, now.Add(Lease), lane)
			return err
		})
	}
	return j, found && err == nil, err
}

// run runs a job that this worker holds and writes down how it ended.
func (q *Queue) run(ctx context.Context, j job) error {
	args, failed := q.Keys.Open(j.Args, place(j.ID))
	if failed == nil {
		failed = q.call(ctx, j, args)
	}
	err := q.settle(ctx, j, args, failed)
	if err != nil {
		q.Log.Error("a job's end can't be written", "job", j.ID, "kind", j.Kind, "error", err)
	}
	return errors.Join(failed, err)
}

// call runs the handler of j and turns a panic into an error.
func (q *Queue) call(ctx context.Context, j job, args []byte) (err error) {
	handle, ok := q.handlers[j.Kind]
	if !ok {
		return errors.New("nothing handles jobs of this kind")
	}
	ctx, cancel := context.WithTimeout(ctx, Lease-margin)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return handle.run(ctx, args)
}

// settle removes a job that is done and postpones one that failed. A job that
// was cut off because the queue stops is due at once, for whoever comes next.
func (q *Queue) settle(ctx context.Context, j job, args []byte, failed error) error {
	now, stopped := q.Clock.Now(), ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	next, reason := now, ""
	switch {
	case failed == nil:
		return q.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := finish.Run(ctx, tx, j.ID, j.Attempts)
			return err
		})
	case stopped:
		q.Log.Info("job handed back", "job", j.ID, "kind", j.Kind)
	default:
		next, reason = now.Add(backoff(j.Attempts)), redact(failed.Error(), args)
		q.Log.Warn("job failed", "job", j.ID, "kind", j.Kind, "attempt", j.Attempts, "next", next, "error", reason)
	}
	return q.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := postpone.Run(ctx, tx, j.ID, j.Attempts, next, reason)
		return err
	})
}

// backoff waits 15 s, 1 min, 4 min, 16 min, then an hour between attempts, all
// of them ±10 %, so that what failed together does not come back together.
func backoff(attempts int64) time.Duration {
	wait := min(15*time.Second<<(2*min(attempts-1, 4)), time.Hour)
	spread, err := rand.Int(rand.Reader, big.NewInt(int64(wait/5)))
	if err != nil {
		panic("jobs: " + err.Error()) // the reader never fails
	}
	return wait - wait/10 + time.Duration(spread.Int64())
}
