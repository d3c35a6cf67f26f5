package rules

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/errs"
)

// Patch is what to change. A preset comes first: it sets its own rules and
// clears all others, also those of roles.
type Patch struct {
	Preset string          // empty: none
	Clear  []identity.Role // of which nothing stays but what Values set
	// Values are by role, those of all roles under "". Nil goes back to the
	// layer before.
	Values map[identity.Role]map[string]json.RawMessage
}

// Put sets a rule, or with nil clears it.
func (p *Patch) Put(role identity.Role, key string, value json.RawMessage) {
	if p.Values == nil {
		p.Values = map[identity.Role]map[string]json.RawMessage{}
	}
	if p.Values[role] == nil {
		p.Values[role] = map[string]json.RawMessage{}
	}
	p.Values[role][key] = value
}

// place is where a value stands.
type place struct {
	role identity.Role
	key  string
}

func byPlace(a, b place) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.role, b.role)) }

// own returns what the organization itself has set, as JSON.
func (s Sheet) own() map[place]string {
	all := map[place]string{}
	for role, values := range s.Book.Own(s.OrganizationID) {
		for key, v := range values {
			all[place{role, key}] = text(v.Value)
		}
	}
	return all
}

// text spells a value as it is stored.
func text(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // a value of a rule always has a form in JSON
	}
	return string(raw)
}

// preset is the one that was taken last.
func (s Sheet) preset() policy.Bundle {
	v, ok := s.Book.Own(s.OrganizationID)[""][policy.Preset.Name()]
	if !ok {
		return policy.Presets[0]
	}
	name, _ := v.Value.(string)
	return policy.BundleOf(name)
}

// changes spells the patch out, in an order that is always the same. It
// returns errs.Fields with what is wrong with each key.
func (p Patch) changes(before Sheet) ([]policy.Change, error) {
	all := map[place]json.RawMessage{}
	if p.Preset != "" {
		bundle := policy.BundleOf(p.Preset)
		if bundle.Name != p.Preset {
			return nil, errs.Fields{policy.ErrValue.On(policy.Preset.Name())}
		}
		for at := range before.own() {
			all[at] = nil
		}
		for key, value := range bundle.Values {
			all[place{"", key}] = json.RawMessage(value)
		}
		all[place{"", policy.Preset.Name()}] = json.RawMessage(text(p.Preset))
	}
	for at := range before.own() {
		if at.role != "" && slices.Contains(p.Clear, at.role) {
			all[at] = nil
		}
	}
	for role, values := range p.Values {
		for key, value := range values {
			all[place{role, key}] = value
		}
	}
	var faults errs.Fields
	order := slices.SortedFunc(maps.Keys(all), byPlace)
	changes := make([]policy.Change, len(order))
	for i, at := range order {
		changes[i] = policy.Change{
			Scope: policy.Scope{OrganizationID: before.OrganizationID, Role: at.role}, Key: at.key, Value: all[at],
		}
		if err := faults.Add(changes[i].Check()); err != nil {
			return nil, err
		}
	}
	return changes, faults.OrNil()
}

// Differs returns the keys in which an organization's own rules are not those
// of the preset that was taken last.
func (s Sheet) Differs() []string {
	want := s.preset().Values
	keys := map[string]bool{}
	for at, value := range s.own() {
		if at.key != policy.Preset.Name() && (at.role != "" || want[at.key] != value) {
			keys[at.key] = true
		}
	}
	own := s.own()
	for key := range want {
		if own[place{"", key}] == "" {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
