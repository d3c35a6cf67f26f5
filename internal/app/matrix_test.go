package app_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/sms/smstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds got against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run the test with -update:\n%s", name, diff)
	}
}

// crowd is everybody that a route can be asked by.
type crowd struct {
	s        *apptest.Server
	names    []string
	users    map[string]string // user ids; empty: nobody
	org      string
	strangOr string
	strict   string // requires a second factor
}

func gather(s *apptest.Server) *crowd {
	c := &crowd{s: s, users: map[string]string{}, org: s.Organization("Ours"), strangOr: s.Organization("Theirs"), strict: s.Organization("Strict")}
	add := func(name, id string) { c.names, c.users[name] = append(c.names, name), id }
	add("nobody", "")
	add("half", s.Member("half@example.com", c.org, identity.Owner).ID)
	for _, role := range []identity.Role{identity.Agent, identity.Supervisor, identity.Billing, identity.Admin, identity.Owner} {
		add(string(role), s.Member(string(role)+"@example.com", c.org, role).ID)
	}
	add("required", s.Member("required@example.com", c.strict, identity.Owner).ID)
	s.Rule(c.strict, "mfa.required", `"all"`)
	s.Rule(c.strict, "mfa.grace_days", `0`)
	add("stranger", s.Member("stranger@example.net", c.strangOr, identity.Owner).ID)
	add("none", c.loner("none@example.org"))
	return c
}

// loner is somebody who belongs to no organization any more.
func (c *crowd) loner(address string) (id string) {
	id = c.s.Member(address, c.strangOr, identity.Agent).ID
	ctx := context.Background()
	err := c.s.DB.Tx(ctx, func(tx *db.Tx) error {
		return identity.RemoveMember(ctx, tx, identity.Membership{OrganizationID: c.strangOr, UserID: id})
	})
	if err != nil {
		panic(err)
	}
	return id
}

// browser is a fresh one, because some routes end a session.
func (c *crowd) browser(name string) *apptest.Browser {
	switch name {
	case "nobody":
		return c.s.Browser()
	case "half":
		return c.s.Enter(c.users[name], session.Half)
	}
	return c.s.Enter(c.users[name], session.Full)
}

// path fills a pattern with things of the agent.
func (c *crowd) path(r route.Route) string {
	part := "about"
	if strings.Contains(r.Pattern, "organization") {
		part = "details"
	}
	return strings.NewReplacer("{org}", c.org, "{user}", c.users["agent"], "{part}", part, "{$}", "",
		"{hash}", "0", "{name}", "0", "{file}", "none").Replace(r.Pattern)
}

// restore makes everybody what they were, because some routes end a membership.
func (c *crowd) restore() {
	ctx := context.Background()
	err := c.s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, name := range c.names {
			role := identity.Role(name)
			if !role.Valid() {
				continue
			}
			_, err := identity.MemberOf(ctx, tx, c.org, c.users[name])
			if errors.Is(err, identity.ErrNoMember) {
				err = identity.AddMember(ctx, tx, identity.Membership{OrganizationID: c.org, UserID: c.users[name], Role: role}, c.s.Clock.Now())
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
}

// ask sends what a route takes, with nothing in it.
func (c *crowd) ask(b *apptest.Browser, r route.Route, query string) apptest.Answer {
	c.restore()
	path, contentType, body := c.path(r)+query, "", io.Reader(nil)
	switch r.Body {
	case route.JSON, route.Batch:
		contentType, body = "application/json", strings.NewReader("{}")
	case route.Form, route.Upload:
		contentType, body = "application/x-www-form-urlencoded", strings.NewReader("a=b")
	}
	if r.Rate == route.Stream {
		st := b.Open(path)
		defer st.Close()
		if st.Status == http.StatusOK {
			return apptest.Answer{Status: st.Status, Header: st.Header}
		}
	}
	return b.Do(r.Method, path, contentType, body)
}

func TestEachRouteAnswersEverybodyAsTheTableSays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		lines := []string{"route | " + strings.Join(c.names, " | ")}
		for _, r := range s.Table.Routes() {
			line := r.Method + " " + r.Pattern
			for _, name := range c.names {
				a := c.ask(c.browser(name), r, "")
				line += fmt.Sprintf(" | %d", a.Status)
				checkAnswer(t, name, r, a)
			}
			lines = append(lines, line)
		}
		golden(t, "matrix.txt", strings.Join(lines, "\n")+"\n")
	}, apptest.Texting(smstest.Start(t)))
}

