package scim

import "strings"

// path is where an operation of a patch leads (RFC 7644, section 3.5.2): an
// attribute, of a list those elements that a filter means, and one in them.
type path struct {
	place
	filter node // nil: no filter
}

// parsePath reads a path. It returns ErrPath.
func (s Schema) parsePath(text string) (path, error) {
	head, rest, filtered := strings.Cut(s.local(text), "[")
	at, ok := s.find(head)
	switch {
	case len(text) > maxFilter, !ok:
		return path{}, ErrPath
	case !filtered:
		return path{place: at}, nil
	case !at.Many || at.sub != nil:
		return path{}, ErrPath
	}
	p := parser{lexer: lexer{text: rest}, find: elementOf(at.Attribute)}
	inner, err := p.group("]")
	if err != nil {
		return path{}, ErrPath
	}
	out := path{at, inner}
	if p.text == "" {
		return out, nil
	}
	name, dotted := strings.CutPrefix(p.text, ".")
	sub, ok := named(at.Sub, name)
	if !dotted || !ok {
		return path{}, ErrPath
	}
	out.sub = &sub
	return out, nil
}

// readOnly reports whether clients may not write there.
func (p path) readOnly() bool { return p.ReadOnly || p.sub != nil && p.sub.ReadOnly }

// made is the element that a filter describes: what it says each attribute
// equals. There is none for a filter that says anything else.
func made(n node) (Object, bool) {
	switch n := n.(type) {
	case compare:
		if n.op != "eq" || n.with == nil {
			return nil, false
		}
		return Object{n.Name: n.with}, true
	case both:
		left, okLeft := made(n.left)
		right, okRight := made(n.right)
		for name, value := range right {
			if okLeft {
				left[name] = value
			}
		}
		return left, okLeft && okRight
	}
	return nil, false
}
