package archtest_test

import (
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "nameplate/internal/app" // declares every statement of the program
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

// owners says which package a table belongs to.
var owners = map[string]string{
	"instance": "kernel/identity", "users": "kernel/identity", "emails": "kernel/identity",
	"organizations": "kernel/identity", "memberships": "kernel/identity",
	"sessions":      "kernel/session",
	"devices":       "kernel/device",
	"policy_values": "kernel/policy",
	"revert_keys":   "kernel/notice",
	"subjects":      "kernel/journal", "journal": "kernel/journal", "journal_inbox": "kernel/journal", "leases": "kernel/journal", "checkpoints": "kernel/journal",
	"jobs":      "platform/jobs",
	"one_time":  "platform/once",
	"throttles": "platform/limit",
	"mails":     "platform/mail",
	"texts":     "platform/sms",
	"passwords": "access/password", "password_holds": "access/password",
	"factors": "access/factor", "backup_codes": "access/factor", "passkeys": "access/factor", "sms_codes": "access/factor",
	"tokens": "connect/token", "token_scopes": "connect/token",
	"chatwoots": "connect/chatwoot", "chatwoot_agents": "connect/chatwoot",
	"billing_customers": "team/billing", "billing_events": "team/billing",
	"webhooks": "connect/webhook", "webhook_deliveries": "connect/webhook",
	"clients": "connect/client", "client_scopes": "connect/client", "client_secrets": "connect/client", "client_tokens": "connect/client",
	"client_assertions": "connect/client",
	"openid_apps":       "connect/openid", "openid_grants": "connect/openid", "openid_logins": "connect/openid", "openid_tokens": "connect/openid",
	"openid_keys":  "connect/openid",
	"signups":      "access/signup",
	"pictures":     "kernel/portrait",
	"interactions": "who/preferences", "configurations": "who/preferences",
	"notification_settings": "reach/notify", "notification_decisions": "reach/notify", "notification_mails": "reach/notify", "notification_pushes": "reach/notify",
	"push_devices": "reach/push",
	"events":       "reach/notify", "conversation_reads": "reach/notify",
	"taskrouter_pushes": "reach/taskrouter", "taskrouter_workers": "reach/taskrouter", "taskrouter_channels": "reach/taskrouter",
	"member_channels": "reach/channel", "reservations": "reach/channel",
	"focus":   "reach/focus",
	"signals": "reach/stream", "signal_counts": "reach/stream",
	"email_changes": "access/address", "pending_emails": "access/address",
	"field_requests": "team/request", "field_request_answers": "team/request",
	"domains":            "team/domain",
	"identity_providers": "access/sso", "provider_identities": "access/sso", "provider_answers": "access/sso", "provider_keys": "access/sso", "provider_arrivals": "access/sso",
	"organization_details": "team/organization", "ownership_transfers": "team/organization",
	"invitations":       "team/invitation",
	"digital_employees": "team/employee",
	"messages":          "reach/message",
	"provided_fields":   "kernel/provenance",
	"scim_tokens":       "team/provision", "scim_users": "team/provision", "scim_groups": "team/provision", "scim_members": "team/provision", "scim_faults": "team/provision",
}

var named = regexp.MustCompile(`(?i)\b(?:from|join|into|update|table)\s+([a-z_]+)`)

// tables returns the tables that a statement names.
func tables(text string) []string {
	found := map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if name := strings.ToLower(m[1]); name != "set" { // ON CONFLICT … DO UPDATE SET
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestAStatementNamesItsOwnTablesAndTheKernels(t *testing.T) {
	for _, s := range db.Statements() {
		pkg := strings.TrimPrefix(s.Package, module+"internal/")
		names := tables(s.SQL)
		if len(names) == 0 {
			t.Errorf("%s names no table:\n%s", pkg, s.SQL)
		}
		for _, table := range names {
			owner := owners[table]
			switch {
			case owner == "":
				t.Errorf("%s names %s, which belongs to nobody", pkg, table)
			case owner != pkg && (!strings.HasPrefix(owner, "kernel/") || strings.HasPrefix(pkg, "platform/")):
				t.Errorf("%s names %s, which belongs to %s:\n%s", pkg, table, owner, s.SQL)
			}
		}
	}
}

func TestEveryTableHasAnOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		columns, err := d.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for table := range columns {
			if owners[table] == "" {
				t.Errorf("%s belongs to nobody", table)
			}
		}
		for table := range owners {
			if columns[table] == nil {
				t.Errorf("%s is no table", table)
			}
		}
	})
}

func TestStatementsAreTheSameTextForBothDatabases(t *testing.T) {
	never := regexp.MustCompile(`(?i)\bnow\(\)|current_timestamp|for update|skip locked|ilike|\boffset\b|\?|select \*|::|\barray\b`)
	for _, s := range db.Statements() {
		if word := never.FindString(s.SQL); word != "" {
			t.Errorf("%s uses %s:\n%s", s.Package, word, s.SQL)
		}
	}
}

func TestEveryStatementIsUnderstoodBySQLite(t *testing.T) {
	pool := connect(t, "sqlite", dbtest.SQLiteFile(t))
	for _, s := range db.Statements() {
		args := make([]any, parameters(s.SQL))
		rows, err := pool.QueryContext(t.Context(), "EXPLAIN "+s.SQL, args...)
		if err != nil {
			t.Errorf("%s: %v\n%s", s.Package, err, s.SQL)
			continue
		}
		rows.Close()
	}
}

func TestEveryStatementIsUnderstoodByPostgreSQL(t *testing.T) {
	pool := connect(t, "pgx", dbtest.PostgresURL(t))
	for _, s := range db.Statements() {
		st, err := pool.PrepareContext(t.Context(), s.SQL)
		if err != nil {
			t.Errorf("%s: %v\n%s", s.Package, err, s.SQL)
			continue
		}
		st.Close()
	}
}

func connect(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	if n := len(db.Statements()); n < 50 {
		t.Fatalf("only %d statements were found", n)
	}
	return pool
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// parameters is the n of the highest $n.
func parameters(text string) int {
	most := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return most
}
