package mail

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"nameplate/internal/platform/errs"
)

// ErrAddress says that a text is not an address that mail can be sent to.
var ErrAddress = errs.New(errs.Invalid, "invalid_address")

// Limits of RFC 5321, section 4.5.3.1; an address of 254 fits into the 256 of
// a path with its brackets.
const (
	maxAddress = 254
	maxLocal   = 64
)

var (
	// dotAtom is an unquoted local part (RFC 5321, section 4.1.2).
	dotAtom = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	// hostName is two labels or more, the last of them not a number.
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$`)

	domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
)

// ParseAddress reads one address as people type it, user@example.com, and
// returns it as mail is sent to it: the domain in lower case and, if it is
// international, in its ASCII form (RFC 5891). The part before the @ stays as
// it is, and is ASCII. Names, comments, quotes, address literals and hosts
// without a dot are [ErrAddress].
func ParseAddress(s string) (string, error) {
	s = strings.Trim(s, " ")
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !utf8.ValidString(s) || len(s) > 4*maxAddress || len(local) > maxLocal || !dotAtom.MatchString(local) {
		return "", ErrAddress
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil || !hostName.MatchString(ascii) || len(local)+1+len(ascii) > maxAddress {
		return "", ErrAddress
	}
	return local + "@" + ascii, nil
}
