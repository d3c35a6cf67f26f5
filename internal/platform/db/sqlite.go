package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	_ "modernc.org/sqlite" // the driver named "sqlite", without cgo
)

// sqliteReaders bounds the connections that read beside the writer.
const sqliteReaders = 8

// ErrInUse means that another process has the database open.
var ErrInUse = errors.New("another process has this database open")

func openSQLite(ctx context.Context, file string) (*DB, error) {
	release, err := lockFile(file + ".lock")
	if err != nil {
		return nil, err
	}
	if err := private(file); err != nil {
		release()
		return nil, err
	}
	d := &DB{Dialect: SQLite, file: file, release: release}
	if d.writer, err = openWriter(ctx, file); err != nil {
		release()
		return nil, err
	}
	if d.pool, err = sql.Open("sqlite", sqliteDSN(file, "query_only(1)")); err != nil {
		d.writer.close()
		release()
		return nil, fmt.Errorf("open readers: %w", err)
	}
	d.pool.SetMaxOpenConns(sqliteReaders)
	d.pool.SetMaxIdleConns(sqliteReaders)
	return d, nil
}

// private makes the file before SQLite does, so that it and the files beside it
// are its owner's alone.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return f.Close()
}

// sqliteDSN names the file with the pragmas of every connection. busy_timeout
// comes first, because the others already need it.
func sqliteDSN(file string, more ...string) string {
	pragmas := append([]string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)",
		"foreign_keys(1)", "trusted_schema(0)", "wal_autocheckpoint(0)", "temp_store(MEMORY)",
	}, more...)
	path := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	return "file:" + path + "?" + url.Values{"_pragma": pragmas}.Encode()
}

// lockFile takes the file for this process. The kernel gives it back when the
// process ends, however it ends.
func lockFile(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	return func() { f.Close() }, nil
}
