package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Dialect names a database engine.
type Dialect string

// The two engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// ErrNested is returned by a Tx that was started within a Tx.
var ErrNested = errors.New("db: a transaction within a transaction")

// DB is an open database.
type DB struct {
	Dialect Dialect

	pool     *sql.DB // readers on SQLite, everything on PostgreSQL
	prepared preparedPool
	writer   *writer         // SQLite only
	file     string          // SQLite only
	memories sync.Map        // *statement → *memory; SQLite only
	config   *pgx.ConnConfig // PostgreSQL only
	closed   sync.Once
	release  func() // gives the lock on the file back
}

// Tx is a transaction. A function that must be part of one takes a *Tx, so
// that the compiler refuses a call outside a transaction.
type Tx struct {
	dialect Dialect
	conn    runner
	after   []func()
}

// AfterCommit registers fn to run once the transaction is durable. If the
// transaction fails, fn is dropped.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Q runs statements: a *DB reads, a *Tx reads and writes.
type Q interface {
	query(ctx context.Context, s *statement, args []any) (*sql.Rows, error)
}

// runner is what a transaction needs of its connection.
type runner interface {
	query(ctx context.Context, s *statement, args []any) (*sql.Rows, error)
	exec(ctx context.Context, s *statement, args []any) (sql.Result, error)
}

func (tx *Tx) query(ctx context.Context, s *statement, args []any) (*sql.Rows, error) {
	return tx.conn.query(ctx, s, bind(tx.dialect, args))
}

func (tx *Tx) exec(ctx context.Context, s *statement, args []any) (sql.Result, error) {
	return tx.conn.exec(ctx, s, bind(tx.dialect, args))
}

// Open connects to the database named by dsn: a postgres:// URL or the path of
// a SQLite file. It does not migrate.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if IsPostgres(dsn) {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn)
}

// IsPostgres reports whether dsn names a PostgreSQL database.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Tx runs fn in a transaction and returns when it is durable, or with the
// error of fn or of the commit. See the package comment for what fn may do.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	if nested() {
		return ErrNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var after []func()
	run := func(tx *Tx) error {
		tx.after = nil
		err := guarded(tx, fn)
		after = tx.after
		return err
	}
	if err := d.run(ctx, run); err != nil {
		var p *panicked
		if errors.As(err, &p) {
			panic(p)
		}
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

func (d *DB) run(ctx context.Context, fn func(*Tx) error) error {
	if d.Dialect == SQLite {
		return d.writer.submit(ctx, fn)
	}
	return d.runPostgres(ctx, fn)
}

// guarded runs fn and turns a panic into an error, so that the writer outlives
// it. Its place on the stack tells that a function runs within a transaction.
//
//go:noinline
func guarded(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return fn(tx)
}

// panicked carries a panic from the writer to the goroutine that asked.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("panic in a transaction: %v\n%s", p.value, p.stack)
}

func (d *DB) query(ctx context.Context, s *statement, args []any) (*sql.Rows, error) {
	st, err := d.prepared.get(ctx, d.pool, s)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.WithoutCancel(ctx), bind(d.Dialect, args)...)
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.PingContext(ctx) }

// Close ends all work. On SQLite it waits for the writer and empties the
// write-ahead log into the file.
func (d *DB) Close() (err error) {
	d.closed.Do(func() { err = d.close() })
	return err
}

func (d *DB) close() error {
	err := d.pool.Close() // readers first: they would keep the log from being emptied
	if d.writer != nil {
		d.writer.close()
	}
	if d.release != nil {
		d.release()
	}
	return err
}

// nested reports whether it is called from within a function given to Tx: then
// guarded is among its callers. Nobody is so far from it that it is not among
// the nearest.
func nested() bool {
	var nearest [64]uintptr
	for _, pc := range nearest[:runtime.Callers(3, nearest[:])] {
		if runtime.FuncForPC(pc-1).Entry() == guardedEntry {
			return true
		}
	}
	return false
}

var guardedEntry = reflect.ValueOf(guarded).Pointer()

// preparedPool prepares each statement once for the pool.
type preparedPool struct {
	mu    sync.RWMutex
	stmts map[*statement]*sql.Stmt
}

func (p *preparedPool) get(ctx context.Context, pool *sql.DB, s *statement) (*sql.Stmt, error) {
	p.mu.RLock()
	st := p.stmts[s]
	p.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st := p.stmts[s]; st != nil {
		return st, nil
	}
	st, err := pool.PrepareContext(context.WithoutCancel(ctx), s.SQL)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w\n%s", err, s.SQL)
	}
	if p.stmts == nil {
		p.stmts = map[*statement]*sql.Stmt{}
	}
	p.stmts[s] = st
	return st, nil
}
