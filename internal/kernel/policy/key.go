package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"nameplate/internal/kernel/identity"
)

// Together says what holds for a person with several organizations.
type Together uint8

// The ways in which values of several organizations hold together.
const (
	PerOrganization Together = iota + 1 // each in its own; a set of several has that of the first
	Strictest                           // one value, the strictest of all
	All                                 // all of them at once
)

// rule is what a key declares, without its type.
type rule struct {
	About
	standard any
	together Together
	read     func(raw []byte) (any, error)
	stricter func(a, b any) bool
}

// About is what there is to know of a rule to offer it: which values it takes.
type About struct {
	Name      string
	Choices   []string // the words it takes, from the mildest to the strictest
	Low, High int      // or a number from Low to High
	Roles     bool     // or a list of roles
	Everybody bool     // or "all" and "none", beside a list of roles
}

var (
	rules = map[string]*rule{}
	names []string // in the order of their declaration
)

// Rules lists every rule in the order of their declaration.
func Rules() []About {
	all := make([]About, len(names))
	for i, name := range names {
		all[i] = rules[name].About
	}
	return all
}

// errUnfit means that a value is none that the rule takes.
var errUnfit = errors.New("policy: the rule does not take this value")

// Key names a rule whose values are of type T.
type Key[T any] struct{ rule *rule }

func declare[T any](r rule) Key[T] {
	if rules[r.Name] != nil {
		panic("policy: " + r.Name + " is declared twice")
	}
	rules[r.Name], names = &r, append(names, r.Name)
	return Key[T]{&r}
}

// Choice declares a rule with one of some values, named from the mildest to
// the strictest. standard holds while nobody set one; it may be a value that
// nobody can set, which is then milder than all. Call it only to initialise
// package variables, as the other declarations.
func Choice[T ~string](name string, together Together, standard T, values ...T) Key[T] {
	rank := func(v any) int { return slices.Index(values, v.(T)) }
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return declare[T](rule{
		About: About{Name: name, Choices: words}, standard: standard, together: together,
		read: func(raw []byte) (any, error) {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil || rank(v) < 0 {
				return nil, errUnfit
			}
			return v, nil
		},
		stricter: func(a, b any) bool { return rank(a) > rank(b) },
	})
}

// AtLeast declares a rule that demands a number, so that the largest is the
// strictest. While nobody set one it is 0.
func AtLeast(name string, together Together, low, high int) Key[int] {
	return number(name, together, 0, low, high, func(a, b any) bool { return a.(int) > b.(int) })
}

// AtMost declares a rule that bounds a number, so that the smallest is the
// strictest.
func AtMost(name string, together Together, standard, low, high int) Key[int] {
	return number(name, together, standard, low, high, func(a, b any) bool { return a.(int) < b.(int) })
}

func number(name string, together Together, standard, low, high int, stricter func(a, b any) bool) Key[int] {
	return declare[int](rule{
		About: About{Name: name, Low: low, High: high}, standard: standard, together: together, stricter: stricter,
		read: func(raw []byte) (any, error) {
			var v int
			if err := json.Unmarshal(raw, &v); err != nil || v < low || v > high || isNull(raw) {
				return nil, errUnfit
			}
			return v, nil
		},
	})
}

// Roles declares a rule that names some roles of an organization; at first
// none.
func Roles(name string) Key[[]identity.Role] {
	return declare[[]identity.Role](rule{
		About: About{Name: name, Roles: true}, standard: []identity.Role{}, together: PerOrganization, read: readRoles,
	})
}

// readRoles returns the roles in the order that they always have.
func readRoles(raw []byte) (any, error) {
	var named []identity.Role
	if err := json.Unmarshal(raw, &named); err != nil || isNull(raw) {
		return nil, errUnfit
	}
	for _, r := range named {
		if !r.Valid() {
			return nil, errUnfit
		}
	}
	roles := []identity.Role{}
	for _, r := range identity.Roles {
		if slices.Contains(named, r) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

func isNull(raw []byte) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// combine returns what holds of the values of several organizations. There is
// at least one.
func (r *rule) combine(values []Value) []Value {
	switch r.together {
	case Strictest:
		strictest := values[0]
		for _, v := range values[1:] {
			if r.stricter(v.Value, strictest.Value) {
				strictest = v
			}
		}
		return []Value{strictest}
	case All:
		var all []Value
		for _, v := range values {
			same := func(o Value) bool { return reflect.DeepEqual(o.Value, v.Value) }
			if !slices.ContainsFunc(all, same) {
				all = append(all, v)
			}
		}
		return all
	}
	return values[:1]
}

// Known reports whether there is a rule of that name.
func Known(name string) bool { return rules[name] != nil }

// ValueOf reads a value of a rule, which is JSON. It returns ErrUnknown or
// ErrValue on the field named as the key.
func ValueOf(name string, raw []byte) (any, error) {
	if !Known(name) {
		return nil, ErrUnknown.On(name)
	}
	v, err := rules[name].read(raw)
	if err != nil {
		return nil, ErrValue.On(name)
	}
	return v, nil
}
