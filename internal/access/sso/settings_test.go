package sso_test

import (
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/dns/dnstest"
)

func TestAProviderIsSetUpChangedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		at := w.providers(w.org) + "/" + w.id
		a := w.owner.Get(at).Want(200)
		got, base := a.Map(), w.Config.Base.String()
		if got["redirect_uri"] != base+"/sso/"+w.id+"/callback" || got["backchannel_logout_uri"] != base+"/sso/"+w.id+"/logout" || got["type"] != "oidc" || got["client_id"] != ssotest.ClientID {
			t.Errorf("%v", got)
		}
		if strings.Contains(a.Page(), ssotest.ClientSecret) || got["client_secret"] != nil {
			t.Error("the secret is shown")
		}
		changed := w.owner.JSON(http.MethodPatch, at, fields{"name": "Acme ID"}).Want(200)
		if changed.Map()["name"] != "Acme ID" || changed.Header.Get("ETag") == a.Header.Get("ETag") {
			t.Errorf("%s", changed.Body)
		}
		w.signIn(w.Browser()).Want(303) // the secret is still the one
		r := w.owner.Request(http.MethodPatch, at, "application/json", strings.NewReader(`{"name":"x"}`))
		r.Header.Set("If-Match", a.Header.Get("ETag"))
		w.owner.Send(r).Refused(412, "precondition_failed")
		w.owner.JSON(http.MethodPatch, at, fields{"client_secret": "another"}).Want(200)
		w.refused("code")
		w.owner.Delete(at).Want(204)
		w.owner.Get(at).Refused(404, "no_such_provider")
		w.Browser().Get("/sso/" + w.id + "/start").Want(404)
	})
}

func TestAnotherIssuerForgetsWhoWasWho(t *testing.T) {
	w := one(t)
	ada := w.Browser()
	w.signIn(ada).Want(303)
	other := ssotest.New(t, w.Clock.Now)
	w.owner.JSON(http.MethodPatch, w.providers(w.org)+"/"+w.id, fields{"issuer": other.URL}).Want(200)
	w.op = other
	w.op.Be("sub-1", "bob@acme.test") // the same subject, and another person
	bob := w.Browser()
	w.signIn(bob).Want(303)
	if a, _, _ := me(ada); a == func() string { b, _, _ := me(bob); return b }() {
		t.Error("a subject of another issuer is the same person")
	}
}

func TestWhatIsWrongWithAProviderIsSaid(t *testing.T) {
	w := one(t)
	good := fields{"type": "oidc", "name": "N", "issuer": w.op.URL, "client_id": ssotest.ClientID, "client_secret": ssotest.ClientSecret}
	with := func(name string, value any) fields {
		body := fields{}
		for k, v := range good {
			body[k] = v
		}
		body[name] = value
		return body
	}
	for _, test := range []struct {
		body  fields
		field string
	}{
		{with("type", "ldap"), "type"}, {with("name", ""), "name"}, {with("name", strings.Repeat("x", 65)), "name"}, {with("client_id", " "), "client_id"},
		{with("client_secret", ""), "client_secret"}, {with("issuer", ""), "issuer"}, {with("issuer", "acme"), "issuer"},
		{with("issuer", "http://10.0.0.1"), "issuer"}, {with("issuer", "http://169.254.169.254/latest"), "issuer"}, {with("issuer", "file:///etc/passwd"), "issuer"},
		{with("issuer", w.op.URL+"/"), "issuer"}, {with("issuer", w.op.URL+"/nowhere"), "issuer"}, {with("issuer", "http://127.0.0.1:9"), "issuer"},
		{with("account_url", "javascript:alert(1)"), "account_url"}, {with("account_url", "http://x.test"), "account_url"},
		{with("role_mapping", []fields{{"claim": "", "value": "x", "role": "agent"}}), "role_mapping"},
		{with("role_mapping", []fields{{"claim": "x", "value": "x", "role": "king"}}), "role_mapping"},
	} {
		w.owner.JSON(http.MethodPost, w.providers(w.org), test.body).Refused(422, "validation_failed", test.field)
	}
	for i := range 4 {
		w.owner.JSON(http.MethodPost, w.providers(w.org), with("name", strings.Repeat("n", i+1))).Want(201)
	}
	w.owner.JSON(http.MethodPost, w.providers(w.org), good).Refused(409, "too_many_providers")
}

func TestAPrivateProviderIsReachedWhereTheOperatorAllowsIt(t *testing.T) {
	s := apptest.OnSQLite(t)
	op := ssotest.New(t, s.Clock.Now)
	org := s.Organization("Acme")
	owner := s.Member("owner@elsewhere.test", org, identity.Owner)
	a := owner.JSON(http.MethodPost, "/v1/orgs/"+org+"/identity-providers", fields{
		"type": "oidc", "name": "N", "issuer": op.URL, "client_id": ssotest.ClientID, "client_secret": ssotest.ClientSecret,
	}).Refused(422, "validation_failed", "issuer")
	if code := a.Problem().Errors[0].Code; code != "target_not_allowed" {
		t.Error(code)
	}
}

