package web

import (
	"net/url"
	"path"
	"strings"
	"unicode"
)

// maxReturn bounds an address that goes along from page to page. What an app
// asks for when it signs people in is the longest.
const maxReturn = 2048

// ReturnPath checks an address that a request asks to be sent to afterwards.
// Only a path of ours is taken: it begins with one slash, and no browser reads
// it as another origin or scheme. Anything else is replaced by fallback.
func ReturnPath(asked, fallback string) string {
	if asked == "" || asked[0] != '/' || strings.HasPrefix(asked, "//") || len(asked) > maxReturn {
		return fallback
	}
	for _, c := range asked {
		if c <= ' ' || c == '\\' || c == 0x7f {
			return fallback
		}
	}
	u, err := url.Parse(asked)
	if err != nil || u.IsAbs() || u.Host != "" || !plain(u.Path) {
		return fallback
	}
	return asked
}

// plain reports whether a path, percent signs decoded, is one that every
// browser reads as it stands: no empty or dot segments, no backslash, no
// controls.
func plain(p string) bool {
	if strings.ContainsFunc(p, func(c rune) bool { return c == '\\' || unicode.IsControl(c) }) {
		return false
	}
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}
