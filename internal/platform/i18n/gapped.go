package i18n

import (
	"fmt"
	"regexp"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// gapped is a text with gaps for arguments and nothing else to it. Most texts
// with arguments are, and filling gaps costs a tenth of running a template.
type gapped struct {
	words []string // one more than names
	names []string // of the arguments between them
}

var gap = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// newGapped reports false for a text with plural forms, or with any other
// action of a template.
func newGapped(m *goi18n.Message) (g gapped, ok bool) {
	text := m.Other
	for _, at := range gap.FindAllStringSubmatchIndex(m.Other, -1) {
		done := len(m.Other) - len(text)
		g.words, g.names = append(g.words, m.Other[done:at[0]]), append(g.names, m.Other[at[2]:at[3]])
		text = m.Other[at[1]:]
	}
	g.words = append(g.words, text)
	return g, m.Zero+m.One+m.Two+m.Few+m.Many == "" && !strings.Contains(strings.Join(g.words, ""), "{{")
}

func (g gapped) text(args []any) string {
	var b strings.Builder
	for i, name := range g.names {
		b.WriteString(g.words[i])
		b.WriteString(value(args, name))
	}
	b.WriteString(g.words[len(g.names)])
	return b.String()
}

// value is what stands behind a name, as a template would print it.
func value(args []any, name string) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		if text, ok := args[i+1].(string); ok {
			return text
		}
		return fmt.Sprint(args[i+1])
	}
	return "<no value>"
}