func TestATestOfTheConnectionSaysWhatIsWrong(t *testing.T) {
	names := dnstest.New(t)
	s := apptest.OnSQLite(t, settings(names.Addr)...)
	w := world{Server: s, t: t, op: ssotest.New(t, s.Clock.Now), org: s.Organization("Acme")}
	w.owner = s.Member("owner@elsewhere.test", w.org, identity.Owner)
	w.id = w.add(w.owner, w.org, w.op.URL, nil)
	try := func(want ...string) {
		t.Helper()
		var got struct {
			OK    bool
			Steps []struct {
				Step, Code, Message string
				OK                  bool
			}
		}
		s.Enter(w.owner.ID, "full").JSON(http.MethodPost, w.providers(w.org)+"/"+w.id+"/test", "").Want(200).To(&got)
		var codes []string
		for _, step := range got.Steps {
			if !step.OK {
				codes = append(codes, step.Code)
			}
			if step.OK != (step.Message == "") {
				t.Errorf("%+v", step)
			}
		}
		if strings.Join(codes, " ") != strings.Join(want, " ") || got.OK != (len(want) == 0) {
			t.Errorf("found %v, want %v", codes, want)
		}
	}
	try("provider_no_domain")
	w.prove(names, w.owner, w.org, "acme.test")
	try()
	w.op.Document = func(doc ssotest.Object) { doc["code_challenge_methods_supported"] = []string{"plain"} }
	w.op.Keys = nil
	try("provider_keys", "provider_pkce")
	w.op.Keys, w.op.Document = []*rsa.PrivateKey{ssotest.KeyOne}, func(doc ssotest.Object) { doc["issuer"] = "https://elsewhere.test" }
	try("provider_issuer")
	w.op.Document = func(doc ssotest.Object) { delete(doc, "jwks_uri") }
	try("provider_incomplete")
	w.op.Document = nil
	s.Enter(w.owner.ID, "full").JSON(http.MethodPatch, w.providers(w.org)+"/"+w.id, fields{"client_secret": "wrong"}).Want(200)
	try("provider_client")
	w.op.Close()
	try("provider_silent")
}

func TestProvidersAreForThoseWhoEditThePolicyOfThatOrganization(t *testing.T) {
	w := one(t)
	at := w.providers(w.org)
	agent := w.Member("agent@acme.test", w.org, identity.Agent)
	agent.Get(at).Refused(403, "forbidden")
	theirs := w.Organization("Theirs")
	rival := w.Member("owner@theirs.test", theirs, identity.Owner)
	rival.Get(at).Refused(404, "not_found")
	rival.Get(w.providers(theirs)+"/"+w.id).Refused(404, "no_such_provider")
	rival.JSON(http.MethodPatch, w.providers(theirs)+"/"+w.id, fields{"name": "x"}).Refused(404, "no_such_provider")
	rival.Delete(w.providers(theirs)+"/"+w.id).Refused(404, "no_such_provider")
	w.Clock.Advance(11 * time.Minute)
	w.owner.JSON(http.MethodPatch, at+"/"+w.id, fields{"name": "x"}).Refused(403, "reauthentication_required")
}

func TestThePageConnectsTestsAndRemoves(t *testing.T) {
	names := dnstest.New(t)
	s := apptest.OnSQLite(t, settings(names.Addr)...)
	op := ssotest.New(t, s.Clock.Now)
	org := s.Organization("Acme")
	owner := s.Member("owner@elsewhere.test", org, identity.Owner)
	const page = "/settings/sign-in-provider"
	_, after, _ := strings.Cut(owner.Get(page).Want(200).Contains("/callback").Page(), `name="id" value="`)
	id, _, _ := strings.Cut(after, `"`)
	send := func(path, issuer, mapping string, more ...string) apptest.Answer {
		return owner.Form(page+"/providers"+path, append([]string{"id", id, "name", "Acme Login", "issuer", issuer, "client_id", ssotest.ClientID, "client_secret", ssotest.ClientSecret, "role_mapping", mapping}, more...)...)
	}
	send("", op.URL+"/", "").Want(422).Contains(op.URL).Contains(id)
	send("", op.URL, "nonsense").Want(422).Contains("nonsense")
	send("", op.URL, "groups: Team leads = supervisor\n").Want(303)
	send("", op.URL, "").Want(422) // sent twice
	owner.Get(page).Want(200).Contains("Connected").Contains("groups: Team leads = supervisor").Contains("/sso/" + id + "/callback")
	owner.Form(page + "/providers/" + id + "/test").Want(200).Contains("No domain is proved")
	send("/"+id, op.URL, "", "version", "7").Want(422)
	send("/"+id, op.URL, "", "version", "1").Want(303)
	owner.Form(page + "/providers/" + id + "/remove").Want(303)
	owner.Get(page).Want(200).Contains("Connect provider")
}
