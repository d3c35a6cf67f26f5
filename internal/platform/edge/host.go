package edge

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// checkHost refuses requests that were meant for another name, so that no page
// or link is ever made from a Host that somebody else chose. Health checks are
// exempt, for they come by address; so are the fixed files, which the page that
// refuses a request is made with.
func (e *Edge) checkHost(r *http.Request) error {
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || strings.HasPrefix(r.URL.Path, "/assets/") {
		return nil
	}
	host, port, ok := splitHost(r.Host)
	if !ok {
		return ErrBadHost
	}
	if strings.EqualFold(host, e.URL.Hostname()) && port == e.port(e.URL.Port()) {
		return nil
	}
	if strings.EqualFold(r.Host, e.URL.Host) || e.Loopback && loopbackName(host) {
		return nil
	}
	return ErrMisdirected
}

// port spells the default port of the public URL.
func (e *Edge) port(p string) string {
	if p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80"}[e.URL.Scheme]
}

// splitHost takes a Host header apart. It accepts a name or an address with an
// optional port, and nothing else.
func splitHost(s string) (host, port string, ok bool) {
	if s == "" || strings.ContainsAny(s, " ,/\\@?#%\t\r\n") {
		return "", "", false
	}
	host = s
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	}
	if inside, ok := strings.CutPrefix(s, "["); ok { // an IPv6 address
		host, _, ok = strings.Cut(inside, "]")
		a, err := netip.ParseAddr(host)
		rest := strings.TrimPrefix(s, "["+host+"]")
		return host, port, ok && err == nil && a.Is6() && (rest == "" || rest == ":"+port) && digits(port)
	}
	return host, port, host != "" && !strings.ContainsAny(host, ":[]") && digits(port)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

var forwardingHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// forwarded reports whether a proxy has handled the request.
func forwarded(r *http.Request) bool {
	for _, h := range forwardingHeaders {
		if len(r.Header[h]) > 0 {
			return true
		}
	}
	return false
}

// peerAddress is the other end of the connection.
func peerAddress(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// clientAddress is the address that counts. Headers are believed only from a
// configured proxy, and then the right-most address that is not one.
func clientAddress(r *http.Request, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	if !within(peer, trusted) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		if a = a.Unmap(); !within(a, trusted) {
			return a
		}
	}
	return peer
}

func within(a netip.Addr, ranges []netip.Prefix) bool {
	for _, p := range ranges {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
