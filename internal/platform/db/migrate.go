package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Migrations are written for PostgreSQL and run on both. Where SQLite must
// differ, a file of the same name ending in .sqlite.sql takes the place of the
// common one.
//
//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer means that a newer version of the program has used this database.
var ErrNewer = errors.New("the database was written by a newer version of Nameplate; start that version, or restore a backup")

// forSQLite spells the types of a common file for STRICT tables. A line that
// is only ");" ends a table.
var forSQLite = strings.NewReplacer(
	"TIMESTAMPTZ", "INTEGER", "BIGINT", "INTEGER", "BOOLEAN", "INTEGER", "BYTEA", "BLOB", "\n);", "\n) STRICT;")

// Migrate brings the schema up to date, each step in a transaction of its own.
// Several processes may do so at once. It returns ErrNewer if the schema is
// ahead of this program.
func (d *DB) Migrate(ctx context.Context) error { return d.migrate(ctx, newest) }

// MigrateTo brings an empty schema to an older version, which a backup of it
// fits into.
func (d *DB) MigrateTo(ctx context.Context, version int64) error { return d.migrate(ctx, version) }

// newest stands for the version of this program.
const newest = math.MaxInt64

func (d *DB) migrate(ctx context.Context, to int64) error {
	pool, done, err := d.migrationPool()
	if err != nil {
		return err
	}
	defer done()
	p, err := d.provider(pool)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if have > want || to > want && to != newest {
		return ErrNewer
	}
	if have == min(to, want) {
		return nil
	}
	if _, err := p.UpTo(ctx, min(to, want)); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migrationPool returns connections for goose. On SQLite they are its own and
// are closed after it: one that stayed would keep the write-ahead log from being
// emptied.
func (d *DB) migrationPool() (pool *sql.DB, done func(), err error) {
	if d.Dialect == Postgres {
		return d.pool, func() {}, nil
	}
	if pool, err = sql.Open("sqlite", sqliteDSN(d.file)); err != nil {
		return nil, nil, fmt.Errorf("open sqlite: %w", err)
	}
	return pool, func() { pool.Close() }, nil
}

func (d *DB) provider(pool *sql.DB) (*goose.Provider, error) {
	steps, err := d.steps()
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true)}
	if d.Dialect == SQLite {
		return goose.NewProvider(database.DialectSQLite3, pool, nil, options...)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(database.DialectPostgres, pool, nil, append(options, goose.WithSessionLocker(locker))...)
}

// steps turns each file into one migration. The number before the first
// underscore of its name is its version.
func (d *DB) steps() ([]*goose.Migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, name := range names {
		if strings.HasSuffix(name, ".sqlite.sql") {
			continue
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		text, err := d.migration(name)
		if err != nil {
			return nil, err
		}
		up := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text)
			return err
		}
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{RunTx: up}, nil))
	}
	return steps, nil
}

// migration returns the text of a step for this database.
func (d *DB) migration(name string) (string, error) {
	if d.Dialect == SQLite {
		if own, err := migrations.ReadFile(strings.TrimSuffix(name, ".sql") + ".sqlite.sql"); err == nil {
			return string(own), nil
		}
	}
	text, err := migrations.ReadFile(name)
	if err != nil || d.Dialect == Postgres {
		return string(text), err
	}
	return forSQLite.Replace(string(text)), nil
}

// Columns returns the columns of every table, for tests that hold the schema
// against who owns what.
func (d *DB) Columns(ctx context.Context) (map[string][]string, error) {
	text := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`
	if d.Dialect == Postgres {
		text = `SELECT table_name, column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'`
	}
	rows, err := d.pool.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return collect(rows)
}

func collect(rows *sql.Rows) (map[string][]string, error) {
	out := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		out[table] = append(out[table], column)
	}
	return out, rows.Err()
}
