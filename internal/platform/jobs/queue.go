package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

// Args are what a job is given. They are stored as JSON, sealed; a secret.Secret
// among them would be stored as "[redacted]", so give ids instead.
type Args interface {
	// Kind names the job for good: rows of this kind may be years old.
	Kind() string
}

// Queue holds the jobs of an instance. All its fields must be set.
type Queue struct {
	DB    *db.DB
	Keys  *secret.Keys
	Clock clock.Clock
	Log   *slog.Logger

	handlers map[string]handler
	once     sync.Once
	bells    map[Lane]chan struct{}
}

type handler struct {
	lane Lane
	run  func(ctx context.Context, args []byte) error
}

// Lane is where jobs wait for each other, and for no others.
type Lane string

// The lanes.
const (
	Common  Lane = ""        // mails, and whatever has time
	Prompt  Lane = "prompt"  // somebody waits for it, and it only asks the database
	Outward Lane = "outward" // calls many places, of which some may be slow
)

// Workers is how many jobs of a lane run at once on a node.
var Workers = map[Lane]int{Common: 2, Prompt: 3, Outward: 4}

// Insert adds a job to tx, due as soon as it commits.
func (q *Queue) Insert(ctx context.Context, tx *db.Tx, a Args) error {
	return q.InsertAt(ctx, tx, q.Clock.Now(), a)
}

// InsertAt adds a job to tx that is due at a certain time.
func (q *Queue) InsertAt(ctx context.Context, tx *db.Tx, at time.Time, a Args) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode a job of kind %s: %w", a.Kind(), err)
	}
	now := q.Clock.Now()
	id := ids.New(ids.Job, now)
	if _, err := insert.Run(ctx, tx, id, a.Kind(), q.Keys.Seal(plain, place(id)), at, q.handlers[a.Kind()].lane); err != nil {
		return err
	}
	if !at.After(now) {
		tx.AfterCommit(func() { q.ring(q.handlers[a.Kind()].lane) })
	}
	return nil
}

// place is where the arguments of a job may be unsealed.
func place(id string) string { return "jobs|args|" + id }

// Handle says what to do for jobs of type A. Call it before the queue runs,
// once for each kind. The context of fn ends when the lease does, or some
// seconds after the queue is told to stop; fn must then return. Its error is
// logged and stored: it must not name people.
func Handle[A Args](q *Queue, fn func(ctx context.Context, a A) error) { HandleIn(q, Common, fn) }

// HandleIn is Handle for jobs with a lane of their own.
func HandleIn[A Args](q *Queue, lane Lane, fn func(ctx context.Context, a A) error) {
	var zero A
	kind := zero.Kind()
	if _, known := q.handlers[kind]; known {
		panic("jobs: kind " + kind + " is handled twice")
	}
	if q.handlers == nil {
		q.handlers = map[string]handler{}
	}
	q.handlers[kind] = handler{lane, func(ctx context.Context, args []byte) error {
		var a A
		if err := json.Unmarshal(args, &a); err != nil {
			return fmt.Errorf("read the job: %w", err)
		}
		return fn(ctx, a)
	}}
}

// ring wakes the workers of a lane on this node. Those of others look for
// themselves.
func (q *Queue) ring(lane Lane) {
	for range Workers[lane] {
		select {
		case q.bell(lane) <- struct{}{}:
		default:
			return
		}
	}
}

func (q *Queue) bell(lane Lane) chan struct{} {
	q.once.Do(func() {
		q.bells = map[Lane]chan struct{}{}
		for l, n := range Workers {
			q.bells[l] = make(chan struct{}, n)
		}
	})
	return q.bells[lane]
}
