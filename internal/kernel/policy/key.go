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
	name     string
	standard any
	together Together
	read     func(raw []byte) (any, error)
	stricter func(a, b any) bool
}

var rules = map[string]*rule{}

// errUnfit means that a value is none that the rule takes.
var errUnfit = errors.New("policy: the rule does not take this value")

// Key names a rule whose values are of type T.
type Key[T any] struct{ rule *rule }

func declare[T any](r rule) Key[T] {
	if rules[r.name] != nil {
		panic("policy: " + r.name + " is declared twice")
	}
	rules[r.name] = &r
	return Key[T]{&r}
}

// Choice declares a rule with one of some values, named from the mildest to
// the strictest. standard holds while nobody set one; it may be a value that
// nobody can set, which is then milder than all. Call it only to initialise
// package variables, as the other declarations.
func Choice[T ~string](name string, together Together, standard T, values ...T) Key[T] {
	rank := func(v any) int { return slices.Index(values, v.(T)) }
	return declare[T](rule{
		name: name, standard: standard, together: together,
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
	return declare[int](rule{
		name: name, standard: 0, together: together,
		read: func(raw []byte) (any, error) {
			var v int
			if err := json.Unmarshal(raw, &v); err != nil || v < low || v > high {
				return nil, errUnfit
			}
			return v, nil
		},
		stricter: func(a, b any) bool { return a.(int) > b.(int) },
	})
}

// Roles declares a rule that names some roles of an organization; at first
// none.
func Roles(name string) Key[[]identity.Role] {
	return declare[[]identity.Role](rule{
		name: name, standard: []identity.Role{}, together: PerOrganization, read: readRoles,
	})
}

// readRoles returns the roles in the order that they always have.
func readRoles(raw []byte) (any, error) {
	var named []identity.Role
	if err := json.Unmarshal(raw, &named); err != nil || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
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
