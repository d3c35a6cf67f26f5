package sso

import "testing"

func TestSomeProvidersAreKnownByTheirIssuer(t *testing.T) {
	for issuer, want := range map[string][2]string{
		"https://acme.okta.com":                            {"Okta", "https://acme.okta.com/enduser/settings"},
		"https://acme.okta.com/oauth2/default":             {"Okta", "https://acme.okta.com/enduser/settings"},
		"https://accounts.google.com":                      {"Google Workspace", "https://myaccount.google.com/"},
		"https://evil.test/acme.okta.com":                  {"Own", ""},
		"https://okta.com.evil.test":                       {"Own", ""},
		"https://keycloak.acme.test/realms/people":         {"Own", ""},
		"https://login.microsoftonline.com/4a1b/v2.0":      {"Entra ID", "https://myaccount.microsoft.com/"},
		"https://login.microsoftonline.com/common/v2.0":    {"Own", ""},
		"https://login.microsoftonline.com/consumers/v2.0": {"Own", ""},
	} {
		p := Provider{Name: "Own", Issuer: issuer}
		if p.Brand() != want[0] || p.Account() != want[1] {
			t.Errorf("%s is %s, %s", issuer, p.Brand(), p.Account())
		}
	}
	if p := (Provider{Issuer: "https://acme.okta.com", AccountURL: "https://acme.test/me"}); p.Account() != "https://acme.test/me" {
		t.Error(p.Account())
	}
}
