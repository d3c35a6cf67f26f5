package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// Read takes a resource as a client sends it. What is read only or not kept is
// left out; a name that no schema has, or a value of the wrong kind, is
// refused. It returns ErrSyntax or ErrValue.
func (s Schema) Read(body []byte) (Object, error) {
	var sent Object
	if err := decode(body, &sent); err != nil {
		return nil, err
	}
	return s.resource(sent)
}

func (s Schema) resource(sent Object) (Object, error) {
	out := Object{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		a, ok := s.attribute(s.local(name))
		switch {
		case !ok && s.unkept(name) || a.ReadOnly:
			continue
		case !ok:
			return nil, at(ErrSyntax, name)
		}
		if err := set(out, a, sent[name]); err != nil {
			return nil, err
		}
	}
	for _, a := range s.Attributes {
		if a.Required && out[a.Name] == nil {
			return nil, at(ErrValue, a.Name)
		}
	}
	return out, nil
}

func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if d.Decode(into) != nil {
		return ErrSyntax
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrSyntax
	}
	return nil
}

// set gives an object a value; an empty one is none.
func set(o Object, a Attribute, v any) error {
	v, err := regular(a, v)
	if err != nil {
		return err
	}
	if v == nil {
		delete(o, a.Name)
	} else {
		o[a.Name] = v
	}
	return nil
}

// regular brings a value into the form that its attribute has; nil where it is
// empty.
func regular(a Attribute, v any) (any, error) {
	switch {
	case v == nil:
		return nil, nil
	case a.Many:
		return elements(a, v)
	case a.Kind == Complex:
		o, ok := v.(Object)
		if !ok {
			return nil, at(ErrValue, a.Name)
		}
		return inner(a, o)
	}
	return simple(a, unwrapped(v))
}

// unwrapped takes a single value out of a list of one object, in which Entra ID
// sends texts.
func unwrapped(v any) any {
	all, ok := v.([]any)
	if !ok || len(all) != 1 {
		return v
	}
	if o, ok := all[0].(Object); ok {
		return o["value"]
	}
	return all[0]
}

func simple(a Attribute, v any) (any, error) {
	if a.Kind == Boolean {
		b, ok := truth(v)
		if !ok {
			return nil, at(ErrValue, a.Name)
		}
		return b, nil
	}
	text, ok := v.(string)
	switch {
	case v != nil && !ok:
		return nil, at(ErrValue, a.Name)
	case text == "":
		return nil, nil
	}
	return text, nil
}

// elements reads a list. A single object, and bare texts, stand for a list of
// such.
func elements(a Attribute, v any) (any, error) {
	var out []any
	for _, one := range list(v) {
		o, ok := one.(Object)
		if text, bare := one.(string); bare {
			o, ok = Object{"value": text}, true
		}
		if !ok {
			return nil, at(ErrValue, a.Name)
		}
		read, err := inner(a, o)
		if err != nil {
			return nil, err
		}
		if read != nil {
			out = append(out, read)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// inner reads a complex value. What it has beside the attributes that are kept
// is left out.
func inner(a Attribute, sent Object) (any, error) {
	out := Object{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if sub, ok := named(a.Sub, name); ok && !sub.ReadOnly {
			if err := set(out, sub, sent[name]); err != nil {
				return nil, err
			}
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// Pick leaves of an object what a request wants: of attributes, if there are
// any, those alone, and never those of excluded. What is always returned stays.
func (s Schema) Pick(o Object, attributes, excluded string) Object {
	out := maps.Clone(o)
	if want := s.names(attributes); len(want) > 0 {
		maps.DeleteFunc(out, func(name string, _ any) bool {
			return !want[name] && name != "id" && name != "schemas" && name != "meta"
		})
	}
	for name := range s.names(excluded) {
		if name != "id" {
			delete(out, name)
		}
	}
	return out
}

// names reads a list of attributes with commas between. Of one in another the
// outer one counts.
func (s Schema) names(text string) map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Split(text, ",") {
		if p, ok := s.find(strings.TrimSpace(name)); ok {
			all[p.Name] = true
		}
	}
	return all
}
