// Package secret holds what must not be seen, and makes it.
//
// A [Secret] is text that no log, error or answer prints. A token is a secret
// that is sent to someone: its kind stands in front, a checksum behind, so that
// scanners know one that got lost and a mistyped one costs no look-up; only its
// hash is ever stored. [Keys] is the server's own key ring: it seals what must
// be read again and authenticates what only has to be recognized, such as a
// code of six digits, whose bare hash would tell it.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is text that is printed as "[redacted]" by fmt, slog, JSON, XML and
// YAML. Two ways around remain: fmt does not ask the unexported fields of a
// struct, so keep one that holds a secret away from %v; and JSON writes the
// keys of a map as they are.
type Secret string

const redacted = "[redacted]"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON returns "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns "[redacted]": XML and YAML ask for it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
