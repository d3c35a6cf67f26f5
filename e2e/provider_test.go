package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/sso/ssotest"
)

// puts calls the API of the organization that the person owns.
func (p *person) puts(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	org, err := p.organization()
	if err == nil {
		err = p.call(method, "/v1/orgs/"+org+path, body, answer)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// domains has named two domains.
func domains(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Ida Solberg")
	for _, name := range []string{"halden.example", "customer-care.halden-logistics.example"} {
		p.puts(t, http.MethodPost, "/domains", map[string]string{"domain": name}, nil)
	}
	return p
}

// provided has a provider, alone with which people sign in.
func provided(t testing.TB) *person {
	t.Helper()
	p := domains(t)
	p.puts(t, http.MethodPost, "/identity-providers", map[string]any{
		"type": "oidc", "name": "Halden Login", "issuer": ssotest.New(t, time.Now).URL, "client_id": ssotest.ClientID, "client_secret": ssotest.ClientSecret,
		"role_mapping": []map[string]string{{"claim": "groups", "value": "Support leads", "role": "supervisor"}},
	}, nil)
	p.rule(t, map[string]any{"signin.sso_only": "yes"})
	return p
}

// providedBySAML has a provider that speaks SAML, and a key that waits.
func providedBySAML(t testing.TB) *person {
	t.Helper()
	p := domains(t)
	var made struct{ ID string }
	p.puts(t, http.MethodPost, "/identity-providers", map[string]any{
		"type": "saml", "name": "Halden Login", "metadata_url": ssotest.NewSAML(t, time.Now).MetadataURL(),
	}, &made)
	p.puts(t, http.MethodPost, "/identity-providers/"+made.ID+"/rotate-key", nil, nil)
	return p
}

func TestAnAdminConnectsASAMLProviderAndAMemberSignsIn(t *testing.T) {
	t.Parallel()
	idp := ssotest.NewSAML(t, time.Now)
	idp.Be("sub-1", "jun@by-saml.example")
	p := newcomer(t, "Ola Berg")
	var d struct{ Record struct{ Name, Value string } }
	p.puts(t, http.MethodPost, "/domains", map[string]string{"domain": "by-saml.example"}, &d)
	resolver.Text(d.Record.Name, d.Record.Value)
	p.puts(t, http.MethodPost, "/domains/by-saml.example/verify", nil, nil)
	b := as(t, p)
	b.open("/settings/sign-in-provider")
	b.leaves(b.the("link", takeSAML).click)
	b.the("textbox", providerName).types("Halden Login")
	b.the("textbox", metadataURL).types(idp.MetadataURL())
	b.leaves(b.the("button", connectProvider).click)
	b.sees(providerAdded)
	b.leaves(b.the("button", testConnection).click)
	b.sees(testedGood)

	jun := stranger(t, common)
	jun.open("/sign-in/provider")
	jun.the("textbox", signInMail).types("jun@by-saml.example")
	jun.leaves(jun.the("button", findProvider).click)
	jun.the("heading", profileTitle)
	b.open("/settings/members")
	b.sees("Ada Example")
}

// provisioned has an identity provider that keeps people, and was refused some.
func provisioned(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Runa Dahl")
	var made struct {
		Token   string
		BaseURL string `json:"base_url"`
	}
	p.puts(t, http.MethodPost, "/scim-tokens", map[string]string{"name": "Entra ID"}, &made)
	var me struct{ ID string }
	if err := p.call(http.MethodGet, "/v1/me", nil, &me); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPatch, "/Users/" + me.ID, `{"Operations":[{"op":"Replace","path":"title","value":"Head of service"}]}`},
		{http.MethodPost, "/Groups", `{"displayName":"Support leads"}`},
		{http.MethodPost, "/Users", `{"userName":"jonas.wieland-oberhauser@customer-care.halden-logistics.example"}`},
		{http.MethodPatch, "/Users/" + me.ID, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`},
	} {
		r, err := http.NewRequest(c.method, made.BaseURL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+made.Token)
		r.Header.Set("Content-Type", "application/scim+json")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
	}
	return p
}

func TestAnAdminConnectsAProviderAndTheFirstMemberSignsIn(t *testing.T) {
	t.Parallel()
	op := ssotest.New(t, time.Now)
	op.Be("sub-1", "mei@first-steps.example", "name", "Mei Tanaka")
	p := newcomer(t, "Nora Voss")
	b := as(t, p)
	b.open("/settings/profile")
	b.leaves(b.the("link", providerTitle).click)
	b.picture("provider-1-empty", "h1")
	b.the("textbox", providerName).types("Halden Login")
	b.the("textbox", providerIssuer).types(op.URL)
	b.the("textbox", providerClient).types(ssotest.ClientID)
	b.the("textbox", providerSecret).types(ssotest.ClientSecret)
	b.picture("provider-2-settings", "#provider")
	b.leaves(b.the("button", connectProvider).click)
	b.sees(providerAdded)
	b.picture("provider-3-connected", "#provider-form .sect-foot")
	b.the("textbox", domainName).types("first-steps.example")
	b.leaves(b.the("button", addDomain).click)
	b.picture("provider-4-record", "#domains")
	b.leaves(b.the("button", proveDomain).click)
	b.sees(notProved)

	var list struct {
		Items []struct{ Record struct{ Name, Value string } }
	}
	p.puts(t, http.MethodGet, "/domains", nil, &list)
	resolver.Text(list.Items[0].Record.Name, list.Items[0].Record.Value)
	b.leaves(b.the("button", proveDomain).click)
	b.sees(domainIsYours)
	b.leaves(b.the("button", testConnection).click)
	b.sees(testedGood)
	b.picture("provider-5-tested", "#test")

	mei := stranger(t, common)
	mei.open("/sign-in")
	mei.leaves(mei.the("link", byProvider).click)
	mei.the("textbox", signInMail).types("mei@first-steps.example")
	mei.picture("provider-6-sign-in", "body")
	mei.leaves(mei.the("button", findProvider).click)
	mei.the("heading", profileTitle)
	b.open("/settings/members")
	b.sees("Mei Tanaka")
	b.picture("provider-7-member", "h1")
}
