package member_test

import (
	"database/sql"
	"strings"
	"testing"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

// listing are the statements that answer with a page of the list, and with how
// many members there are.
func listing(t *testing.T) (page, counts string) {
	t.Helper()
	for _, s := range db.Statements() {
		switch {
		case !strings.HasSuffix(s.Package, "/team/member"):
		case strings.Contains(s.SQL, "search_key LIKE"):
			page = s.SQL
		case strings.Contains(s.SQL, "GROUP BY role"):
			counts = s.SQL
		}
	}
	if page == "" || counts == "" {
		t.Fatal("the list has no statements")
	}
	return page, counts
}

// asked are the ways in which the list is asked for.
var asked = map[string][]any{
	"first page": {"org_a", "", "", "", "", "", 51},
	"later page": {"org_a", "number 5", "usr_5", "", "", "", 51},
	"of a role":  {"org_a", "", "", "owner", "", "", 51},
	"a name":     {"org_a", "", "", "", "%number 9999%", "", 51},
	"an address": {"org_a", "", "", "", "%number9999@%", "%number9999@%", 51},
	"nobody":     {"org_a", "", "", "agent", "%zzz%", "%zzz%", 51},
}

// plan is what the database says it will do.
func plan(t *testing.T, pool *sql.DB, explain, statement string, args ...any) string {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), explain+statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(sql.NullString)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, row[len(row)-1].(*sql.NullString).String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestTheListWalksOverOneIndexOnSQLite(t *testing.T) {
	pool, err := sql.Open("sqlite", dbtest.SQLiteFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	page, counts := listing(t)
	for name, args := range asked {
		p := plan(t, pool, "EXPLAIN QUERY PLAN ", page, args...)
		if !strings.Contains(p, "memberships USING COVERING INDEX memberships_list (organization_id=? AND (sort_key,user_id)>(?,?))") ||
			strings.Contains(strings.ReplaceAll(p, "SCAN found", ""), "SCAN") {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	if p := plan(t, pool, "EXPLAIN QUERY PLAN ", counts, "org_a"); !strings.Contains(p, "SEARCH memberships USING COVERING INDEX") {
		t.Errorf("counts:\n%s", p)
	}
}

// many are 10,000 members of one organization and 90,000 of others.
const many = `
	INSERT INTO users (id, display_name, created_at, updated_at, updated_by)
		SELECT 'usr_' || i, 'Number ' || i, now(), now(), '' FROM generate_series(0, 99999) i;
	INSERT INTO organizations (id, name, created_at, updated_at)
		SELECT 'org_' || chr(97 + i), 'Company', now(), now() FROM generate_series(0, 9) i;
	INSERT INTO memberships (organization_id, user_id, role, designation, is_main, since, sort_key, search_key, address_key)
		SELECT 'org_' || chr(97 + i % 10), 'usr_' || i, CASE WHEN i < 10 THEN 'owner' ELSE 'agent' END, '', TRUE, now(),
			'number ' || i, 'number ' || i, 'number' || i || '@example.com' FROM generate_series(0, 99999) i;
	INSERT INTO emails (id, user_id, address, normalized, is_primary, verified_at, created_at)
		SELECT 'eml_' || i, 'usr_' || i, 'number' || i || '@example.com', 'number' || i || '@example.com', TRUE, now(), now()
		FROM generate_series(0, 99999) i`

func TestTheListWalksOverOneIndexOnPostgreSQL(t *testing.T) {
	pool, err := sql.Open("pgx", dbtest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, statement := range append(strings.Split(many, ";"), "VACUUM ANALYZE users", "VACUUM ANALYZE memberships", "VACUUM ANALYZE emails") {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	page, counts := listing(t)
	for name, args := range asked {
		if p := plan(t, pool, "EXPLAIN ", page, args...); strings.Contains(p, "Seq Scan") || !strings.Contains(p, "using memberships_list on memberships") {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	if p := plan(t, pool, "EXPLAIN ", counts, "org_a"); strings.Contains(p, "Seq Scan") {
		t.Errorf("counts:\n%s", p)
	}
}
