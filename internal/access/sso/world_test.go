package sso_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/dns/dnstest"
)

type fields = map[string]any

// world is an organization with a proved domain and a provider.
type world struct {
	*apptest.Server
	t     *testing.T
	op    *ssotest.Provider
	org   string
	owner apptest.Somebody // with an address elsewhere
	id    string           // of the provider
}

var settings = func(dns string) []apptest.Setting {
	return []apptest.Setting{apptest.Asking(dns), apptest.Reaching("127.0.0.1/32"), apptest.Mailed()}
}

// each has a name server for each database: both prove the same domain.
func each(t *testing.T, fn func(t *testing.T, w world)) {
	t.Helper()
	for name, on := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := dnstest.New(t)
			fn(t, build(t, on(t, settings(names.Addr)...), names))
		})
	}
}

func one(t *testing.T) world {
	t.Helper()
	names := dnstest.New(t)
	return build(t, apptest.OnSQLite(t, settings(names.Addr)...), names)
}

func build(t *testing.T, s *apptest.Server, names *dnstest.Server) world {
	t.Helper()
	w := world{Server: s, t: t, op: ssotest.New(t, s.Clock.Now), org: s.Organization("Acme")}
	w.owner = s.Member("owner@elsewhere.test", w.org, identity.Owner)
	w.prove(names, w.owner, w.org, "acme.test")
	w.id = w.add(w.owner, w.org, w.op.URL, nil)
	w.op.Be("sub-1", "ada@acme.test")
	return w
}

func (w world) prove(names *dnstest.Server, by apptest.Somebody, org, domain string) {
	w.t.Helper()
	var d struct{ Record struct{ Name, Value string } }
	by.JSON(http.MethodPost, "/v1/orgs/"+org+"/domains", fields{"domain": domain}).Want(201).To(&d)
	names.Text(d.Record.Name, d.Record.Value)
	by.JSON(http.MethodPost, "/v1/orgs/"+org+"/domains/"+domain+"/verify", "").Want(200)
}

func (w world) add(by apptest.Somebody, org, issuer string, more fields) string {
	w.t.Helper()
	body := fields{"type": "oidc", "name": "Acme Login", "issuer": issuer, "client_id": ssotest.ClientID, "client_secret": ssotest.ClientSecret}
	for name, value := range more {
		body[name] = value
	}
	return by.JSON(http.MethodPost, w.providers(org), body).Want(201).Map()["id"].(string)
}

func (w world) providers(org string) string { return "/v1/orgs/" + org + "/identity-providers" }

// begin starts a sign-in and returns what the provider is asked.
func (w world) begin(b *apptest.Browser) url.Values {
	w.t.Helper()
	a := b.Get("/sso/" + w.id + "/start?return_to=/settings/sessions").Want(303)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), w.op.URL+"/authorize?") {
		w.t.Fatalf("%s, %v", to, err)
	}
	return to.Query()
}

func (w world) back(code, state string) string {
	return "/sso/" + w.id + "/callback?" + url.Values{"code": {code}, "state": {state}}.Encode()
}

// signIn goes all the way.
func (w world) signIn(b *apptest.Browser) apptest.Answer {
	w.t.Helper()
	asked := w.begin(b)
	return b.Get(w.back(w.op.Agree(asked), asked.Get("state")))
}

// refused fails the test unless the sign-in of a fresh browser is refused, and
// the admins are told why.
func (w world) refused(why string) {
	w.t.Helper()
	b := w.Browser()
	a := w.signIn(b).Want(403)
	if b.Session() != "" || strings.Contains(a.Page(), "ada@") {
		w.t.Errorf("%s: not refused", why)
	}
	w.told(why)
}

func (w world) told(why string) {
	w.t.Helper()
	var p struct {
		Fault struct{ Code, Message string } `json:"last_fault"`
	}
	w.Enter(w.owner.ID, "full").Get(w.providers(w.org) + "/" + w.id).Want(200).To(&p)
	if p.Fault.Code != why || p.Fault.Message == "" {
		w.t.Errorf("the admins are told %+v, want %s", p.Fault, why)
	}
}

// me is who has signed in.
func me(b *apptest.Browser) (id, name, role string) {
	m := b.Get("/v1/me").Want(200).Map()
	if all := m["memberships"].([]any); len(all) > 0 {
		role = all[0].(map[string]any)["role"].(string)
	}
	return m["id"].(string), m["display_name"].(string), role
}
