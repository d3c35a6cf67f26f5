package scim

import (
	"maps"
	"slices"
	"strings"
)

// maxOperations are in one patch.
const maxOperations = 1000

// Patch is a list of operations that hold together or not at all.
type Patch []operation

type operation struct {
	op    string // add, replace or remove
	path  path
	value any
}

// ReadPatch takes a patch as a client sends it (RFC 7644, section 3.5.2). An
// operation without a path becomes one for each attribute of its value. What is
// not kept is left out. It returns ErrSyntax, ErrPath, ErrTarget, ErrMutable or
// ErrValue.
func (s Schema) ReadPatch(body []byte) (Patch, error) {
	var sent struct {
		Operations []struct {
			Op    string
			Path  string
			Value any
		}
	}
	if err := decode(body, &sent); err != nil {
		return nil, err
	}
	if len(sent.Operations) == 0 || len(sent.Operations) > maxOperations {
		return nil, ErrSyntax
	}
	var all Patch
	for _, o := range sent.Operations {
		op := strings.ToLower(o.Op)
		if !slices.Contains([]string{"add", "replace", "remove"}, op) {
			return nil, at(ErrSyntax, "op")
		}
		read, err := s.operations(op, o.Path, o.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	return all, nil
}

func (s Schema) operations(op, where string, value any) (Patch, error) {
	if where != "" {
		return s.one(op, where, value, true)
	}
	o, ok := value.(Object)
	if op == "remove" || !ok {
		return nil, ErrTarget
	}
	var all Patch
	for _, name := range slices.Sorted(maps.Keys(o)) {
		read, err := s.one(op, name, o[name], false)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	return all, nil
}

// one reads an operation with a path. What is read only may be part of a whole
// object, and is left out then.
func (s Schema) one(op, where string, value any, meant bool) (Patch, error) {
	p, err := s.parsePath(where)
	switch {
	case err != nil && s.unkept(where):
		return nil, nil
	case err != nil:
		return nil, at(ErrPath, where)
	case p.readOnly() && !meant:
		return nil, nil
	case p.readOnly():
		return nil, at(ErrMutable, where)
	case op == "remove" && p.Required && p.sub == nil && p.filter == nil:
		return nil, at(ErrMutable, where)
	}
	return Patch{{op, p, value}}, nil
}

// Apply returns what becomes of an object, which stays as it is. It returns
// ErrTarget or ErrValue.
func (p Patch) Apply(o Object) (Object, error) {
	out := clone(o).(Object)
	for _, one := range p {
		if err := one.apply(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func clone(v any) any {
	switch v := v.(type) {
	case Object:
		out := make(Object, len(v))
		for name, one := range v {
			out[name] = clone(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = clone(one)
		}
		return out
	}
	return v
}

func (o operation) apply(to Object) error {
	p := o.path
	switch {
	case p.filter != nil:
		return o.elements(to)
	case p.sub != nil:
		return o.within(to)
	case o.op == "remove":
		return o.remove(to)
	}
	v, err := regular(p.Attribute, o.value)
	if err != nil {
		return err
	}
	if more, ok := v.(Object); ok {
		merge(to, p.Name, more)
		return nil
	}
	if more, ok := v.([]any); ok && o.op == "add" {
		to[p.Name] = joined(list(to[p.Name]), more)
		return nil
	}
	if v == nil && o.op == "add" {
		return nil
	}
	return set(to, p.Attribute, v)
}

// merge lays a complex value over the one that is there.
func merge(to Object, name string, more Object) {
	there, ok := to[name].(Object)
	if !ok {
		there = Object{}
	}
	maps.Copy(there, more)
	to[name] = there
}

// joined adds elements to a list. Those with a value that is there already are
// not added again, and of primary ones the newest stays so.
func joined(there, more []any) []any {
	known := map[any]int{}
	for i, one := range there {
		known[one.(Object)["value"]] = i
	}
	for _, one := range more {
		o := one.(Object)
		if o["primary"] == true {
			for _, other := range there {
				delete(other.(Object), "primary")
			}
		}
		if i, ok := known[o["value"]]; ok && o["value"] != nil {
			maps.Copy(there[i].(Object), o)
			continue
		}
		known[o["value"]] = len(there)
		there = append(there, o)
	}
	return there
}

// remove takes an attribute away; of a list, where a value is sent, the
// elements that it names.
func (o operation) remove(to Object) error {
	name := o.path.Name
	if !o.path.Many || o.value == nil {
		delete(to, name)
		return nil
	}
	v, err := regular(o.path.Attribute, o.value)
	if err != nil {
		return err
	}
	gone := map[any]bool{}
	for _, one := range list(v) {
		gone[one.(Object)["value"]] = true
	}
	keep(to, name, func(one Object) bool { return !gone[one["value"]] })
	return nil
}

// keep leaves those elements of a list that stay.
func keep(to Object, name string, stays func(Object) bool) {
	var out []any
	for _, one := range list(to[name]) {
		if stays(one.(Object)) {
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		delete(to, name)
	} else {
		to[name] = out
	}
}

// within changes an attribute of a complex value; of a list, of all elements.
func (o operation) within(to Object) error {
	p := o.path
	all := Objects(to, p.Name)
	if len(all) == 0 {
		if o.op == "remove" {
			return nil
		}
		all = []Object{{}}
		to[p.Name] = all[0]
		if p.Many {
			to[p.Name] = []any{all[0]}
		}
	}
	for _, one := range all {
		if err := o.change(one); err != nil {
			return err
		}
	}
	if !p.Many && len(all[0]) == 0 {
		delete(to, p.Name)
	}
	return nil
}

func (o operation) change(one Object) error {
	if o.op == "remove" {
		delete(one, o.path.sub.Name)
		return nil
	}
	return set(one, *o.path.sub, o.value)
}

// elements changes those elements of a list that a filter means. Where it means
// none, Entra ID wants the one that it describes to be made. What is not there
// need not be removed.
func (o operation) elements(to Object) error {
	p := o.path
	if o.op == "remove" && p.sub == nil {
		keep(to, p.Name, func(one Object) bool { return !p.filter.match(one) })
		return nil
	}
	var meant []Object
	for _, one := range Objects(to, p.Name) {
		if p.filter.match(one) {
			meant = append(meant, one)
		}
	}
	if len(meant) == 0 && o.op != "remove" {
		fresh, ok := made(p.filter)
		if !ok {
			return ErrTarget
		}
		to[p.Name] = append(list(to[p.Name]), fresh)
		meant = []Object{fresh}
	}
	for _, one := range meant {
		if err := o.element(one); err != nil {
			return err
		}
	}
	return nil
}

func (o operation) element(one Object) error {
	if o.path.sub != nil {
		return o.change(one)
	}
	v, ok := unwrappedObject(o.value)
	if !ok {
		return at(ErrValue, o.path.Name)
	}
	more, err := inner(o.path.Attribute, v)
	if more != nil {
		maps.Copy(one, more.(Object))
	}
	return err
}

func unwrappedObject(v any) (Object, bool) {
	if all, ok := v.([]any); ok && len(all) == 1 {
		v = all[0]
	}
	o, ok := v.(Object)
	return o, ok
}
