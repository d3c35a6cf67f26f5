package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Aside is a new database beside one that is in use or was, so that the new one
// can be filled and looked at before it takes the other's place. On SQLite it
// is a file, on PostgreSQL a schema.
type Aside struct {
	*DB
	// Taken reports whether there is a database in the place.
	Taken bool

	dsn    string
	unlock func()
}

// Where the new one stands until it moves.
const (
	asideFile   = ".restoring"
	asideSchema = "nameplate_restoring"
)

// OpenAside makes an empty database beside that of dsn and keeps others from
// opening that meanwhile. It returns ErrInUse where somebody has it open. What
// an earlier one left behind is removed.
func OpenAside(ctx context.Context, dsn string) (*Aside, error) {
	if IsPostgres(dsn) {
		return asidePostgres(ctx, dsn)
	}
	unlock, err := lockFile(dsn + ".lock")
	if err != nil {
		return nil, err
	}
	a := &Aside{dsn: dsn, Taken: there(dsn), unlock: unlock}
	if err = removeSQLite(dsn + asideFile); err == nil {
		a.DB, err = Open(ctx, dsn+asideFile)
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return a, nil
}

// Move puts the new database in the place of the old one, which is kept under
// the name that is returned; empty if there was none. The new one is closed.
func (a *Aside) Move(ctx context.Context, mark string) (kept string, err error) {
	if a.Dialect == Postgres {
		return a.movePostgres(ctx, mark)
	}
	defer a.unlock()
	if err := a.DB.Close(); err != nil {
		return "", err
	}
	if a.Taken {
		kept = a.dsn + "." + mark
		if err := a.keepSQLite(kept); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.Rename(a.dsn+asideFile, a.dsn), removeSQLite(a.dsn+asideFile)); err != nil {
		return "", err
	}
	return kept, syncFolder(filepath.Dir(a.dsn))
}

// keepSQLite gives the old database a second name. Its log goes first: beside
// the new file it would be read as that file's.
func (a *Aside) keepSQLite(kept string) error {
	if err := os.Rename(a.dsn+"-wal", kept+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(a.dsn + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(a.dsn, kept)
}

// Drop removes the new database and leaves the old one as it is.
func (a *Aside) Drop(ctx context.Context) error {
	if a.Dialect == Postgres {
		_, err := a.pool.ExecContext(ctx, "DROP SCHEMA "+asideSchema+" CASCADE")
		return errors.Join(err, a.DB.Close())
	}
	defer a.unlock()
	return errors.Join(a.DB.Close(), removeSQLite(a.dsn+asideFile))
}

func removeSQLite(file string) error {
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(file + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func there(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func asidePostgres(ctx context.Context, dsn string) (*Aside, error) {
	place, err := Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	a := &Aside{dsn: dsn}
	names, err := place.tables(ctx, place.pool)
	if err != nil {
		return nil, err
	}
	if a.Taken = slices.Contains(names, "instance"); a.Taken {
		if err := place.alone(ctx); err != nil {
			return nil, err
		}
	}
	for _, text := range []string{"DROP SCHEMA IF EXISTS " + asideSchema + " CASCADE", "CREATE SCHEMA " + asideSchema} {
		if _, err := place.pool.ExecContext(ctx, text); err != nil {
			return nil, fmt.Errorf("make room beside the database: %w", err)
		}
	}
	at, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database url: %w", err)
	}
	options := at.Query()
	options.Set("search_path", asideSchema)
	at.RawQuery = options.Encode()
	a.DB, err = Open(ctx, at.String())
	return a, err
}

// Connections that were closed are still listed for a moment.
const (
	lingerings = 20
	lingering  = 100 * time.Millisecond
)

// alone returns ErrInUse if anybody else is connected as this user: on
// PostgreSQL no file tells that a server runs.
func (d *DB) alone(ctx context.Context) error {
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for range lingerings {
		var others int
		err = conn.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND usename = current_user AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lingering):
		}
	}
	return ErrInUse
}

// moves are the statements that move every table and function of the schema
// that $1 names which the schema that is restored has too.
const moves = `
	SELECT format('ALTER TABLE %I.%I SET SCHEMA %I', $1::text, tablename, $2::text) FROM pg_tables
		WHERE schemaname = $1 AND tablename IN (SELECT tablename FROM pg_tables WHERE schemaname = $3)
	UNION ALL
	SELECT format('ALTER FUNCTION %s SET SCHEMA %I', p.oid::regprocedure, $2::text) FROM pg_proc p
		WHERE p.pronamespace = $1::text::regnamespace
			AND p.proname IN (SELECT proname FROM pg_proc WHERE pronamespace = $3::text::regnamespace)`

// movePostgres moves old tables out and new ones in, all in one transaction.
func (a *Aside) movePostgres(ctx context.Context, mark string) (kept string, err error) {
	if err := a.DB.Close(); err != nil {
		return "", err
	}
	place, err := Open(ctx, a.dsn)
	if err != nil {
		return "", err
	}
	defer place.Close()
	tx, err := place.pool.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	var here string
	if err := tx.QueryRowContext(ctx, "SELECT current_schema()").Scan(&here); err != nil {
		return "", err
	}
	if a.Taken {
		kept = "nameplate_" + strings.ToLower(strings.ReplaceAll(mark, "-", "_"))
		if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+quote(kept)); err != nil {
			return "", err
		}
		if err := a.shift(ctx, tx, here, kept); err != nil {
			return "", err
		}
	}
	if err := a.shift(ctx, tx, asideSchema, here); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "DROP SCHEMA "+asideSchema); err != nil {
		return "", err
	}
	return kept, tx.Commit()
}

func (a *Aside) shift(ctx context.Context, tx *sql.Tx, from, to string) error {
	rows, err := tx.QueryContext(ctx, moves, from, to, asideSchema)
	if err != nil {
		return err
	}
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return errors.Join(err, rows.Close())
		}
		all = append(all, text)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, text := range all {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}
