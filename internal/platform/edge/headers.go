package edge

import "net/http"

// contentSecurity allows what our own files do and nothing else. Scripts and
// styles are files; pictures may come from a file that the person has just
// chosen (blob:).
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// TokenPage tightens the headers of a page whose address holds a one-time
// token: the address must not leave the page.
func TokenPage(h http.Header) { h.Set("Referrer-Policy", "no-referrer") }

func setHeaders(h http.Header, info Info) {
	h.Set("Content-Security-Policy", contentSecurity)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("X-Request-Id", info.ID)
	h.Set("Cache-Control", "no-store")
	if info.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
