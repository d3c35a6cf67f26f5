package webauthn

import (
	"net/netip"
	"net/url"
	"strings"
)

// Party is who asks: a site at one origin.
type Party struct {
	ID     string // the host
	Name   string
	Origin string
}

// Why browsers let no passkey be used at an address.
const (
	IPAddress = "ip_address"
	PlainHTTP = "plain_http"
)

// PartyOf returns the party at a public address.
func PartyOf(name string, base *url.URL) Party {
	return Party{ID: base.Hostname(), Name: name, Origin: base.Scheme + "://" + base.Host}
}

// Obstacle says why browsers let no passkey be used at an address; empty: they
// do.
func Obstacle(base *url.URL) string {
	host := base.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return IPAddress
	}
	if base.Scheme != "https" && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
		return PlainHTTP
	}
	return ""
}
