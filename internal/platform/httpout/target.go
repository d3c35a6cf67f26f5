package httpout

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"nameplate/internal/platform/errs"
)

// What may be wrong with an address that somebody enters.
var (
	// ErrURL is an address that is none, or holds more than one should.
	ErrURL = errs.New(errs.Invalid, "invalid_target_url")
	// ErrTarget is an address that may not be called from here.
	ErrTarget = errs.New(errs.Invalid, "target_not_allowed")
	// ErrUnknownHost is a name that leads nowhere.
	ErrUnknownHost = errs.New(errs.Invalid, "target_not_found")
)

// longestURL is the most bytes of an address.
const longestURL = 2000

// public lets through what the whole world can reach, on the port of https.
var public = ssrf.New(ssrf.WithPorts(443))

// Parse reads an address to call: https or http, a host, no name and password
// and no fragment. It returns ErrURL.
func Parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, len(text) > longestURL, u.Scheme != "https" && u.Scheme != "http",
		u.Hostname() == "", u.User != nil, u.Fragment != "", disguised(u.Hostname()):
		return nil, ErrURL
	}
	return u, nil
}

// disguised reports whether a host is no name and no address as it is usually
// written, but something that a resolver may take for one: 127.1, 0x7f000001.
func disguised(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	last := host[strings.LastIndexByte(strings.TrimSuffix(host, "."), '.')+1:]
	last = strings.TrimSuffix(last, ".")
	return last == "" || last[0] >= '0' && last[0] <= '9'
}

// Check reads an address and looks whether all that its name leads to may be
// called, so that whoever enters it is told at once. A call checks again. It
// returns ErrURL, ErrTarget or ErrUnknownHost.
func (c *Client) Check(ctx context.Context, text string) (*url.URL, error) {
	u, err := Parse(text)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	found, err := c.resolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(found) == 0 {
		return nil, ErrUnknownHost
	}
	for _, ip := range found {
		at, err := netip.ParseAddrPort(net.JoinHostPort(ip.String(), port))
		if err != nil {
			return nil, ErrURL
		}
		if err := c.permit(u.Scheme, at); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// permit returns nil if a connection for this scheme may go there, and
// ErrTarget otherwise.
func (c *Client) permit(scheme string, at netip.AddrPort) error {
	ip := at.Addr().Unmap()
	if slices.ContainsFunc(c.allowed, func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) }) {
		return nil
	}
	if scheme != "https" {
		return ErrTarget
	}
	if err := public.SafeAddrPort(netip.AddrPortFrom(ip, at.Port())); err != nil {
		return ErrTarget.Because(err)
	}
	return nil
}

// control is what a dialer asks with each address before it connects.
func (c *Client) control(scheme string) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrTarget.Because(err)
		}
		return c.permit(scheme, at)
	}
}
