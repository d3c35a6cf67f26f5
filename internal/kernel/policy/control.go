package policy

import (
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
)

// ErrManaged says that the rules don't leave something to the person.
var ErrManaged = errs.New(errs.Denied, "managed_by_organization")

// ErrProvider says that something is in the hands of the organization's
// identity provider.
var ErrProvider = errs.New(errs.Denied, "managed_by_identity_provider")

// ErrElsewhere says that somebody has to sign in at the organization's identity
// provider.
var ErrElsewhere = errs.New(errs.Denied, "provider_required")

// Control is what a person may do with a field, and why.
type Control struct {
	State    State
	Editable bool
	// Reason says why the field is not free, empty if it is: one of
	// field_request, field_readonly, field_hidden, email_request,
	// email_readonly, phone_request, phone_readonly, designation_locked,
	// capacity_request and capacity_readonly.
	Reason         string
	Rule           string // the key of the rule that decided
	Source         Source
	OrganizationID string
	SetBy          string
	SetAt          time.Time
	ChangeableBy   string // who can change the rule: "operator" or "admins"
}

// Control returns what somebody with this role may do with a field. The
// strictest of the rules that speak of it decides; a field without a rule is
// free.
func (s Set) Control(field string, role identity.Role) Control {
	decided := control{state: Edit, Value: Value{Source: FromInstance}}
	for i, c := range s.controls(field, role) {
		if i == 0 || stricter(c.state, decided.state) {
			decided = c
		}
	}
	return decided.explain()
}

// control is what one rule says about a field.
type control struct {
	state  State
	rule   string
	reason string // if the state is not Edit
	Value
}

// controls returns what each rule says about a field, the most general first.
func (s Set) controls(field string, role identity.Role) []control {
	var all []control
	if key, ok := fieldState[field]; ok {
		state := key.Of(s)
		all = append(all, control{state, key.Name(), "field_" + string(state), key.Value(s)})
	}
	switch field {
	case "email":
		all = append(all, s.hands(field, EmailChange))
	case "phone":
		all = append(all, s.hands(field, PhoneChange))
	case "capacity":
		state := CapacitySelf.Of(s)
		all = append(all, control{state, CapacitySelf.Name(), "capacity_" + string(state), CapacitySelf.Value(s)})
	case "designation":
		if slices.Contains(DesignationLock.Of(s), role) {
			all = append(all, control{ReadOnly, DesignationLock.Name(), "designation_locked", DesignationLock.Value(s)})
		}
	}
	return all
}

// hands is what the rule says that puts a field into the person's or the
// organization's hands.
func (s Set) hands(field string, key Key[string]) control {
	change := key.Of(s)
	if change == "self" {
		return control{state: Edit, rule: key.Name(), Value: key.Value(s)}
	}
	return control{State(change), key.Name(), field + "_" + change, key.Value(s)}
}

func stricter(a, b State) bool { return slices.Index(states, a) > slices.Index(states, b) }

func (c control) explain() Control {
	out := Control{
		State: c.state, Editable: c.state == Edit, Rule: c.rule,
		Source: c.Source, OrganizationID: c.OrganizationID, SetBy: c.SetBy, SetAt: c.SetAt, ChangeableBy: "admins",
	}
	if !out.Editable {
		out.Reason = c.reason
	}
	if c.Source == FromInstance {
		out.ChangeableBy = "operator"
	}
	return out
}
