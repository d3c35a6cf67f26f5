package policy

import (
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
)

// Source is the layer that a value comes from.
type Source string

// The layers. A later one wins.
const (
	FromInstance     Source = "instance" // also what holds while nobody set anything
	FromOrganization Source = "organization"
	FromRole         Source = "role"
	// FromProvider is above all: the organization's identity provider has it.
	FromProvider Source = "identity_provider"
)

// Value is a value that holds, and why.
type Value struct {
	Value          any // of the key's type
	Source         Source
	OrganizationID string    // whose it is; empty for the instance
	SetBy          string    // id of the user; empty: the operator, or nobody; Deleted: one who is gone
	SetAt          time.Time // zero: nobody set it
}

// Deleted stands for a user who set a value and was deleted since.
const Deleted = "deleted"

// Scope is where rules hold: the instance if it is empty, an organization, or
// one role in it.
type Scope struct {
	OrganizationID string
	Role           identity.Role
}

var sources = []Source{FromInstance, FromOrganization, FromRole}

func (s Source) depth() int { return slices.Index(sources, s) }

// Set is the rules that hold for somebody. The zero set is what holds while
// nobody set anything.
type Set struct{ values map[string][]Value }

func combine(sets []Set) Set {
	if len(sets) == 1 {
		return sets[0]
	}
	together := Set{map[string][]Value{}}
	for _, s := range sets {
		for name := range s.values {
			if together.values[name] != nil {
				continue
			}
			rule := rules[name]
			var values []Value
			for _, each := range sets {
				values = append(values, each.of(rule)...)
			}
			together.values[name] = rule.combine(values)
		}
	}
	return together
}

// of returns the values of a rule that hold; there is always one.
func (s Set) of(r *rule) []Value {
	if v := s.values[r.Name]; v != nil {
		return v
	}
	return []Value{{Value: r.standard, Source: FromInstance}}
}

// Of returns the value that holds.
func (k Key[T]) Of(s Set) T { return k.Value(s).Value.(T) }

// Every returns all values that hold at once, for a rule of which those of
// several organizations do.
func (k Key[T]) Every(s Set) []T {
	var all []T
	for _, v := range s.of(k.rule) {
		all = append(all, v.Value.(T))
	}
	return all
}

// Value returns the value that holds, with its source.
func (k Key[T]) Value(s Set) Value { return s.of(k.rule)[0] }

// Name returns the key as it is written.
func (k Key[T]) Name() string { return k.rule.Name }

// Value returns the value of a rule that holds, with its source. There must be
// a rule of that name.
func (s Set) Value(name string) Value { return s.of(rules[name])[0] }
