package scim

import (
	"slices"
	"strings"
	"time"
)

// ParseFilter reads a filter over resources of a schema; an empty one means
// all. It returns ErrFilter, also for an attribute that is not kept: whoever
// asks for it would take silence for an answer.
func (s Schema) ParseFilter(text string) (Filter, error) {
	if strings.TrimSpace(text) == "" {
		return Filter{}, nil
	}
	if len(text) > maxFilter {
		return Filter{}, ErrFilter
	}
	p := parser{lexer: lexer{text: text}, find: s.find}
	root, err := p.or()
	if err == nil && strings.TrimSpace(p.text) != "" {
		err = ErrFilter
	}
	return Filter{root}, err
}

// parser reads by recursive descent: or binds least, then and, then not.
type parser struct {
	lexer
	find func(name string) (place, bool)
}

func (p *parser) or() (node, error) {
	left, err := p.and()
	for err == nil && strings.EqualFold(p.peek(), "or") {
		var right node
		p.next() //nolint:errcheck // peek has seen it
		right, err = p.and()
		left = either{left, right}
	}
	return left, err
}

func (p *parser) and() (node, error) {
	left, err := p.term()
	for err == nil && strings.EqualFold(p.peek(), "and") {
		var right node
		p.next() //nolint:errcheck // peek has seen it
		right, err = p.term()
		left = both{left, right}
	}
	return left, err
}

func (p *parser) term() (node, error) {
	piece, err := p.next()
	switch {
	case err != nil:
		return nil, err
	case piece == "(":
		return p.group(")")
	case strings.EqualFold(piece, "not") && p.peek() == "(":
		p.next() //nolint:errcheck // peek has seen it
		inner, err := p.group(")")
		return not{inner}, err
	case piece == "" || strings.Contains(signs+`"`, piece[:1]):
		return nil, ErrFilter
	}
	at, ok := p.find(piece)
	if !ok {
		return nil, ErrFilter
	}
	if p.peek() == "[" {
		p.next() //nolint:errcheck // peek has seen it
		return p.element(at)
	}
	return p.comparison(at)
}

// group reads on to the sign that closes.
func (p *parser) group(end string) (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, ErrFilter
	}
	inner, err := p.or()
	p.depth--
	if err == nil {
		err = p.expect(end)
	}
	return inner, err
}

// element reads the filter of a list's elements.
func (p *parser) element(at place) (node, error) {
	if !at.Many || at.sub != nil {
		return nil, ErrFilter
	}
	outer := p.find
	p.find = elementOf(at.Attribute)
	inner, err := p.group("]")
	p.find = outer
	return within{at.Name, inner}, err
}

// elementOf finds attributes of the elements of a list.
func elementOf(list Attribute) func(string) (place, bool) {
	return func(name string) (place, bool) {
		a, ok := named(list.Sub, name)
		return place{Attribute: a}, ok
	}
}

var operators = []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}

func (p *parser) comparison(at place) (node, error) {
	op, err := p.next()
	if err != nil {
		return nil, err
	}
	n := compare{place: at, op: strings.ToLower(op)}
	if !slices.Contains(operators, n.op) {
		return nil, ErrFilter
	}
	if n.op == "pr" {
		return n.present(), nil
	}
	decides, ok := at.deciding()
	if !ok {
		return nil, ErrFilter
	}
	piece, err := p.next()
	if err != nil {
		return nil, err
	}
	if n.with, err = literal(piece); err != nil {
		return nil, err
	}
	n.exact, n.kind = decides.Exact, decides.Kind
	return n, n.fit()
}

// present asks of an object without a "value" whether there is anything in it.
func (n compare) present() node {
	if n.sub == nil && !n.Many && n.Kind == Complex {
		return filled(n.Name)
	}
	return n
}

type filled string

func (n filled) match(o Object) bool {
	inner, _ := o[string(n)].(Object)
	return len(inner) > 0
}

// fit holds the value of a comparison against the kind of what it is compared
// with.
func (n *compare) fit() error {
	equal := n.op == "eq" || n.op == "ne"
	if n.with == nil {
		return unless(equal)
	}
	if n.kind == Boolean {
		b, ok := truth(n.with)
		n.with = b
		return unless(ok && equal)
	}
	text, ok := n.with.(string)
	if n.kind == Moment {
		_, err := time.Parse(time.RFC3339, text)
		return unless(err == nil && n.op != "co" && n.op != "sw" && n.op != "ew")
	}
	return unless(ok)
}

func unless(ok bool) error {
	if ok {
		return nil
	}
	return ErrFilter
}

// truth reads a boolean, also one that is spelled as a text.
func truth(v any) (b, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return strings.EqualFold(v, "true"), strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	}
	return false, false
}
