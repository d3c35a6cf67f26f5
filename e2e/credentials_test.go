package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// keyHolder has tokens.
func keyHolder(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	for name, days := range map[string]int{"Nightly report": 365, "Import from a spreadsheet": 6} {
		p.must(t, http.MethodPost, "/v1/me/tokens", map[string]any{
			"name": name, "scopes": []string{"profile:read", "members:read"}, "expires_in_days": days,
		}, nil)
	}
	return p
}

// connected owns an organization with a client that changes over.
func connected(t testing.TB) *person {
	t.Helper()
	p := keyHolder(t)
	base := p.home(t) + "/clients"
	var made struct{ ID string }
	p.must(t, http.MethodPost, base, map[string]any{"name": "Halden CRM", "scopes": []string{"members:read", "audit:read"}}, &made)
	p.must(t, http.MethodPost, base+"/"+made.ID+"/secrets", map[string]any{}, nil)
	return p
}

// home is where the API keeps things of the person's organization.
func (p *person) home(t testing.TB) string {
	t.Helper()
	org, err := p.organization()
	if err != nil {
		t.Fatal(err)
	}
	return "/v1/orgs/" + org
}

// opensFirst follows the first link of a section's rows.
func opensFirst(section string) func(b *tab) {
	return func(b *tab) {
		b.leaves(func() {
			eval[any](b, `location.href = document.querySelector(%s + " .row-acts a").href + "?lang=" + document.documentElement.lang`, "#"+section)
		})
	}
}

var tokenOn = regexp.MustCompile(`npat_[0-9A-Za-z]{49}`)

func TestATokenIsMadeCopiedUsedAndRevoked(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Leila Haddad")
	b := as(t, p)
	b.open("/settings/profile")
	b.leaves(func() { b.the("link", "Credentials").click() })
	b.sees("No token yet.")
	b.leaves(func() { b.the("button", "Make token").click() })
	b.sees("Made just now", "It is shown this once.")
	token := tokenOn.FindString(b.text())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/v1/me", nil)
	b.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := read(http.DefaultClient.Do(r))
	if err != nil || !strings.Contains(answer, p.ID) {
		t.Fatalf("the token opens %q %v", answer, err)
	}
	b.the("button", "Copy token").click()
	b.the("button", "Copied")
	b.open("/settings/credentials")
	b.seesNot(token)
	b.sees("Used ")
	b.leaves(func() { b.the("link", "Choose what it may do").click() })
	b.the("textbox", "Name").types("Wall display")
	b.the("checkbox", "Read organization and members members:read").click()
	b.leaves(func() { b.the("button", "Make token").click() })
	b.sees("Wall display", "Made just now")
	b.leaves(func() { b.the("button", "Revoke Wall display").click() })
	b.sees("The token is revoked.")
}
