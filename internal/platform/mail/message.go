package mail

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Message is one mail to one person. [Letter.Render] makes it; the caller adds
// what it is and whom it is for.
type Message struct {
	Kind     string            // what it is, for good, e.g. "signup_code"
	To       string            // an address that [ParseAddress] takes
	ReplyTo  string            // likewise, or empty
	Locale   string            // BCP 47
	Subject  string            // cut to 150 signs
	Text     string            // text/plain
	HTML     string            // text/html
	Headers  map[string]string // further ones, e.g. List-Unsubscribe
	Stranger bool              // somebody who isn't signed in can cause it: limited
	Ref      string            // what it is about, for whoever hears how it ended
}

const (
	maxSubject = 150
	maxSnippet = 60
)

// Snippet makes a text that a person wrote fit for a Subject: one line, no
// link, sixty signs at most.
func Snippet(text string) string { return shortened(unlinked(oneLine(text)), maxSnippet) }

// oneLine turns line ends and other controls into spaces: what is put between
// fixed words can't begin a line, or a header, of its own.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
}

// unlinked breaks addresses of pages, which readers of mail turn into links.
func unlinked(text string) string { return strings.ReplaceAll(text, "://", ": //") }

func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}

var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// checked returns msg with everything in its headers made safe.
func checked(msg Message) (Message, error) {
	var err error
	if msg.To, err = ParseAddress(msg.To); err != nil {
		return msg, err
	}
	if msg.ReplyTo != "" {
		if msg.ReplyTo, err = ParseAddress(msg.ReplyTo); err != nil {
			return msg, err
		}
	}
	msg.Subject = shortened(oneLine(msg.Subject), maxSubject)
	headers := make(map[string]string, len(msg.Headers))
	for name, value := range msg.Headers {
		if !headerName.MatchString(name) {
			return msg, fmt.Errorf("mail of kind %s: %q is no name of a header", msg.Kind, name)
		}
		headers[name] = oneLine(value)
	}
	msg.Headers = headers
	return msg, nil
}
