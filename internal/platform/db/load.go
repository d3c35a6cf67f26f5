package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Loader fills the tables of an empty database from a [Snapshot]'s values.
type Loader interface {
	// Table takes the rows of one table, for as long as next returns one. Tables
	// come in the order of [Snapshot.Tables].
	Table(ctx context.Context, name string, columns []string, next func() (values []any, err error)) error
}

// Load runs fn in one transaction. All that rows refer to must be there at the
// end of it.
func (d *DB) Load(ctx context.Context, fn func(Loader) error) error {
	if d.Dialect == SQLite {
		return d.loadSQLite(ctx, fn)
	}
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		return pgx.BeginFunc(ctx, raw.(*stdlib.Conn).Conn(), func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
				return err
			}
			return fn(postgresLoader{tx})
		})
	})
}

// loadSQLite has a connection of its own, on which references are looked at
// once, at the end.
func (d *DB) loadSQLite(ctx context.Context, fn func(Loader) error) error {
	pool, err := sql.Open("sqlite", sqliteDSN(d.file))
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	if _, err := pool.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	if err := fn(sqliteLoader{tx}); err != nil {
		return err
	}
	if err := unbroken(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// unbroken looks whether all that rows refer to is there.
func unbroken(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT "table", parent FROM pragma_foreign_key_check`)
	if err != nil {
		return err
	}
	defer rows.Close()
	broken, err := collect(rows)
	for table, to := range broken {
		return fmt.Errorf("a row of %s refers to one of %s that is not there", table, to[0])
	}
	return err
}

type sqliteLoader struct{ tx *sql.Tx }

func (l sqliteLoader) Table(ctx context.Context, name string, columns []string, next func() ([]any, error)) error {
	insert, err := l.tx.PrepareContext(ctx, "INSERT INTO "+quote(name)+" ("+list(columns)+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	defer insert.Close()
	for {
		values, err := next()
		if err != nil || values == nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
	}
}

func list(columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	return strings.Join(quoted, ", ")
}

type postgresLoader struct{ tx pgx.Tx }

func (l postgresLoader) Table(ctx context.Context, name string, columns []string, next func() ([]any, error)) error {
	types, err := l.types(ctx, name)
	if err != nil {
		return err
	}
	var failed error
	row := func() (values []any, err error) {
		values, failed = next()
		for i, v := range values {
			values[i] = native(types[columns[i]], v)
		}
		return values, failed
	}
	_, err = l.tx.CopyFrom(ctx, pgx.Identifier{name}, columns, pgx.CopyFromFunc(row))
	if failed != nil {
		return failed // the server's words for it say less
	}
	if err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	return nil
}

func (l postgresLoader) types(ctx context.Context, table string) (map[string]string, error) {
	rows, err := l.tx.Query(ctx, `SELECT column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1`, table)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	var column, kind string
	_, err = pgx.ForEachRow(rows, []any{&column, &kind}, func() error {
		types[column] = kind
		return nil
	})
	return types, err
}

// native is neutral's way back.
func native(kind string, v any) any {
	n, isNumber := v.(int64)
	switch {
	case isNumber && kind == "timestamp with time zone":
		return time.UnixMicro(n).UTC()
	case isNumber && kind == "boolean":
		return n != 0
	}
	return v
}