func checkAnswer(t *testing.T, who string, r route.Route, a apptest.Answer) {
	t.Helper()
	where := fmt.Sprintf("%s %s as %s", r.Method, r.Pattern, who)
	if a.Status >= 500 {
		t.Errorf("%s: %d\n%s", where, a.Status, a.Body)
	}
	known := who != "nobody"
	full := known && who != "half"
	refused := a.Status == http.StatusUnauthorized || strings.HasPrefix(a.Header.Get("Location"), "/sign-in?return_to=")
	if need := r.Access.Level; need == route.SignedIn && !full || need == route.Half && !known {
		if !refused {
			t.Errorf("%s got in: %d", where, a.Status)
		}
	} else if a.Status == http.StatusUnauthorized && r.Pattern != "/v1/session" && !strings.HasPrefix(r.Pattern, "/oauth2/") && !strings.HasPrefix(r.Pattern, "/scim/") {
		t.Errorf("%s was not let in", where)
	}
}

// open are the routes for whoever lacks a second factor that is required.
var open = []string{
	"GET /reauthenticate", "POST /reauthenticate", "POST /v1/session/reauthenticate",
	"GET /settings/security", "GET /settings/security/authenticator", "POST /settings/security/authenticator",
	"POST /settings/security/authenticator/confirm",
	"GET /settings/security/passkey", "POST /settings/security/passkey",
	"GET /settings/security/sms", "POST /settings/security/sms", "POST /settings/security/sms/resend", "POST /settings/security/sms/confirm",
	"POST /v1/me/factors/sms", "POST /v1/me/factors/sms/confirm",
	"POST /v1/me/factors/passkeys/options", "POST /v1/me/factors/passkeys",
	"GET /v1/me/factors", "POST /v1/me/factors/totp", "POST /v1/me/factors/totp/confirm",
}

func TestWhoLacksARequiredFactorGetsNowhereButToItsSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		var found []string
		for _, r := range s.Table.Routes() {
			if r.Access.Level != route.SignedIn {
				continue
			}
			a, where := c.ask(c.browser("required"), r, ""), r.Method+" "+r.Pattern
			switch {
			case r.Access.SetUp:
				found = append(found, where)
			case strings.Contains(r.Pattern, "{org}"): // of another organization
				if a.Status != http.StatusNotFound {
					t.Errorf("%s: %d", where, a.Status)
				}
			case r.API():
				a.Refused(http.StatusForbidden, "second_factor_required")
			case r.Method == http.MethodGet:
				if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/settings/security" {
					t.Errorf("%s: %d to %s", where, a.Status, a.Header.Get("Location"))
				}
			case a.Status != http.StatusForbidden:
				t.Errorf("%s: %d", where, a.Status)
			}
		}
		slices.Sort(found)
		if want := slices.Sorted(slices.Values(open)); !slices.Equal(found, want) {
			t.Errorf("open are %q, want %q", found, want)
		}
		own := "/v1/orgs/" + c.strict + "/policy"
		c.browser("required").Get(own).Refused(http.StatusForbidden, "second_factor_required")
	})
}

func TestAHalfSignInOpensNothingButTheWayOutAndPublicPages(t *testing.T) {
	s := apptest.OnSQLite(t)
	for _, r := range s.Table.Routes() {
		if r.Access.Level == route.Half && r.Pattern != "/sign-out" && r.Pattern != "/v1/session" && r.Pattern != "/v1/session/second-factor" {
			t.Errorf("%s %s is open to a half sign-in", r.Method, r.Pattern)
		}
	}
}

func TestForeignOrganizationsAreNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		for _, r := range s.Table.Routes() {
			if !r.API() || r.Access.Level != route.SignedIn {
				continue
			}
			foreign := c.ask(c.browser("stranger"), r, "?organization="+c.org)
			none := c.ask(c.browser("stranger"), r, "?organization=org_01h455vb4pex5vsknk084sn02q")
			foreign.Refused(http.StatusNotFound, "not_found")
			none.Refused(http.StatusNotFound, "not_found")
		}
		c.browser("stranger").JSON(http.MethodPut, "/v1/session/organization", map[string]string{"organization": c.org}).
			Refused(http.StatusNotFound, "no_such_membership")
	})
}

func TestReadingChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		browsers := map[string]*apptest.Browser{}
		for _, name := range c.names {
			browsers[name] = c.browser(name)
		}
		s.Browser().Get("/oauth2/keys").Want(200) // whoever asks first has the first key made
		// The sealer moves entries by itself, so they are counted.
		entries := func() int { rows := s.Rows(); return len(rows["journal"]) + len(rows["journal_inbox"]) }
		before, written := s.Sum(apptest.BySealer...), entries()
		for _, r := range s.Table.Routes() {
			if r.Method != http.MethodGet {
				continue
			}
			for _, name := range c.names {
				c.ask(browsers[name].Copy(), r, "")
				if r.Rate != route.Stream {
					browsers[name].Copy().Do(http.MethodHead, c.path(r), "", nil)
				}
			}
		}
		if s.Sum(apptest.BySealer...) != before || entries() != written {
			t.Error("reading has changed rows")
		}
	})
}
