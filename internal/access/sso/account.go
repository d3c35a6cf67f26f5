package sso

import (
	"net/url"
	"strings"
)

// brand is a provider that is known by its issuer.
type brand string

const (
	okta   brand = "Okta"
	entra  brand = "Entra ID"
	google brand = "Google Workspace"
)

// known tells which provider an issuer is; empty for any other.
func known(issuer string) brand {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	switch host := u.Hostname(); {
	case strings.HasSuffix(host, ".okta.com"), strings.HasSuffix(host, ".oktapreview.com"), strings.HasSuffix(host, ".okta-emea.com"):
		return okta
	case host == "login.microsoftonline.com" && tenant(u.Path), host == "sts.windows.net":
		return entra
	case host == "accounts.google.com":
		return google
	}
	return ""
}

// tenant reports whether a path of Entra ID is that of one organization, and
// not of all or of private people.
func tenant(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first != "" && first != "common" && first != "organizations" && first != "consumers" && first != "9188040d-6c67-4c5b-b112-36a304b66dad"
}

// place is an address of the provider by which it is known.
func (p Provider) place() string {
	if d, err := p.described(); err == nil && p.Kind == SAML && known(p.Issuer) == okta {
		return d.SignIn // Okta calls all of its entities www.okta.com
	}
	return p.Issuer
}

// Account is where people change their password and address there; empty where
// nobody knows.
func (p Provider) Account() string {
	if p.AccountURL != "" {
		return p.AccountURL
	}
	switch known(p.place()) {
	case okta:
		u, _ := url.Parse(p.place()) // known has read it
		return "https://" + u.Host + "/enduser/settings"
	case entra:
		return "https://myaccount.microsoft.com/"
	case google:
		return "https://myaccount.google.com/"
	}
	return ""
}

// Brand is what the provider is known as; its own name where it is not known.
func (p Provider) Brand() string {
	if b := known(p.place()); b != "" {
		return string(b)
	}
	return p.Name
}
