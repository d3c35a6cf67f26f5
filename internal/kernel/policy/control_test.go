package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

func TestAFreeFieldIsEditable(t *testing.T) {
	var s policy.Set
	for _, field := range append(policy.Fields, "a field without a rule") {
		c := s.Control(field, identity.Agent)
		if c.State != policy.Edit || !c.Editable || c.Reason != "" || c.Source != policy.FromInstance {
			t.Errorf("%s: %+v", field, c)
		}
	}
}

func TestALockedFieldSaysWhichRuleLockedItWhoSetItAndWhoCanChangeIt(t *testing.T) {
	type rules map[string]string
	for name, c := range map[string]struct {
		field    string
		role     identity.Role
		operator rules
		admin    rules
		want     policy.Control
	}{
		"read-only by the organization": {
			field: "bio", admin: rules{"fields.bio.state": `"readonly"`},
			want: policy.Control{State: policy.ReadOnly, Reason: "field_readonly", Rule: "fields.bio.state", Source: policy.FromOrganization},
		},
		"hidden by the operator": {
			field: "pronouns", operator: rules{"fields.pronouns.state": `"hidden"`},
			want: policy.Control{State: policy.Hidden, Reason: "field_hidden", Rule: "fields.pronouns.state", Source: policy.FromInstance},
		},
		"on request": {
			field: "full_name", admin: rules{"fields.full_name.state": `"request"`},
			want: policy.Control{State: policy.Request, Reason: "field_request", Rule: "fields.full_name.state", Source: policy.FromOrganization},
		},
		"made free by the organization": {
			field: "bio", operator: rules{"fields.bio.state": `"hidden"`}, admin: rules{"fields.bio.state": `"edit"`},
			want: policy.Control{State: policy.Edit, Editable: true, Rule: "fields.bio.state", Source: policy.FromOrganization},
		},
		"a phone in the organization's hands": {
			field: "phone", admin: rules{"phone_change": `"readonly"`, "fields.phone.state": `"request"`},
			want: policy.Control{State: policy.ReadOnly, Reason: "phone_readonly", Rule: "phone_change", Source: policy.FromOrganization},
		},
		"a phone on request": {
			field: "phone", admin: rules{"phone_change": `"request"`},
			want: policy.Control{State: policy.Request, Reason: "phone_request", Rule: "phone_change", Source: policy.FromOrganization},
		},
		"a phone that nobody sees": {
			field: "phone", admin: rules{"phone_change": `"request"`}, operator: rules{"fields.phone.state": `"hidden"`},
			want: policy.Control{State: policy.Hidden, Reason: "field_hidden", Rule: "fields.phone.state", Source: policy.FromInstance},
		},
		"an address in the organization's hands": {
			field: "email", operator: rules{"email_change": `"request"`}, admin: rules{"email_change": `"readonly"`},
			want: policy.Control{State: policy.ReadOnly, Reason: "email_readonly", Rule: "email_change", Source: policy.FromOrganization},
		},
		"an address on request": {
			field: "email", operator: rules{"email_change": `"request"`},
			want: policy.Control{State: policy.Request, Reason: "email_request", Rule: "email_change", Source: policy.FromInstance},
		},
		"a designation locked for the role": {
			field: "designation", role: identity.Admin, admin: rules{"fields.designation.lock_for_roles": `["owner","admin"]`},
			want: policy.Control{State: policy.ReadOnly, Reason: "designation_locked", Rule: "fields.designation.lock_for_roles", Source: policy.FromOrganization},
		},
		"a designation locked for other roles": {
			field: "designation", role: identity.Agent, admin: rules{"fields.designation.lock_for_roles": `["owner","admin"]`},
			want: policy.Control{State: policy.Edit, Editable: true, Rule: "fields.designation.state", Source: policy.FromInstance},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				for key, value := range c.operator {
					w.set(policy.Scope{}, key, value)
				}
				for key, value := range c.admin {
					if err := w.try(w.admin, org(w.a), key, value); err != nil {
						t.Fatal(err)
					}
				}
				want := c.want
				want.ChangeableBy = "operator"
				if want.Source == policy.FromOrganization {
					want.OrganizationID, want.SetBy, want.ChangeableBy = w.a, w.admin.UserID, "admins"
				}
				if want.Reason != "" || want.Source == policy.FromOrganization {
					want.SetAt = began
				}
				s := w.effective(policy.Scope{OrganizationID: w.a, Role: c.role})
				if diff := cmp.Diff(want, s.Control(c.field, c.role)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
