package scim

import (
	"encoding/json"
	"strings"
)

const (
	maxFilter = 2000 // bytes
	maxDepth  = 16   // of parentheses
)

// lexer cuts a filter or a path into words, signs and literals.
type lexer struct {
	text  string
	depth int
}

const signs = "()[]"

// next takes the next piece off; empty at the end.
func (l *lexer) next() (string, error) {
	l.text = strings.TrimLeft(l.text, " \t")
	if l.text == "" {
		return "", nil
	}
	n := 1
	switch first := l.text[0]; {
	case strings.IndexByte(signs, first) >= 0:
	case first == '"':
		if n = quoted(l.text); n == 0 {
			return "", ErrFilter
		}
	default:
		if n = strings.IndexAny(l.text, " \t\""+signs); n < 0 {
			n = len(l.text)
		}
	}
	piece := l.text[:n]
	l.text = l.text[n:]
	return piece, nil
}

// peek is the next piece, which stays; empty at the end or where it is broken.
func (l *lexer) peek() string {
	ahead := *l
	piece, err := ahead.next()
	if err != nil {
		return ""
	}
	return piece
}

// quoted is how long the JSON string at the beginning of text is; 0: it has no
// end.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// expect takes a sign off.
func (l *lexer) expect(sign string) error {
	piece, err := l.next()
	if err == nil && piece != sign {
		err = ErrFilter
	}
	return err
}

// literal reads a value: a JSON string, true, false, null or a number.
func literal(piece string) (v any, err error) {
	switch strings.ToLower(piece) {
	case "true", "false", "null":
		piece = strings.ToLower(piece)
	}
	if json.Unmarshal([]byte(piece), &v) != nil {
		return nil, ErrFilter
	}
	return v, nil
}
