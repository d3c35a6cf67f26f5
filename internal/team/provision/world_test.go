package provision_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/dns/dnstest"
)

type fields = map[string]any

// world is an organization with a proved domain, and a provider with a token.
type world struct {
	*apptest.Server
	t     *testing.T
	names *dnstest.Server
	org   string
	owner apptest.Somebody // with an address elsewhere
	token string
	text  string
}

// each has a name server for each database: both prove the same domain.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	for name, on := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := dnstest.New(t)
			s := on(t, apptest.Asking(names.Addr), apptest.Mailed(), apptest.Reaching("127.0.0.1/32"))
			w := &world{Server: s, t: t, names: names, org: s.Organization("Acme")}
			w.owner = s.Member("owner@elsewhere.test", w.org, identity.Owner)
			w.prove(w.owner, w.org, "acme.test")
			w.token, w.text = w.make(w.owner, w.org)
			fn(t, w)
		})
	}
}

func (w *world) prove(by apptest.Somebody, org, domain string) {
	w.t.Helper()
	var d struct{ Record struct{ Name, Value string } }
	by.JSON(http.MethodPost, "/v1/orgs/"+org+"/domains", fields{"domain": domain}).Want(201).To(&d)
	w.names.Text(d.Record.Name, d.Record.Value)
	by.JSON(http.MethodPost, "/v1/orgs/"+org+"/domains/"+domain+"/verify", "").Want(200)
}

func (w *world) make(by apptest.Somebody, org string) (id, token string) {
	w.t.Helper()
	m := by.JSON(http.MethodPost, "/v1/orgs/"+org+"/scim-tokens", fields{"name": "Okta"}).Want(201).Map()
	return m["id"].(string), m["token"].(string)
}

// call is a request of the provider. A body is JSON text, as it is sent.
func (w *world) call(method, path, body string, heads ...string) apptest.Answer {
	w.t.Helper()
	return w.callAs(w.text, w.org, method, path, body, heads...)
}

func (w *world) callAs(token, org, method, path, body string, heads ...string) apptest.Answer {
	w.t.Helper()
	b, kind := w.Browser(), ""
	if body != "" {
		kind = "application/scim+json"
	}
	r := b.Request(method, "/scim/v2/"+org+path, kind, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(heads); i += 2 {
		r.Header.Set(heads[i], heads[i+1])
	}
	a := b.Send(r)
	if kind := a.Header.Get("Content-Type"); len(a.Body) > 0 && !strings.HasPrefix(kind, "application/scim+json") {
		w.t.Errorf("%s %s answers with %s: %s", method, path, kind, a.Body)
	}
	return a
}

// refused is an error in SCIM's own shape.
func (w *world) refused(a apptest.Answer, status int, kind, words string) {
	w.t.Helper()
	var e struct {
		Schemas                  []string
		Status, Detail, ScimType string
	}
	if err := json.Unmarshal(a.Body, &e); err != nil {
		w.t.Fatalf("%d: %s", a.Status, a.Body)
	}
	if a.Status != status || e.ScimType != kind || !strings.Contains(e.Detail, words) || len(e.Schemas) != 1 || !strings.HasSuffix(e.Schemas[0], ":2.0:Error") {
		w.t.Errorf("%d %s, want %d %s %q", a.Status, a.Body, status, kind, words)
	}
}

// person makes one as Okta does, and returns the id.
func (w *world) person(name string) string {
	w.t.Helper()
	return w.call("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`@acme.test","name":{"givenName":"`+name+
		`","familyName":"Provided"},"emails":[{"primary":true,"value":"`+name+`@acme.test","type":"work"}],"displayName":"`+name+
		` P.","locale":"en-US","externalId":"00u`+name+`","groups":[],"password":"1mz050nq","active":true}`).Want(201).Map()["id"].(string)
}

// role is what somebody is in the organization; empty: nothing.
func (w *world) role(id string) string {
	w.t.Helper()
	a := w.Enter(w.owner.ID, "full").Get("/v1/orgs/" + w.org + "/members/" + id)
	if a.Status == http.StatusNotFound {
		return ""
	}
	return a.Want(200).Map()["role"].(string)
}

func total(a apptest.Answer) int { return int(a.Want(200).Map()["totalResults"].(float64)) }

// SSO sets up a provider whose list gives roles by groups.
func (w *world) SSO(t *testing.T) {
	t.Helper()
	op := ssotest.New(t, w.Clock.Now)
	w.owner.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/identity-providers", fields{
		"type": "oidc", "name": "Acme Login", "issuer": op.URL, "client_id": ssotest.ClientID, "client_secret": ssotest.ClientSecret,
		"role_mapping": []fields{{"claim": "groups", "value": "Leads", "role": "supervisor"}},
	}).Want(201)
}
