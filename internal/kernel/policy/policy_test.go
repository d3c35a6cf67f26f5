package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/errs"
)

var (
	began    = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	operator = identity.Actor{Operator: true, Origin: identity.Command}

	spoil = db.Exec(`UPDATE policy_values SET value = $1`)
	plant = db.Exec(`INSERT INTO policy_values (organization_id, role, key, value, set_at) VALUES ('', '', $1, $2, $3)`)
)

// world is a database with two organizations and an admin of the first.
type world struct {
	*testing.T
	db       *db.DB
	clock    *clock.Manual
	policies policy.Policies
	a, b     string
	admin    identity.Actor
}

func newWorld(t *testing.T, d *db.DB) *world {
	c := clock.At(began)
	w := &world{T: t, db: d, clock: c, policies: policy.Policies{Clock: c, Journal: &journal.Journal{Clock: c}}}
	w.tx(func(tx *db.Tx) (err error) {
		if w.a, err = identity.AddOrganization(t.Context(), tx, "A", began); err != nil {
			return err
		}
		if w.b, err = identity.AddOrganization(t.Context(), tx, "B", began); err != nil {
			return err
		}
		user, err := identity.Add(t.Context(), tx, identity.NewUser{Address: "admin@a.example"}, began)
		m := identity.Membership{OrganizationID: w.a, UserID: user, Role: identity.Admin}
		w.admin = identity.Actor{UserID: user, Membership: m, Origin: identity.Page}
		return errors.Join(err, identity.AddMember(t.Context(), tx, m, began))
	})
	return w
}

