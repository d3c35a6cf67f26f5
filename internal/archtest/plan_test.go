package archtest_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

// short are tables that stay so short, or statements that run so seldom, that
// one may walk over all of their rows.
var short = map[string]string{
	"kernel/journal journal_inbox":          "what waits to be sealed, for a blink",
	"kernel/journal checkpoints":            "one a day",
	"kernel/policy policy_values":           "once, when an account ends",
	"reach/taskrouter taskrouter_workers":   "now and then, when all workers are looked at",
	"platform/sms texts":                    "texts that wait to be sent",
	"access/factor sms_codes":               "codes of the last minutes",
	"team/organization ownership_transfers": "offers of the last days",
	"team/request field_requests":           "requests of the last weeks",
	"connect/chatwoot chatwoots":            "connections that somebody has made",
	"connect/webhook webhooks":              "receivers that somebody has set up",
	"connect/openid openid_keys":            "the keys that are published: two or three",
	"platform/mail mails":                   "mails that wait to be sent; an operator lists them",
}

func TestEveryStatementFindsItsRowsByAnIndex(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		pool := connect(t, "sqlite", dbtest.SQLiteFile(t))
		walked := regexp.MustCompile(`^SCAN (\w+)$`)
		for _, s := range db.Statements() {
			for _, line := range plan(t, pool, 4, "EXPLAIN QUERY PLAN "+s.SQL, make([]any, parameters(s.SQL))...) {
				if m := walked.FindStringSubmatch(line); m != nil {
					mayWalk(t, s, m[1])
				}
			}
		}
	})
	t.Run("postgres", func(t *testing.T) {
		pool := connect(t, "pgx", dbtest.PostgresURL(t))
		pool.SetMaxOpenConns(1)
		run(t, pool, "SET enable_seqscan = off")
		run(t, pool, "SET plan_cache_mode = force_generic_plan")
		walked := regexp.MustCompile(`Seq Scan on (\w+)`)
		for i, s := range db.Statements() {
			run(t, pool, fmt.Sprintf("PREPARE s%d AS %s", i, s.SQL))
			for _, line := range plan(t, pool, 1, fmt.Sprintf("EXPLAIN EXECUTE s%d%s", i, nulls(parameters(s.SQL)))) {
				if m := walked.FindStringSubmatch(line); m != nil {
					mayWalk(t, s, m[1])
				}
			}
		}
	})
}

// mayWalk complains if a statement walks over a table that isn't short. Names
// that are no table's are those of a part of the statement.
func mayWalk(t *testing.T, s db.Statement, name string) {
	t.Helper()
	table := name
	if m := regexp.MustCompile(`(\w+) (?:AS )?` + name + `\b`).FindStringSubmatch(s.SQL); owners[name] == "" && m != nil {
		table = m[1]
	}
	pkg := strings.TrimPrefix(s.Package, module+"internal/")
	if owners[table] != "" && short[pkg+" "+table] == "" {
		t.Errorf("%s walks over all of %s:\n%s", pkg, table, s.SQL)
	}
}

// plan returns the last of some columns of each row.
func plan(t *testing.T, pool *sql.DB, columns int, text string, args ...any) (lines []string) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		dest := make([]any, columns)
		for i := range dest {
			dest[i] = new(any)
		}
		dest[columns-1] = &line
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return lines
}

func run(t *testing.T, pool *sql.DB, text string) {
	t.Helper()
	if _, err := pool.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// nulls are n arguments.
func nulls(n int) string {
	if n == 0 {
		return ""
	}
	return "(NULL" + strings.Repeat(", NULL", n-1) + ")"
}
