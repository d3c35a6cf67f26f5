package device

import (
	"context"
	"regexp"
	"slices"

	"github.com/mileusna/useragent"

	"nameplate/internal/platform/i18n"
)

// Agent is what a browser or another program says of itself.
type Agent struct {
	Browser string // "Firefox", "curl"; empty if there is no plain name
	System  string // "Windows"; empty if there is no plain name
	Phone   bool
}

// Describe reads a User-Agent header.
func Describe(userAgent string) Agent {
	ua := useragent.Parse(userAgent)
	return Agent{Browser: plain(ua.Name), System: plain(ua.OS), Phone: ua.Mobile || ua.Tablet}
}

var (
	oneWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,23}$`)
	twoWords = []string{
		useragent.OperaMini, useragent.OperaTouch, useragent.HeadlessChrome, useragent.InternetExplorer, useragent.SamsungBrowser,
		useragent.FacebookApp, useragent.InstagramApp, useragent.TiktokApp, useragent.WindowsPhone,
	}
)

// plain leaves out a name that says more than a word. A User-Agent is any text
// that a client likes to send, and this stands in pages and mails.
func plain(name string) string {
	if oneWord.MatchString(name) || slices.Contains(twoWords, name) {
		return name
	}
	return ""
}

// From reads "203.0.113.7, near Berlin, Germany".
func From(address, near string) string {
	if near == "" {
		return address
	}
	return address + ", " + near
}

// Name reads "Firefox on Windows".
func (a Agent) Name(ctx context.Context) string {
	switch {
	case a.Browser != "" && a.System != "":
		return i18n.T(ctx, "device.browser_on", "Browser", a.Browser, "System", a.System)
	case a.Browser != "":
		return a.Browser
	case a.System != "":
		return i18n.T(ctx, "device.program_on", "System", a.System)
	}
	return i18n.T(ctx, "device.unknown")
}