func (w *world) tx(fn func(tx *db.Tx) error) {
	w.Helper()
	if err := w.db.Tx(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) try(actor identity.Actor, scope policy.Scope, key, value string) error {
	return w.db.Tx(w.Context(), func(tx *db.Tx) error {
		return w.policies.Set(w.Context(), tx, actor, scope, key, []byte(value))
	})
}

func (w *world) set(scope policy.Scope, key, value string) {
	w.Helper()
	if err := w.try(operator, scope, key, value); err != nil {
		w.Fatal(err)
	}
}

func (w *world) clear(scope policy.Scope, key string) {
	w.Helper()
	w.tx(func(tx *db.Tx) error { return w.policies.Clear(w.Context(), tx, operator, scope, key) })
}

func (w *world) effective(scope policy.Scope) policy.Set {
	w.Helper()
	s, err := policy.Effective(w.Context(), w.db, scope)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// account is the set of an agent of the organizations.
func (w *world) account(orgs ...string) policy.Set {
	w.Helper()
	var all []identity.Membership
	for _, org := range orgs {
		all = append(all, identity.Membership{OrganizationID: org, Role: identity.Agent})
	}
	s, err := policy.Account(w.Context(), w.db, all)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// entries returns what the journal says about a trail.
func (w *world) entries(trail string) []journal.Entry {
	w.Helper()
	s := journal.Sealer{DB: w.db, Clock: w.clock, Holder: "one", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if _, err := s.Seal(w.Context()); err != nil {
		w.Fatal(err)
	}
	all, err := journal.After(w.Context(), w.db, trail, 0, 100)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func org(id string) policy.Scope { return policy.Scope{OrganizationID: id} }

func TestWhileNobodySetARuleItsStandardHolds(t *testing.T) {
	var s policy.Set
	if got := policy.PasswordPreset.Of(s); got != "strong12" {
		t.Errorf("preset %q", got)
	}
	if got := policy.PasswordMinLength.Of(s); got != 0 {
		t.Errorf("length %d", got)
	}
	if got := policy.PhoneChange.Of(s); got != "self" {
		t.Errorf("phone %q", got)
	}
	if got := policy.CardAccess.Of(s); got != "public" {
		t.Errorf("card %q", got)
	}
	if got := policy.DesignationLock.Of(s); len(got) != 0 {
		t.Errorf("lock %v", got)
	}
	for _, field := range policy.Fields {
		if got := policy.FieldState(field).Of(s); got != policy.Edit {
			t.Errorf("%s is %q", field, got)
		}
		if got := policy.FieldVisibility(field).Of(s); got != policy.Unpinned {
			t.Errorf("%s is pinned to %q", field, got)
		}
	}
	if got := policy.PasswordPreset.Value(s); got.Source != policy.FromInstance || got.SetBy != "" || !got.SetAt.IsZero() {
		t.Errorf("value %+v", got)
	}
}

func TestALaterLayerWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		agents := policy.Scope{OrganizationID: w.a, Role: identity.Agent}
		key := "fields.bio.state"
		holds := func(scope policy.Scope, want policy.State, source policy.Source) {
			t.Helper()
			v := policy.FieldState("bio").Value(w.effective(scope))
			if v.Value != want || v.Source != source {
				t.Errorf("%v: %v from %s, want %s from %s", scope, v.Value, v.Source, want, source)
			}
		}
		w.set(agents, key, `"hidden"`)
		w.set(policy.Scope{}, key, `"request"`)
		w.set(org(w.a), key, `"readonly"`)

		holds(policy.Scope{}, policy.Request, policy.FromInstance)
		holds(org(w.b), policy.Request, policy.FromInstance)
		holds(org(w.a), policy.ReadOnly, policy.FromOrganization)
		holds(policy.Scope{OrganizationID: w.a, Role: identity.Owner}, policy.ReadOnly, policy.FromOrganization)
		holds(agents, policy.Hidden, policy.FromRole)
		holds(policy.Scope{OrganizationID: w.b, Role: identity.Agent}, policy.Request, policy.FromInstance)

		w.clear(agents, key)
		holds(agents, policy.ReadOnly, policy.FromOrganization)
		w.clear(org(w.a), key)
		holds(agents, policy.Request, policy.FromInstance)
		w.clear(policy.Scope{}, key)
		holds(agents, policy.Edit, policy.FromInstance)
	})
}

func TestAValueSaysWhoSetItAndWhen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if err := w.try(w.admin, org(w.a), "card.access", `"signed"`); err != nil {
			t.Fatal(err)
		}
		want := policy.Value{
			Value: "signed", Source: policy.FromOrganization, OrganizationID: w.a, SetBy: w.admin.UserID, SetAt: began,
		}
		if diff := cmp.Diff(want, policy.CardAccess.Value(w.effective(org(w.a)))); diff != "" {
			t.Error(diff)
		}
		w.tx(func(tx *db.Tx) error { return policy.Forget(t.Context(), tx, w.admin.UserID) })
		want.SetBy = policy.Deleted
		if diff := cmp.Diff(want, policy.CardAccess.Value(w.effective(org(w.a)))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOnlyWhatARuleTakesCanBeSet(t *testing.T) {
	good := map[string][]string{
		"password.preset":                   {`"classic"`, `"nist"`, `"custom"`, `"strong12"`},
		"password.min_length":               {`8`, `128`},
		"fields.bio.state":                  {`"edit"`, `"request"`, `"readonly"`, `"hidden"`},
		"fields.phone.visibility":           {`"public"`, `"team"`, `"private"`},
		"fields.display_name.visibility":    {`"public"`},
		"fields.designation.lock_for_roles": {`["owner","admin"]`, `[]`},
		"phone_change":                      {`"self"`, `"request"`, `"readonly"`},
		"card.access":                       {`"public"`, `"signed"`, `"off"`},
		"email_change":                      {`"self"`, `"request"`, `"readonly"`},
		"preset":                            {`"default"`, `"enterprise-sso"`},
		"mfa.required":                      {`"all"`, `"none"`, `[]`, `["owner"]`, `["agent","owner"]`},
		"mfa.grace_days":                    {`0`, `90`},
		"mfa.sms":                           {`"allowed"`, `"never"`},
		"passkey.as":                        {`"full_sign_in"`, `"second_factor"`},
		"session.max_hours":                 {`1`, `720`},
		"session.idle_hours":                {`1`, `168`},
		"tokens.max_days":                   {`1`, `365`},
		"tokens.redisplay":                  {`"yes"`, `"no"`},
	}
	bad := map[string][]string{
		"password.preset":                   {`"Classic"`, `""`, `null`, `1`, `"x`, ``},
		"password.min_length":               {`7`, `129`, `12.5`, `"12"`, `null`},
		"fields.bio.state":                  {`"locked"`, `null`},
		"fields.phone.visibility":           {`""`, `null`},
		"fields.display_name.visibility":    {`"private"`},
		"fields.designation.lock_for_roles": {`["boss"]`, `"owner"`, `null`, ` null`, `{}`},
		"phone_change":                      {`"edit"`},
		"card.access":                       {`true`},
		"email_change":                      {`"edit"`, `""`},
		"preset":                            {`"Default"`, `"seed"`},
		"mfa.required":                      {`"some"`, `["boss"]`, `"owner"`, `null`, `true`, `{}`, `["all"]`},
		"mfa.grace_days":                    {`-1`, `91`, `1.5`, `"7"`, `null`},
		"mfa.sms":                           {`"always"`, `false`},
		"passkey.as":                        {`"first"`},
		"session.max_hours":                 {`0`, `721`, `null`},
		"session.idle_hours":                {`0`, `169`},
		"tokens.max_days":                   {`0`, `366`, `null`},
		"tokens.redisplay":                  {`true`, `"never"`},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for key, values := range good {
			for _, v := range values {
				w.set(org(w.a), key, v)
			}
		}
		kept := len(w.entries(w.a))
		for key, values := range bad {
			for _, v := range values {
				err := w.try(operator, org(w.a), key, v)
				var e *errs.Error
				if !errors.As(err, &e) || !errors.Is(err, policy.ErrValue) || e.Field != key {
					t.Errorf("%s = %s: %v", key, v, err)
				}
			}
		}
		for key, scope := range map[string]policy.Scope{
			"fields.shoe_size.state": {},
			"password":               org(w.a),
			"role":                   {Role: identity.Agent}, // a role of no organization
		} {
			var e *errs.Error
			if err := w.try(operator, scope, key, `"x"`); !errors.As(err, &e) || !errors.Is(err, policy.ErrUnknown) || e.Field != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		if n := len(w.entries(w.a)); n != kept {
			t.Errorf("%d refused changes are in the journal", n-kept)
		}
	})
}

func TestRulesAreSetByTheOperatorAndByAdminsInTheirOwnOrganization(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		agent := w.admin
		agent.Membership.Role = identity.Agent
		for name, c := range map[string]struct {
			actor identity.Actor
			scope policy.Scope
			want  error
		}{
			"the operator for everybody":         {operator, policy.Scope{}, nil},
			"the operator for an organization":   {operator, org(w.b), nil},
			"the operator for nothing":           {operator, org("org_x"), identity.ErrNoMember},
			"an admin for the own organization":  {w.admin, org(w.a), nil},
			"an admin for one of its roles":      {w.admin, policy.Scope{OrganizationID: w.a, Role: identity.Agent}, nil},
			"an admin for another organization":  {w.admin, org(w.b), identity.ErrNoMember},
			"an admin for everybody":             {w.admin, policy.Scope{}, policy.ErrDenied},
			"an agent for the own organization":  {agent, org(w.a), policy.ErrDenied},
			"nobody for everybody":               {identity.Actor{}, policy.Scope{}, policy.ErrDenied},
			"an admin of nothing, for everybody": {identity.Actor{Membership: identity.Membership{Role: identity.Owner}}, policy.Scope{}, policy.ErrDenied},
		} {
			if err := w.try(c.actor, c.scope, "card.access", `"off"`); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				return w.policies.Clear(t.Context(), tx, c.actor, c.scope, "card.access")
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s, clearing: %v, want %v", name, err, c.want)
			}
		}
	})
}

