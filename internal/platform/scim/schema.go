package scim

import (
	"slices"
	"strings"
	"time"
)

// Kind is what the values of an attribute are, as the RFC names it.
type Kind string

// The kinds.
const (
	Text    Kind = "string"
	Boolean Kind = "boolean"
	Moment  Kind = "dateTime"
	Ref     Kind = "reference"
	Complex Kind = "complex"
)

// Attribute is one that is kept and answered.
type Attribute struct {
	Name      string
	About     string
	Kind      Kind
	Many      bool // a list; of objects, always
	Required  bool
	ReadOnly  bool
	Exact     bool // case counts
	Unique    bool
	Canonical []string    // values that are meant
	Sub       []Attribute // of a complex one
}

// Schema is what resources of one type consist of.
type Schema struct {
	ID         string // a URN
	Name       string
	About      string
	Attributes []Attribute
	// Unkept are further names that clients send and nothing keeps.
	Unkept []string
}

// common are attributes of every resource, which no schema lists (RFC 7643,
// section 3.1).
var common = []Attribute{
	{Name: "id", Kind: Text, ReadOnly: true, Exact: true},
	{Name: "externalId", Kind: Text, Exact: true},
	{Name: "meta", Kind: Complex, ReadOnly: true, Sub: []Attribute{
		{Name: "resourceType", Kind: Text, ReadOnly: true, Exact: true}, {Name: "created", Kind: Moment, ReadOnly: true},
		{Name: "lastModified", Kind: Moment, ReadOnly: true}, {Name: "location", Kind: Ref, ReadOnly: true, Exact: true},
		{Name: "version", Kind: Text, ReadOnly: true, Exact: true},
	}},
}

// Object is a resource or a complex value: texts, booleans, objects and lists
// of objects by the names of their attributes.
type Object = map[string]any

func named(all []Attribute, name string) (Attribute, bool) {
	for _, a := range all {
		if strings.EqualFold(a.Name, name) {
			return a, true
		}
	}
	return Attribute{}, false
}

// attribute finds one by its name alone.
func (s Schema) attribute(name string) (Attribute, bool) {
	if a, ok := named(s.Attributes, name); ok {
		return a, true
	}
	return named(common, name)
}

// unkept reports whether name is of an attribute that clients may send and
// nothing keeps: one of the core schema, or of an extension.
func (s Schema) unkept(name string) bool {
	name = s.local(name)
	if len(name) > 4 && strings.EqualFold(name[:4], "urn:") || strings.EqualFold(name, "schemas") {
		return true
	}
	head, _, _ := strings.Cut(name, ".")
	head, _, _ = strings.Cut(head, "[")
	return slices.ContainsFunc(s.Unkept, func(other string) bool { return strings.EqualFold(other, name) || strings.EqualFold(other, head) })
}

// local takes the URN of the schema itself off the front of a name.
func (s Schema) local(name string) string {
	if n := len(s.ID); len(name) > n && strings.EqualFold(name[:n], s.ID) && name[n] == ':' {
		return name[n+1:]
	}
	return name
}

// place is where a name without a filter leads: an attribute, and one in it if
// there is a dot.
type place struct {
	Attribute
	sub *Attribute
}

// find resolves a name such as "name.givenName".
func (s Schema) find(name string) (p place, ok bool) {
	head, rest, dotted := strings.Cut(s.local(name), ".")
	if p.Attribute, ok = s.attribute(head); !ok || !dotted {
		return p, ok
	}
	sub, ok := named(p.Sub, rest)
	p.sub = &sub
	return p, ok
}

// deciding is the attribute whose values a comparison is about: those of a list
// are compared by their "value".
func (p place) deciding() (Attribute, bool) {
	switch {
	case p.sub != nil:
		return *p.sub, p.sub.Kind != Complex
	case p.Many:
		return named(p.Sub, "value")
	}
	return p.Attribute, p.Kind != Complex
}

// values are all the values at a place of an object.
func (p place) values(o Object) (all []any) {
	name := ""
	if p.sub != nil {
		name = p.sub.Name
	} else if p.Many {
		name = "value"
	}
	for _, one := range list(o[p.Name]) {
		if inner, ok := one.(Object); ok && name != "" {
			one = inner[name]
		}
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

// list is a value as a list: none for nil, and one for what is no list.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// String returns the text of an attribute, or of one in it; empty where there
// is none.
func String(o Object, names ...string) string {
	for _, name := range names[:len(names)-1] {
		inner, ok := o[name].(Object)
		if !ok {
			return ""
		}
		o = inner
	}
	text, _ := o[names[len(names)-1]].(string)
	return text
}

// Objects returns the elements of a list.
func Objects(o Object, name string) (all []Object) {
	for _, one := range list(o[name]) {
		if inner, ok := one.(Object); ok {
			all = append(all, inner)
		}
	}
	return all
}

// Time spells a moment as answers have it.
func Time(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
