package policy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Source is the layer that a value comes from.
type Source string

// The layers. A later one wins.
const (
	FromInstance     Source = "instance" // also what holds while nobody set anything
	FromOrganization Source = "organization"
	FromRole         Source = "role"
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

// Set is the rules that hold for somebody. The zero set is what holds while
// nobody set anything.
type Set struct{ values map[string][]Value }

// Effective returns the rules of a scope.
func Effective(ctx context.Context, q db.Q, scope Scope) (Set, error) {
	rows, err := layers.All(ctx, q, scope.OrganizationID)
	if err != nil {
		return Set{}, err
	}
	s := Set{map[string][]Value{}}
	for _, r := range rows {
		rule := rules[r.Key]
		if rule == nil || r.Role != "" && r.Role != string(scope.Role) {
			continue // a newer version's key, or another role's value
		}
		v, err := rule.value(r)
		if err != nil {
			return Set{}, err
		}
		if before := s.values[r.Key]; before == nil || depth(v.Source) > depth(before[0].Source) {
			s.values[r.Key] = []Value{v}
		}
	}
	return s, nil
}

func (r *rule) value(stored row) (Value, error) {
	v, err := r.read([]byte(stored.Value))
	if err != nil {
		return Value{}, fmt.Errorf("%s of %q: %w", r.name, stored.OrganizationID, err)
	}
	return Value{
		Value: v, Source: source(stored), OrganizationID: stored.OrganizationID, SetBy: stored.SetBy, SetAt: stored.SetAt,
	}, nil
}

func source(r row) Source {
	switch {
	case r.Role != "":
		return FromRole
	case r.OrganizationID != "":
		return FromOrganization
	}
	return FromInstance
}

var sources = []Source{FromInstance, FromOrganization, FromRole}

func depth(s Source) int { return slices.Index(sources, s) }

// Account returns the rules for the account of a person with these
// memberships. What is kept per organization is that of the first, so put the
// current one there. Without any, the instance's rules hold.
func Account(ctx context.Context, q db.Q, memberships []identity.Membership) (Set, error) {
	if len(memberships) == 0 {
		return Effective(ctx, q, Scope{})
	}
	sets := make([]Set, len(memberships))
	for i, m := range memberships {
		s, err := Effective(ctx, q, Scope{m.OrganizationID, m.Role})
		if err != nil {
			return Set{}, err
		}
		sets[i] = s
	}
	return combine(sets), nil
}

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
	if v := s.values[r.name]; v != nil {
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
func (k Key[T]) Name() string { return k.rule.name }
