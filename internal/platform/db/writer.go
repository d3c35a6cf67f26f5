package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	batchSize  = 64                   // functions to a commit
	batchSpan  = 2 * time.Millisecond // how long a batch may take functions in
	queueSize  = 1024                 // functions that may wait
	checkpoint = 400                  // commits between two checkpoints
)

// ErrClosed is returned to whoever writes after Close.
var ErrClosed = errors.New("db: closed")

// errLost marks a function whose rows went with somebody else's failure.
var errLost = errors.New("db: the transaction was lost")

// writer owns the one connection to SQLite that writes. Only its goroutine
// touches the connection and the prepared statements.
type writer struct {
	pool     *sql.DB
	conn     *sql.Conn
	prepared map[*statement]*sql.Stmt
	changes  changes
	touched  map[*statement]bool // that wrote since the last commit
	queue    chan *request
	stop     chan struct{}
	done     chan struct{}
	commits  int
	full     chan struct{} // asks for a checkpoint
	idle     chan struct{} // closed when the checkpointer ended
}

type request struct {
	fn   func(*Tx) error
	done chan error
}

func openWriter(ctx context.Context, file string) (*writer, error) {
	pool, err := sql.Open("sqlite", sqliteDSN(file))
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	w := &writer{
		pool: pool, conn: conn, prepared: map[*statement]*sql.Stmt{}, changes: newChanges(), touched: map[*statement]bool{},
		queue: make(chan *request, queueSize), stop: make(chan struct{}), done: make(chan struct{}),
		full: make(chan struct{}, 1), idle: make(chan struct{}),
	}
	go w.run()
	go w.checkpoints()
	return w, nil
}

// submit hands fn to the writer and waits until it is durable. Once fn is in
// the queue, the caller's context no longer matters.
func (w *writer) submit(ctx context.Context, fn func(*Tx) error) error {
	r := &request{fn: fn, done: make(chan error, 1)}
	select {
	case <-w.stop:
		return ErrClosed
	default:
	}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-w.done:
	}
	select {
	case err := <-r.done:
		return err
	default:
		return ErrClosed
	}
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case r := <-w.queue:
			w.batch(r)
		case <-w.stop:
			for r := w.waiting(); r != nil; r = w.waiting() {
				w.batch(r)
			}
			return
		}
	}
}

func (w *writer) waiting() *request {
	select {
	case r := <-w.queue:
		return r
	default:
		return nil
	}
}

// batch runs first and whatever waits behind it in one transaction, and
// answers everybody after the commit.
func (w *writer) batch(first *request) {
	elapsed := clock.Stopwatch()
	if err := w.raw("BEGIN IMMEDIATE"); err != nil {
		first.done <- err
		return
	}
	var kept []*request
	for r, n := first, 1; r != nil; n++ {
		err := w.step(r.fn)
		if errors.Is(err, errLost) {
			w.lost(kept, r, err)
			return
		}
		if err != nil {
			r.done <- err
		} else {
			kept = append(kept, r)
		}
		if r = nil; n < batchSize && elapsed() < batchSpan {
			r = w.waiting()
		}
	}
	err := w.commit()
	for _, r := range kept {
		r.done <- err
	}
}

// step runs fn in a savepoint. It returns fn's own error, or errLost when the
// whole transaction went with it.
func (w *writer) step(fn func(*Tx) error) error {
	if err := w.raw("SAVEPOINT one"); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	failed := fn(&Tx{dialect: SQLite, conn: w})
	if failed != nil {
		if err := w.raw("ROLLBACK TO one"); err != nil {
			return fmt.Errorf("%w: %w", errLost, failed)
		}
	}
	if err := w.raw("RELEASE one"); err != nil {
		return fmt.Errorf("%w: %w", errLost, errors.Join(failed, err))
	}
	return failed
}

// lost answers the function that broke the transaction and runs the others,
// which did nothing wrong, again, each alone.
func (w *writer) lost(kept []*request, broke *request, err error) {
	w.raw("ROLLBACK") //nolint:errcheck // SQLite has most often done it by itself
	broke.done <- err
	for _, r := range kept {
		r.done <- w.alone(r.fn)
	}
}

func (w *writer) alone(fn func(*Tx) error) error {
	if err := w.raw("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := fn(&Tx{dialect: SQLite, conn: w}); err != nil {
		w.raw("ROLLBACK") //nolint:errcheck // as above
		return err
	}
	return w.commit()
}

func (w *writer) commit() error {
	if err := w.raw("COMMIT"); err != nil {
		w.raw("ROLLBACK") //nolint:errcheck // as above
		return fmt.Errorf("commit: %w", err)
	}
	w.count()
	if w.commits++; w.commits%checkpoint == 0 {
		select {
		case w.full <- struct{}{}:
		default:
		}
	}
	return nil
}

// count tells what is remembered of the tables that were written to. It comes
// before anybody hears of the commit.
func (w *writer) count() {
	for s := range w.touched {
		for i := range w.changes {
			if s.cascade || slices.Contains(s.writes, i) {
				w.changes[i].Add(1)
			}
		}
	}
	clear(w.touched)
}

// checkpoints copies the write-ahead log into the file beside the writer, on
// a connection of its own: it would otherwise be the longest wait of a save.
func (w *writer) checkpoints() {
	defer close(w.idle)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.full:
		case <-tick.C:
		case <-w.stop:
			return
		}
		w.pool.Exec("PRAGMA wal_checkpoint(PASSIVE)") //nolint:errcheck // the next one tries again
	}
}

func (w *writer) close() {
	close(w.stop)
	<-w.done
	<-w.idle
	w.raw("PRAGMA wal_checkpoint(TRUNCATE)") //nolint:errcheck // the log is read at the next start otherwise
	w.conn.Close()
	w.pool.Close()
}

// Writer statements never get a caller's context: an interrupt would roll back
// the rows of everybody in the batch.

func (w *writer) query(_ context.Context, s *statement, args []any) (*sql.Rows, error) {
	st, err := w.statement(s)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

func (w *writer) exec(_ context.Context, s *statement, args []any) (sql.Result, error) {
	st, err := w.statement(s)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(context.Background(), args...)
}

func (w *writer) statement(s *statement) (*sql.Stmt, error) {
	if len(s.writes) > 0 || s.cascade {
		w.touched[s] = true
	}
	if st := w.prepared[s]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), s.SQL)
	if err != nil {
		return nil, err
	}
	w.prepared[s] = st
	return st, nil
}

// raw runs one of the writer's own statements.
func (w *writer) raw(text string) error {
	st, err := w.statement(control[text])
	if err != nil {
		return err
	}
	_, err = st.ExecContext(context.Background())
	return err
}

// The writer's own statements.
var control = map[string]*statement{}

func init() {
	for _, text := range []string{"BEGIN IMMEDIATE", "SAVEPOINT one", "ROLLBACK TO one", "RELEASE one", "COMMIT", "ROLLBACK", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		control[text] = &statement{Statement: Statement{SQL: text}}
	}
}
