package edge

import (
	"fmt"
	"net/http"
	"strings"
)

// contentSecurity allows what our own files do and nothing else. Scripts and
// styles are files; pictures may come from a file that the person has just
// chosen (blob:).
//
// The public address is named for pictures, because what the API says of them
// begins with it, and a page on this machine may be open under another name.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' %s data: blob:; " +
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// TokenPage tightens the headers of a page whose address holds a one-time
// token: the address must not leave the page.
func TokenPage(h http.Header) { h.Set("Referrer-Policy", "no-referrer") }

// FormsLeadTo lets the answer to a form of this page send the browser on to one
// other origin: browsers hold redirects after a form against the policy, too.
func FormsLeadTo(h http.Header, origin string) {
	const policy = "Content-Security-Policy"
	h.Set(policy, strings.Replace(h.Get(policy), "form-action 'self'", "form-action 'self' "+origin, 1))
}

// fixedHeaders are those that every answer begins with. They are made once:
// their values are shared, so handlers replace them and never append.
func (e *Edge) fixedHeaders() http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", fmt.Sprintf(contentSecurity, e.URL.Scheme+"://"+e.URL.Host))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("Cache-Control", "no-store")
	if e.URL.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return h
}
