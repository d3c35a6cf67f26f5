package apptest

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"nameplate/internal/platform/db"
)

// BySealer are the tables in which entries of the journal move by themselves.
var BySealer = []string{"journal", "journal_inbox", "leases", "instance"}

// Rows returns every row of the database as text, by table. It reads over a
// connection of its own, so that a test sees what is durable, and all of it at
// one moment, so that no entry is between two tables.
func (s *Server) Rows() map[string][]string {
	s.t.Helper()
	columns, err := s.DB.Columns(s.t.Context())
	s.must(err)
	pool := s.open()
	defer pool.Close()
	snapshot, err := pool.BeginTx(s.t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	s.must(err)
	defer snapshot.Rollback()
	all := map[string][]string{}
	for table := range columns {
		all[table] = s.dump(snapshot, table)
	}
	return all
}

func (s *Server) open() *sql.DB {
	s.t.Helper()
	driver, dsn := "sqlite", "file:"+s.Config.Data+"/nameplate.db?_pragma=query_only(1)&_pragma=busy_timeout(5000)"
	if s.DB.Dialect == db.Postgres {
		driver, dsn = "pgx", s.Config.Database.Reveal()
	}
	pool, err := sql.Open(driver, dsn)
	s.must(err)
	return pool
}

func (s *Server) dump(from *sql.Tx, table string) []string {
	s.t.Helper()
	rows, err := from.QueryContext(s.t.Context(), "SELECT * FROM "+table)
	s.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	s.must(err)
	var all []string
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		s.must(rows.Scan(into...))
		all = append(all, text(names, values))
	}
	s.must(rows.Err())
	slices.Sort(all)
	return all
}

func text(names []string, values []any) string {
	line := ""
	for i, v := range values {
		if raw, ok := v.([]byte); ok {
			v = hex.EncodeToString(raw)
		}
		line += fmt.Sprintf("%s=%v ", names[i], v)
	}
	return line
}

// Changed returns the rows that came and went between two readings, but for
// these tables.
func Changed(before, after map[string][]string, without ...string) (rows []string) {
	for table := range after {
		if slices.Contains(without, table) {
			continue
		}
		for _, r := range after[table] {
			if !slices.Contains(before[table], r) {
				rows = append(rows, "+ "+table+": "+r)
			}
		}
		for _, r := range before[table] {
			if !slices.Contains(after[table], r) {
				rows = append(rows, "- "+table+": "+r)
			}
		}
	}
	return rows
}

// Sum stands for everything in the database but these tables.
func (s *Server) Sum(without ...string) string {
	s.t.Helper()
	rows := s.Rows()
	h := sha256.New()
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		if !slices.Contains(without, table) {
			fmt.Fprintln(h, table, rows[table])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
