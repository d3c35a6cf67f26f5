package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConnections bounds the pool of one node.
const postgresConnections = 24

// statementTimeout, in milliseconds, ends what a client that hung up no longer
// can: a cancelled context would close the connection, and many of them at once
// would leave others with closed ones.
const statementTimeout = "15000"

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database url: %w", err)
	}
	cfg.RuntimeParams["timezone"] = "UTC"
	// What a person was told is saved is on disk, whatever the server's default.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["statement_timeout"] = statementTimeout
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(postgresConnections)
	pool.SetMaxIdleConns(postgresConnections)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return &DB{Dialect: Postgres, pool: pool, config: cfg}, nil
}

// runPostgres runs fn in a transaction of its own. pgx prepares and caches
// statements for each connection by itself.
func (d *DB) runPostgres(ctx context.Context, fn func(*Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	if err := fn(&Tx{dialect: Postgres, conn: postgresTx{tx}}); err != nil {
		return err
	}
	return tx.Commit()
}

type postgresTx struct{ tx *sql.Tx }

func (p postgresTx) query(ctx context.Context, s *statement, args []any) (*sql.Rows, error) {
	return p.tx.QueryContext(context.WithoutCancel(ctx), s.SQL, args...)
}

func (p postgresTx) exec(ctx context.Context, s *statement, args []any) (sql.Result, error) {
	return p.tx.ExecContext(context.WithoutCancel(ctx), s.SQL, args...)
}

// Durable reports whether the server keeps what it acknowledged through a
// power cut. SQLite always does here.
func (d *DB) Durable(ctx context.Context) (bool, error) {
	if d.Dialect == SQLite {
		return true, nil
	}
	var fsync string
	err := d.pool.QueryRowContext(ctx, "SHOW fsync").Scan(&fsync)
	return fsync == "on", err
}
