package policy_test

import (
	"testing"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

const day = 24 * time.Hour

// terms are those of somebody who is an agent of the organizations since the
// world began.
func (w *world) terms(orgs ...string) policy.Terms {
	w.Helper()
	var all []identity.Membership
	for _, id := range orgs {
		all = append(all, identity.Membership{OrganizationID: id, Role: identity.Agent, Since: began})
	}
	return w.termsOf(all...)
}

func (w *world) termsOf(all ...identity.Membership) policy.Terms {
	w.Helper()
	t, err := policy.ReadTerms(w.Context(), w.db, began, all)
	if err != nil {
		w.Fatal(err)
	}
	return t
}

func TestOfSeveralOrganizationsTheShortestLifeOfASessionHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if got := w.terms(w.a, w.b); got.Lifetime != 30*day || got.Idle != 7*day || got.Factor.Made() {
			t.Errorf("without a rule %+v", got)
		}
		w.set(org(w.a), "session.max_hours", `12`)
		w.set(org(w.a), "session.idle_hours", `8`)
		w.set(org(w.b), "session.idle_hours", `1`)
		for _, orgs := range [][]string{{w.a, w.b}, {w.b, w.a}} {
			if got := w.terms(orgs...); got.Lifetime != 12*time.Hour || got.Idle != time.Hour {
				t.Errorf("%v: %+v", orgs, got)
			}
		}
		if got := w.terms(w.b); got.Lifetime != 30*day || got.Idle != time.Hour {
			t.Errorf("%+v", got)
		}
	})
}

func TestASecondFactorIsRequiredByAnyOrganizationOfWhoeverHasTheRoleThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(org(w.a), "mfa.required", `["owner","admin"]`)
		as := func(role identity.Role) policy.Demand {
			return w.termsOf(identity.Membership{OrganizationID: w.b, Role: identity.Owner, Since: began},
				identity.Membership{OrganizationID: w.a, Role: role, Since: began}).Factor
		}
		if as(identity.Agent).Made() {
			t.Error("an agent there, and owner elsewhere, needs one")
		}
		got := as(identity.Admin)
		if !got.Made() || got.Rule.OrganizationID != w.a || got.Rule.Source != policy.FromOrganization {
			t.Errorf("%+v", got)
		}
		w.set(policy.Scope{OrganizationID: w.a, Role: identity.Agent}, "mfa.required", `"all"`)
		if got := as(identity.Agent); !got.Made() || got.Rule.Source != policy.FromRole {
			t.Errorf("by role %+v", got)
		}
		w.set(policy.Scope{OrganizationID: w.a, Role: identity.Admin}, "mfa.required", `"none"`)
		if as(identity.Admin).Made() {
			t.Error("the role's own rule does not win")
		}
	})
}

func TestTheInstancesRuleRequiresASecondFactorOfWhoBelongsNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(policy.Scope{}, "mfa.required", `["owner"]`)
		if w.terms().Factor.Made() {
			t.Error("a role is required of whoever has none")
		}
		w.set(policy.Scope{}, "mfa.required", `"all"`)
		if !w.terms().Factor.Made() || !w.terms(w.b).Factor.Made() {
			t.Error("not everybody needs one")
		}
	})
}

func TestGraceBeginsWhenTheRuleOrTheRoleBegan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.clock.Advance(10 * day)
		w.set(org(w.a), "mfa.required", `"all"`)
		w.set(org(w.a), "mfa.grace_days", `3`)
		set := w.clock.Now()
		m := identity.Membership{OrganizationID: w.a, Role: identity.Agent, Since: began}
		due := func(m ...identity.Membership) time.Time { return w.termsOf(m...).Factor.Due }
		if got := due(m); !got.Equal(set.Add(3 * day)) {
			t.Errorf("an old member has until %s", got)
		}
		m.Since = set.Add(5 * day)
		if got := due(m); !got.Equal(set.Add(8 * day)) {
			t.Errorf("a newer one has until %s", got)
		}
		m.RoleSince.V, m.RoleSince.Valid = set.Add(9*day), true
		if got := due(m); !got.Equal(set.Add(12 * day)) {
			t.Errorf("one with a new role has until %s", got)
		}
		// Of two that require one, the first that ends counts; grace of one that
		// does not says nothing.
		w.set(org(w.b), "mfa.grace_days", `0`)
		other := identity.Membership{OrganizationID: w.b, Role: identity.Agent, Since: began}
		if got := due(m, other); !got.Equal(set.Add(12 * day)) {
			t.Errorf("grace of an organization without the rule counts: %s", got)
		}
		w.set(org(w.b), "mfa.required", `"all"`)
		if got := due(m, other); !got.Equal(set) {
			t.Errorf("of both, %s", got)
		}
		f := w.termsOf(m, other).Factor
		if f.Over(set.Add(-time.Second)) || !f.Over(set) {
			t.Error("the end of grace is not exact")
		}
	})
}
