package identity

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// NormalEmail returns the one form in which addresses are compared, throttled
// and kept unique: trimmed, compatibility characters folded (a full-width ＠ is
// an @), lower case, the domain in ASCII. It does not say that the address is
// well formed; two spellings of one mailbox give the same form, well formed or
// not.
func NormalEmail(s string) string {
	s = strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return s
	}
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return local + "@" + domain
}
