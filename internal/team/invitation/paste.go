package invitation

import (
	"strings"

	"nameplate/internal/kernel/identity"
)

// pasted is one person of a pasted list.
type pasted struct {
	Text    string // as it was pasted
	Address string
	Role    identity.Role // empty: the one chosen for all
}

// parse reads a list as people paste it: one address to a line, or several with
// commas or semicolons between, each as "ann@example.com", "Ann Berg
// <ann@example.com>" or with a role behind it. roleOf reads a role, and leaves
// what is none as it is.
func parse(text string, roleOf func(string) identity.Role) (all []pasted) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, parseLine(line, roleOf)...)
		}
	}
	return all
}

func parseLine(line string, roleOf func(string) identity.Role) (all []pasted) {
	name := "" // what stands before an address, such as "Berg, Ann <…>"
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == '\t' }) {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case strings.Contains(part, "@"):
			all = append(all, pasted{Text: name + part, Address: address(part)})
			name = ""
		case len(all) > 0 && all[len(all)-1].Role == "":
			last := &all[len(all)-1]
			last.Text, last.Role = last.Text+", "+part, roleOf(part)
		default:
			name += part + ", "
		}
	}
	if len(all) == 0 {
		return []pasted{{Text: line, Address: line}}
	}
	return all
}

// address takes the address out of "Ann Berg <ann@example.com>".
func address(part string) string {
	_, after, ok := strings.Cut(part, "<")
	inside, _, closed := strings.Cut(after, ">")
	if !ok || !closed {
		return part
	}
	return inside
}
