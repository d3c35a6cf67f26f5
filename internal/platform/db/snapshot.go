package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Snapshot is the whole database at one moment, for backups. Its values have
// one form for both engines, which is that of SQLite: nil, int64, string or
// []byte, with times in microseconds since 1970 and truths as 0 or 1.
type Snapshot struct {
	// Schema is the version of the schema.
	Schema int64
	// Tables are all of them, each behind those that it refers to.
	Tables []string

	tx *sql.Tx
}

// Snapshot calls fn with the database as it is now. Whatever is written
// meanwhile, fn does not see it, and nobody waits for fn.
func (d *DB) Snapshot(ctx context.Context, fn func(*Snapshot) error) error {
	tx, err := d.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if d.Dialect == SQLite {
		tx, err = d.pool.BeginTx(ctx, nil) // its readers can't write, and see one moment anyway
	}
	if err != nil {
		return fmt.Errorf("begin a snapshot: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it has changed nothing
	if d.Dialect == Postgres {
		if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
	}
	s := &Snapshot{tx: tx}
	if err := tx.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&s.Schema); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if s.Tables, err = d.tables(ctx, tx); err != nil {
		return err
	}
	return fn(s)
}

// Rows calls fn with each row of a table. The values are fn's only until it
// returns.
func (s *Snapshot) Rows(ctx context.Context, table string, fn func(columns []string, values []any) error) error {
	rows, err := s.tx.QueryContext(ctx, "SELECT * FROM "+quote(table))
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		for i, v := range values {
			values[i] = neutral(v)
		}
		if err := fn(columns, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// neutral puts a value into the form of SQLite.
func neutral(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UnixMicro()
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	}
	return v
}

// catalogs list the tables of each engine, and which refers to which.
var catalogs = map[Dialect][2]string{
	SQLite: {
		`SELECT name, '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
		`SELECT m.name, f."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
	},
	Postgres: {
		`SELECT tablename, '' FROM pg_tables WHERE schemaname = current_schema()`,
		`SELECT c.relname, r.relname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
			WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace`,
	},
}

// versions is the table of goose, which says which migrations have run.
const versions = "goose_db_version"

// tables lists the tables but that of the migrations, each behind those that it
// refers to.
func (d *DB) tables(ctx context.Context, from queryer) ([]string, error) {
	var found [2]map[string][]string
	for i, text := range catalogs[d.Dialect] {
		rows, err := from.QueryContext(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("list the tables: %w", err)
		}
		found[i], err = collect(rows)
		if err := errors.Join(err, rows.Close()); err != nil {
			return nil, err
		}
	}
	var names []string
	for name := range found[0] {
		if name != versions {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return ordered(names, found[1])
}

type queryer interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// ordered puts each name behind those that it refers to.
func ordered(names []string, refers map[string][]string) (out []string, err error) {
	for len(names) > 0 {
		rest := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			waits := slices.ContainsFunc(refers[name], func(to string) bool { return to != name && slices.Contains(names, to) })
			if !waits {
				out = append(out, name)
			}
			return !waits
		})
		if len(rest) == len(names) {
			return nil, fmt.Errorf("tables refer to each other in a circle: %s", strings.Join(rest, ", "))
		}
		names = rest
	}
	return out, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
