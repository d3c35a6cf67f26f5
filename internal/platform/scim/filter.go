package scim

import (
	"slices"
	"strings"
	"time"
)

// Filter says which objects are meant (RFC 7644, section 3.4.2.2). The zero one
// means all.
type Filter struct{ root node }

// Match reports whether an object is meant.
func (f Filter) Match(o Object) bool { return f.root == nil || f.root.match(o) }

// Equal returns the value of a filter that is nothing but name eq "value".
func (f Filter) Equal(name string) (value string, ok bool) {
	c, ok := f.root.(compare)
	if !ok || c.op != "eq" || c.sub != nil && !strings.EqualFold(c.sub.Name, "value") || !strings.EqualFold(c.Name, name) {
		return "", false
	}
	value, ok = c.with.(string)
	return value, ok
}

type node interface{ match(Object) bool }

type both struct{ left, right node }

func (n both) match(o Object) bool { return n.left.match(o) && n.right.match(o) }

type either struct{ left, right node }

func (n either) match(o Object) bool { return n.left.match(o) || n.right.match(o) }

type not struct{ inner node }

func (n not) match(o Object) bool { return !n.inner.match(o) }

// within asks whether one element of a list is meant by a filter of its own.
type within struct {
	name  string
	inner node
}

func (n within) match(o Object) bool { return slices.ContainsFunc(Objects(o, n.name), n.inner.match) }

type compare struct {
	place
	op    string
	with  any
	exact bool
	kind  Kind
}

func (n compare) match(o Object) bool {
	values := n.values(o)
	switch n.op {
	case "pr":
		return slices.ContainsFunc(values, func(v any) bool { return v != "" })
	case "ne":
		n.op = "eq"
		return !n.match(o)
	}
	if n.with == nil {
		return n.op == "eq" && len(values) == 0
	}
	return slices.ContainsFunc(values, n.holds)
}

func (n compare) holds(v any) bool {
	switch v := v.(type) {
	case bool:
		return n.op == "eq" && v == n.with
	case string:
		with, ok := n.with.(string)
		return ok && n.text(v, with)
	}
	return false
}

func (n compare) text(v, with string) bool {
	if n.kind == Moment {
		return n.moments(v, with)
	}
	if !n.exact {
		v, with = strings.ToLower(v), strings.ToLower(with)
	}
	switch n.op {
	case "eq":
		return v == with
	case "co":
		return strings.Contains(v, with)
	case "sw":
		return strings.HasPrefix(v, with)
	case "ew":
		return strings.HasSuffix(v, with)
	}
	return ordered(n.op, strings.Compare(v, with))
}

func (n compare) moments(v, with string) bool {
	a, errA := time.Parse(time.RFC3339, v)
	b, errB := time.Parse(time.RFC3339, with)
	if errA != nil || errB != nil {
		return false
	}
	return n.op == "eq" && a.Equal(b) || ordered(n.op, a.Compare(b))
}

func ordered(op string, order int) bool {
	switch op {
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	case "le":
		return order <= 0
	}
	return false
}
