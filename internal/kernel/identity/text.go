package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nameplate/internal/platform/errs"
)

// What text that people write about themselves may not be.
var (
	ErrTextLong     = errs.New(errs.Invalid, "text_too_long")
	ErrTextRequired = errs.New(errs.Invalid, "text_required")
	ErrTextControl  = errs.New(errs.Invalid, "text_control_characters")
)

// Line cleans one line of text: trimmed, NFC, at most most characters. Control
// characters and the marks that turn the direction of text are refused, because
// they can make a name look like another one.
func Line(field, text string, most int) (string, error) {
	return clean(field, text, most, false)
}

// Lines is Line for text in which lines may break. Breaks become "\n".
func Lines(field, text string, most int) (string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return clean(field, text, most, true)
}

func clean(field, text string, most int, breaks bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrTextControl.On(field)
	}
	text = strings.TrimSpace(norm.NFC.String(text))
	for _, r := range text {
		if breaks && r == '\n' {
			continue
		}
		if unicode.IsControl(r) || turnsDirection(r) || r == '\u2028' || r == '\u2029' {
			return "", ErrTextControl.On(field)
		}
	}
	if utf8.RuneCountInString(text) > most {
		return "", ErrTextLong.On(field).With("Max", most)
	}
	return text, nil
}

// turnsDirection reports whether r is one of Unicode's explicit directional
// marks (UAX #9, section 2).
func turnsDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}
