package policy_test

import (
	"errors"
	"testing"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

func TestEachPresetSetsValuesThatTheRulesTake(t *testing.T) {
	for _, p := range policy.Presets {
		for key, value := range p.Values {
			if err := (policy.Change{Key: key, Value: []byte(value)}).Check(); err != nil {
				t.Errorf("%s sets %s: %v", p.Name, key, err)
			}
		}
		for role := range p.Labels {
			if !role.Valid() {
				t.Errorf("%s names the role %s", p.Name, role)
			}
		}
	}
}

func TestAnotherPresetTakesItsWordsForRolesAndLeavesOnesOwn(t *testing.T) {
	for _, c := range []struct{ own, from, to, want string }{
		{`{}`, "default", "fixed-titles", `{"admin":"Organization Admin"}`},
		{`{"admin":"Organization Admin"}`, "fixed-titles", "personal", `{}`},
		{`{"admin":"Chief"}`, "default", "managed", `{"admin":"Chief"}`},
		{`{"admin":"Organization Admin","agent":"Guide"}`, "fixed-titles", "contact-centre", `{"agent":"Guide","owner":"Account holder"}`},
	} {
		got, err := policy.Relabel(c.own, policy.BundleOf(c.from), policy.BundleOf(c.to))
		if err != nil || got != c.want {
			t.Errorf("%s, from %s to %s: %s %v", c.own, c.from, c.to, got, err)
		}
	}
}

func TestABookTellsWhatWouldHoldWithoutChangingAnything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(org(w.a), "phone_change", `"request"`)
		b, err := policy.Read(t.Context(), d, w.a, w.b)
		if err != nil {
			t.Fatal(err)
		}
		after, err := b.With(w.admin.UserID, began,
			policy.Change{Scope: org(w.a), Key: "phone_change"},
			policy.Change{Scope: org(w.a), Key: "email_change", Value: []byte(`"readonly"`)},
			policy.Change{Scope: org(w.b), Key: "card.access", Value: []byte(`"off"`)})
		if err != nil {
			t.Fatal(err)
		}
		phone := func(b policy.Book) string {
			s, err := b.Effective(org(w.a))
			if err != nil {
				t.Fatal(err)
			}
			return policy.PhoneChange.Of(s)
		}
		if phone(b) != "request" || phone(after) != "self" || policy.PhoneChange.Of(w.effective(org(w.a))) != "request" {
			t.Error("the book as it is has changed")
		}
		if b.Version(w.a) == after.Version(w.a) || b.Version(w.a) != must(policy.Read(t.Context(), d, w.a)).Version(w.a) {
			t.Error("the version does not tell changes apart")
		}
		if _, err := b.With("", began, policy.Change{Scope: org(w.a), Key: "phone_change", Value: []byte(`"never"`)}); !errors.Is(err, policy.ErrValue) {
			t.Errorf("%v", err)
		}
	})
}

func must(b policy.Book, err error) policy.Book {
	if err != nil {
		panic(err)
	}
	return b
}

func TestOneStatementReadsFourOrganizationsAndMoreAreReadToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(policy.Scope{}, "password.preset", `"nist"`)
		var all []identity.Membership
		for range 9 {
			w.tx(func(tx *db.Tx) error {
				id, err := identity.AddOrganization(t.Context(), tx, "One of many", began)
				all = append(all, identity.Membership{OrganizationID: id, Role: identity.Agent})
				return err
			})
		}
		w.set(org(all[8].OrganizationID), "phone_change", `"readonly"`)
		s, err := policy.Account(t.Context(), d, all)
		if err != nil {
			t.Fatal(err)
		}
		if policy.PhoneChange.Of(s) != "readonly" || len(policy.PasswordPreset.Every(s)) != 1 {
			t.Errorf("%v %v", policy.PhoneChange.Of(s), policy.PasswordPreset.Every(s))
		}
	})
}

func TestAChangeIsTakenBackUnlessTheRuleHasMovedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(org(w.a), "phone_change", `"request"`)
		w.set(org(w.a), "phone_change", `"readonly"`)
		entries := w.entries(w.a)
		revert := func(actor identity.Actor, e journal.Entry) error {
			return w.db.Tx(t.Context(), func(tx *db.Tx) error { return w.policies.Revert(t.Context(), tx, actor, w.a, e) })
		}
		if err := revert(operator, entries[0]); !errors.Is(err, policy.ErrMovedOn) {
			t.Errorf("the first change was taken back although there is a second: %v", err)
		}
		agent := w.admin
		agent.Membership.Role = identity.Agent
		if err := revert(agent, entries[1]); !errors.Is(err, policy.ErrDenied) {
			t.Errorf("an agent: %v", err)
		}
		if err := revert(w.admin, entries[1]); err != nil {
			t.Fatal(err)
		}
		if got := policy.PhoneChange.Of(w.effective(org(w.a))); got != "request" {
			t.Errorf("%q", got)
		}
		if err := revert(w.admin, entries[1]); !errors.Is(err, policy.ErrMovedOn) {
			t.Errorf("twice: %v", err)
		}
		last := w.entries(w.a)[2]
		if p := policy.Past(w.a, last); p.Reverts != entries[1].ID || p.Before != `"readonly"` || p.After != `"request"` {
			t.Errorf("%+v", p)
		}
		if err := revert(w.admin, last); err != nil {
			t.Fatal(err)
		}
		if err := revert(w.admin, w.entries(w.a)[3]); err != nil {
			t.Fatal(err)
		}
		if err := revert(w.admin, entries[0]); err != nil { // the first one again: back to nothing
			t.Fatal(err)
		}
		if got := policy.PhoneChange.Value(w.effective(org(w.a))); got.Source != policy.FromInstance {
			t.Errorf("%+v", got)
		}
	})
}
