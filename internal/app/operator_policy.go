package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/errs"
	"nameplate/internal/team/rules"
)

// What the operator can get wrong about rules.
var (
	errRuleUnknown = errs.New(errs.Invalid, "operator_rule_unknown")
	errRuleValue   = errs.New(errs.Invalid, "operator_rule_value")
)

// PolicyChange is what the operator wants of the rules of an organization, or
// without one of the instance.
type PolicyChange struct {
	Organization string                     `json:"organization"` // name or id
	Role         identity.Role              `json:"role,omitempty"`
	Preset       string                     `json:"preset,omitempty"`
	Set          map[string]json.RawMessage `json:"set,omitempty"`
	Clear        []string                   `json:"clear,omitempty"`
}

// Policy is the rules as they hold.
type Policy struct {
	Organization *identity.OrganizationRef `json:"organization,omitempty"`
	Role         identity.Role             `json:"role,omitempty"`
	Rules        []PolicyRule              `json:"rules"`
}

// PolicyRule is one of them.
type PolicyRule struct {
	Key    string     `json:"key"`
	Value  any        `json:"value"`
	Source string     `json:"source"` // instance, organization or role
	SetAt  *time.Time `json:"set_at,omitempty"`
}

// changePolicy sets rules, if any are to be set, and tells all of them.
func (a *App) changePolicy(ctx context.Context, in PolicyChange) (out Policy, err error) {
	id := ""
	if in.Organization != "" {
		ref, err := organizationNamed(ctx, a.DB, in.Organization)
		if err != nil {
			return out, err
		}
		id, out.Organization = ref.ID, &ref
	}
	if in.Role != "" && !in.Role.Valid() {
		return out, errRoleUnknown
	}
	sheet, err := a.Rules.Get(ctx, operator, id)
	if err != nil {
		return out, err
	}
	if in.Role != "" && id == "" {
		return out, errRoleNowhere
	}
	if p := in.patch(); p.Preset != "" || p.Values != nil {
		if sheet, err = a.Rules.Change(ctx, operator, id, "", p); err != nil {
			return out, atKey(err)
		}
	}
	out.Role = in.Role
	return out, out.read(sheet)
}

func (in PolicyChange) patch() rules.Patch {
	p := rules.Patch{Preset: in.Preset}
	for _, key := range slices.Sorted(maps.Keys(in.Set)) {
		p.Put(in.Role, key, in.Set[key])
	}
	for _, key := range in.Clear {
		p.Put(in.Role, key, nil)
	}
	return p
}

func (out *Policy) read(sheet rules.Sheet) error {
	set, err := sheet.Set(out.Role)
	if err != nil {
		return err
	}
	for _, about := range policy.Rules() {
		v := set.Value(about.Name)
		r := PolicyRule{Key: about.Name, Value: v.Value, Source: string(v.Source)}
		if !v.SetAt.IsZero() {
			at := v.SetAt.UTC()
			r.SetAt = &at
		}
		out.Rules = append(out.Rules, r)
	}
	return nil
}

// atKey says which rule is wrong, for whoever sees only the sentence.
func atKey(err error) error {
	var faults errs.Fields
	if !errors.As(err, &faults) {
		return err
	}
	first := faults[0]
	if errors.Is(first, policy.ErrUnknown) {
		return errRuleUnknown.On(first.Field).With("Key", first.Field)
	}
	return errRuleValue.On(first.Field).With("Key", first.Field)
}
