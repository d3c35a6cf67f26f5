// Package dbtest gives tests an empty, migrated database of each kind.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/platform/db"
)

// URL names the PostgreSQL server that tests may create databases on.
// scripts/with-postgres starts one and sets it.
const URL = "NAMEPLATE_TEST_POSTGRES"

// Each runs fn as a subtest on every database.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, NewSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, NewPostgres(t))
	})
}

// NewSQLite returns an empty SQLite database.
func NewSQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, SQLiteFile(t))
}

// SQLiteFile returns the path of an empty SQLite database that nobody has open.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	image, err := sqliteImage()
	check(t, err)
	path := filepath.Join(t.TempDir(), "nameplate.db")
	check(t, os.WriteFile(path, image, 0o600))
	return path
}

// sqliteImage is the file of a migrated database, made once for each test binary.
var sqliteImage = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "dbtest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// NewPostgres returns an empty PostgreSQL database.
func NewPostgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL returns the URL of an empty PostgreSQL database: a copy of a
// template that is made once for each test binary. Without a server the test
// fails, because half of what it should show would go unseen.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := postgresServer(t)
	template, err := postgresTemplate()
	check(t, err)
	return postgresFrom(t, server, template)
}

// BarePostgresURL returns the URL of a PostgreSQL database without a table.
func BarePostgresURL(t testing.TB) string {
	t.Helper()
	return postgresFrom(t, postgresServer(t), "template1")
}

func postgresServer(t testing.TB) string {
	t.Helper()
	server := os.Getenv(URL)
	if server == "" {
		t.Fatal(URL + " is not set; run scripts/with-postgres go test …")
	}
	return server
}

func postgresFrom(t testing.TB, server, template string) string {
	t.Helper()
	root, err := sql.Open("pgx", server)
	check(t, err)
	t.Cleanup(func() { root.Close() })
	name := unique()
	_, err = root.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + template)
	check(t, err)
	t.Cleanup(func() {
		if _, err := root.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Log(err)
		}
	})
	return at(server, name)
}

var postgresTemplate = sync.OnceValues(func() (string, error) {
	server, name := os.Getenv(URL), unique()
	root, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if _, err := root.Exec(`CREATE DATABASE ` + name); err != nil {
		return "", err
	}
	return name, migrate(at(server, name))
})

func migrate(dsn string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	return d.Close()
}

func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dsn)
	check(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func at(server, name string) string {
	u, _ := url.Parse(server)
	u.Path = "/" + name
	return u.String()
}

func unique() string { return "test_" + strings.ToLower(rand.Text()) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