func TestEachChangeIsOneEntryWithWhatHeldBeforeAndAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		agents := policy.Scope{OrganizationID: w.a, Role: identity.Agent}
		key := "password.preset"
		w.set(org(w.a), key, `"classic"`)
		w.set(org(w.a), key, ` "classic" `) // the same again
		w.set(org(w.a), key, `"nist"`)
		w.set(agents, key, `"custom"`)
		w.clear(org(w.a), key)
		w.clear(org(w.a), key) // nothing to clear
		w.set(policy.Scope{}, key, `"nist"`)

		var got []string
		for _, e := range append(w.entries(w.a), w.entries(journal.Instance)...) {
			details, _ := json.Marshal(e.Details)
			got = append(got, fmt.Sprint(e.Action, " ", e.Actor, " ", e.Changes, " ", string(details)))
			if e.Target != w.a && e.Target != journal.Instance {
				t.Errorf("target %q", e.Target)
			}
		}
		want := []string{
			`policy.updated operator [password.preset] {"after":"\"classic\""}`,
			`policy.updated operator [password.preset] {"after":"\"nist\"","before":"\"classic\""}`,
			`policy.updated operator [password.preset] {"after":"\"custom\"","role":"agent"}`,
			`policy.updated operator [password.preset] {"before":"\"nist\""}`,
			`policy.updated operator [password.preset] {"after":"\"nist\""}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSeveralOrganizationsHoldTogetherAsTheRuleSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(org(w.a), "password.preset", `"classic"`)
		w.set(org(w.a), "password.min_length", `9`)
		w.set(org(w.b), "password.min_length", `20`)
		w.set(org(w.b), "phone_change", `"request"`)
		w.set(org(w.a), "fields.bio.state", `"readonly"`)
		w.set(org(w.b), "fields.bio.state", `"request"`)
		w.set(org(w.a), "fields.bio.visibility", `"public"`)
		w.set(org(w.b), "fields.bio.visibility", `"team"`)
		w.set(org(w.b), "fields.designation.state", `"readonly"`)
		w.set(org(w.b), "card.access", `"off"`)
		w.set(org(w.a), "email_change", `"request"`)
		w.set(org(w.b), "email_change", `"readonly"`)
		w.set(org(w.a), "mfa.sms", `"never"`)
		w.set(org(w.b), "passkey.as", `"second_factor"`)
		w.set(org(w.a), "mfa.grace_days", `3`)
		w.set(org(w.b), "mfa.grace_days", `21`)
		w.set(org(w.a), "session.max_hours", `24`)
		w.set(org(w.b), "session.idle_hours", `2`)

		for _, orgs := range [][]string{{w.a, w.b}, {w.b, w.a}} {
			s, aFirst := w.account(orgs...), orgs[0] == w.a
			presets := []string{"classic", "strong12"}
			designation, card := policy.Edit, "public"
			if !aFirst {
				presets = []string{"strong12", "classic"}
				designation, card = policy.ReadOnly, "off"
			}
			if diff := cmp.Diff(presets, policy.PasswordPreset.Every(s)); diff != "" {
				t.Errorf("all rules of each: %s", diff)
			}
			if n := policy.PasswordMinLength.Of(s); n != 20 {
				t.Errorf("length %d", n)
			}
			if v := policy.EmailChange.Value(s); v.Value != "readonly" || v.OrganizationID != w.b {
				t.Errorf("e-mail %+v", v)
			}
			if policy.MFASMS.Of(s) != "never" || policy.PasskeyAs.Of(s) != "second_factor" {
				t.Errorf("not all must allow: %v %v", policy.MFASMS.Of(s), policy.PasskeyAs.Of(s))
			}
			if policy.MFAGrace.Of(s) != 3 || policy.SessionMax.Of(s) != 24 || policy.SessionIdle.Of(s) != 2 {
				t.Errorf("not the smaller: %d %d %d", policy.MFAGrace.Of(s), policy.SessionMax.Of(s), policy.SessionIdle.Of(s))
			}
			if v := policy.PhoneChange.Value(s); v.Value != "request" || v.OrganizationID != w.b {
				t.Errorf("phone %+v", v)
			}
			if v := policy.FieldState("bio").Value(s); v.Value != policy.ReadOnly || v.OrganizationID != w.a {
				t.Errorf("bio %+v", v)
			}
			if v := policy.FieldVisibility("bio").Of(s); v != identity.ToTeam {
				t.Errorf("bio is pinned to %q", v)
			}
			if v := policy.FieldState("designation").Of(s); v != designation {
				t.Errorf("designation %q with %v", v, orgs)
			}
			if v := policy.CardAccess.Of(s); v != card {
				t.Errorf("card %q with %v", v, orgs)
			}
		}
	})
}

func TestTheInstancesRulesHoldForWhoBelongsNowhereAndOnceForWhoBelongsToMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(policy.Scope{}, "password.preset", `"nist"`)
		for _, orgs := range [][]string{nil, {w.a}, {w.a, w.b}} {
			if got := policy.PasswordPreset.Every(w.account(orgs...)); !cmp.Equal(got, []string{"nist"}) {
				t.Errorf("%v: %v", orgs, got)
			}
		}
	})
}

func TestARoleIsThatOfEachMembership(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(policy.Scope{OrganizationID: w.a, Role: identity.Owner}, "fields.bio.state", `"hidden"`)
		w.set(policy.Scope{OrganizationID: w.b, Role: identity.Agent}, "fields.bio.state", `"request"`)
		if got := policy.FieldState("bio").Value(w.account(w.a, w.b)); got.Value != policy.Request || got.Source != policy.FromRole {
			t.Errorf("%+v", got)
		}
	})
}

func TestAValueThatCannotBeReadIsNeverTakenForTheDefault(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.set(org(w.a), "fields.bio.state", `"hidden"`)
		w.tx(func(tx *db.Tx) error {
			_, err := spoil.Run(t.Context(), tx, `"vanished"`)
			return err
		})
		if _, err := policy.Effective(t.Context(), d, org(w.a)); err == nil || !strings.Contains(err.Error(), "fields.bio.state") {
			t.Errorf("effective: %v", err)
		}
		if _, err := policy.Account(t.Context(), d, []identity.Membership{{OrganizationID: w.a}}); err == nil {
			t.Error("account: no error")
		}
		w.effective(org(w.b))
	})
}

func TestAKeyOfANewerVersionDoesNoHarm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tx(func(tx *db.Tx) error {
			_, err := plant.Run(t.Context(), tx, "fields.shoe_size.state", `"hidden"`, began)
			return err
		})
		if got := policy.FieldState("bio").Of(w.effective(org(w.a))); got != policy.Edit {
			t.Errorf("bio %q", got)
		}
	})
}

func TestARulePinsWhoSeesAField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.a
		w.set(policy.Scope{OrganizationID: org}, "fields.bio.visibility", `"private"`)
		s := w.effective(policy.Scope{OrganizationID: org})
		seen := s.Pin(identity.Audiences{identity.Bio: identity.ToPublic, identity.Phone: identity.ToTeam})
		if seen[identity.Bio] != identity.ToPrivate || seen[identity.Phone] != identity.ToTeam {
			t.Fatalf("%v", seen)
		}
		if _, pinned := s.Pinned(identity.Phone); pinned {
			t.Fatal("a field without a rule is pinned")
		}
	})
}
