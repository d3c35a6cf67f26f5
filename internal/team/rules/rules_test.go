package rules_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/sms/smstest"
)

// team is an organization with people in it.
type team struct {
	*apptest.Server
	t      *testing.T
	org    string
	owner  apptest.Somebody
	agent  apptest.Somebody
	policy string // where the API has it
}

func newTeam(t *testing.T, s *apptest.Server) *team {
	org := s.Organization("Halden Energy")
	return &team{
		Server: s, t: t, org: org, policy: "/v1/orgs/" + org + "/policy",
		owner: s.Member("nora@halden.example", org, identity.Owner), agent: s.Member("mei@halden.example", org, identity.Agent),
	}
}

type value struct {
	Value  any
	Source string
	SetBy  string `json:"set_by"`
}

func (m *team) patch(body any) apptest.Answer {
	m.t.Helper()
	return m.owner.JSON(http.MethodPatch, m.policy, body)
}

func (m *team) read(key string) value {
	m.t.Helper()
	all := map[string]any{}
	m.owner.Get(m.policy).Want(200).To(&all)
	v, _ := all[key].(map[string]any)
	source, _ := v["source"].(string)
	by, _ := v["set_by"].(string)
	return value{v["value"], source, by}
}

type object = map[string]any

func TestEveryRuleIsReadWithItsSourceAndSetByAMergePatch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		s.Rule("", "password.preset", `"nist"`)
		if got := m.read("password.preset"); got.Value != "nist" || got.Source != "instance" {
			t.Errorf("%+v", got)
		}
		m.patch(object{"password.preset": "classic", "mfa.required": []string{"admin", "owner"}, "session.max_hours": 12}).Want(200)
		for key, want := range map[string]value{
			"password.preset":   {"classic", "organization", "Somebody"},
			"mfa.required":      {[]any{"owner", "admin"}, "organization", "Somebody"},
			"session.max_hours": {float64(12), "organization", "Somebody"},
			"card.access":       {"public", "instance", ""},
			"mfa.grace_days":    {float64(7), "instance", ""},
		} {
			if diff := cmp.Diff(want, m.read(key)); diff != "" {
				t.Errorf("%s: %s", key, diff)
			}
		}
		m.patch(`{"password.preset":null,"session.max_hours":{"value":24}}`).Want(200) // also in the shape in which it is read
		if got := m.read("password.preset"); got.Value != "nist" || got.Source != "instance" {
			t.Errorf("after null %+v", got)
		}
		if got := m.read("session.max_hours"); got.Value != float64(24) {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhatIsWrongWithAPatchIsSaidForEachKeyAndNothingIsChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		before := s.Sum(apptest.BySealer...)
		for body, fields := range map[string][]string{
			`{"password.preset":"hard","card.access":7,"phone_change":"self"}`: {"card.access", "password.preset"},
			`{"Password.preset":"nist"}`:                                       {"Password.preset"},
			`{"fields.shoe_size.state":"edit"}`:                                {"fields.shoe_size.state"},
			`{"preset":"best"}`:                                                {"preset"},
			`{"preset":7}`:                                                     {"preset"},
			`{"roles":{"boss":{"mfa.sms":"never"}}}`:                           {"roles.boss"},
			`{"roles":[]}`:                                                     {"roles"},
			`{"roles":{"agent":{"mfa.sms":"no"}}}`:                             {"mfa.sms"},
		} {
			m.patch(body).Refused(422, "validation_failed", fields...)
		}
		m.patch(`{"mfa.sms":"never","mfa.sms":"never"}`).Refused(400, "malformed_request")
		m.patch(`[]`).Want(422, 400)
		if s.Sum(apptest.BySealer...) != before {
			t.Error("a refused patch has changed rows")
		}
	})
}

func TestRulesAreForWhoeverMayEditThem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		admin := s.Member("leila@halden.example", m.org, identity.Admin)
		elsewhere := s.Member("eve@elsewhere.example", s.Organization("Elsewhere"), identity.Owner)
		admin.Get(m.policy).Want(200)
		admin.JSON(http.MethodPatch, m.policy, object{"card.access": "off"}).Want(200)
		for _, role := range []identity.Role{identity.Supervisor, identity.Billing} {
			b := s.Member(string(role)+"@halden.example", m.org, role)
			b.Get(m.policy).Refused(403, "forbidden")
			b.JSON(http.MethodPatch, m.policy, object{"card.access": "public"}).Refused(403, "forbidden")
			b.Get("/settings/policy").Want(403)
		}
		elsewhere.Get(m.policy).Refused(404, "not_found")
		elsewhere.JSON(http.MethodPatch, m.policy, object{"card.access": "public"}).Refused(404, "not_found")
		// The permission is asked before the proof.
		s.Clock.Advance(session.ProofLife)
		m.agent.JSON(http.MethodPatch, m.policy, object{"card.access": "public"}).Refused(403, "forbidden")
		admin.JSON(http.MethodPatch, m.policy, object{"card.access": "public"}).Refused(403, "reauthentication_required")
		if got := m.read("card.access"); got.Value != "off" {
			t.Errorf("%+v", got)
		}
	})
}

func TestAPresetSetsItsRulesAndClearsAllOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		m.patch(object{"phone_change": "request", "roles": object{"agent": object{"phone_change": "readonly"}}}).Want(200)
		m.patch(object{"preset": "fixed-titles"}).Want(200)
		if got := m.read("phone_change"); got.Source != "instance" || got.Value != "self" {
			t.Errorf("phone %+v", got)
		}
		if got := m.read("preset"); got.Value != "fixed-titles" || got.Source != "organization" {
			t.Errorf("preset %+v", got)
		}
		if diff := cmp.Diff([]any{"owner", "admin"}, m.read("fields.designation.lock_for_roles").Value); diff != "" {
			t.Error(diff)
		}
		if roles := m.owner.Get(m.policy).Map()["roles"].(map[string]any); len(roles) != 0 {
			t.Errorf("roles %v", roles)
		}
		m.patch(object{"preset": "classic-chat", "card.access": "signed"}).Want(200)
		if m.read("password.preset").Value != "classic" || m.read("card.access").Value != "signed" || m.read("fields.designation.lock_for_roles").Source != "instance" {
			t.Error("the second preset is not whole")
		}
		var doc struct{ Preset struct{ Differs []string } }
		m.owner.Get(m.policy).To(&doc)
		if !slices.Equal(doc.Preset.Differs, []string{"card.access"}) {
			t.Errorf("differs %v", doc.Preset.Differs)
		}
	})
}

func TestAPresetBringsItsWordsForRoles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		label := func() any {
			return m.owner.Get("/v1/me").Map()["memberships"].([]any)[0].(map[string]any)["role_label"]
		}
		m.patch(object{"preset": "contact-centre"}).Want(200)
		if got := label(); got != "Account holder" {
			t.Errorf("%v", got)
		}
		m.patch(object{"preset": "default"}).Want(200)
		if got := label(); got != "Owner" {
			t.Errorf("%v", got)
		}
	})
}

func TestARuleForOneRoleHoldsForThatRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		m.patch(object{"roles": object{"agent": object{"phone_change": "readonly"}}}).Want(200)
		m.agent.JSON(http.MethodPatch, "/v1/me", object{"phone": "+4722345678"}).Refused(403, "managed_by_organization")
		m.owner.JSON(http.MethodPatch, "/v1/me", object{"phone": "+4722345678"}).Want(200)
		m.patch(`{"roles":{"agent":null}}`).Want(200)
		m.agent.JSON(http.MethodPatch, "/v1/me", object{"phone": "+4722345679"}).Want(200)
	})
}

func TestOfTwoWhoEditThePolicyTheSecondIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		etag := m.owner.Get(m.policy).Header.Get("ETag")
		m.owner.Header.Set("If-Match", etag)
		fresh := m.patch(object{"card.access": "signed"}).Want(200).Header.Get("ETag")
		m.patch(object{"card.access": "off"}).Refused(412, "precondition_failed")
		m.owner.Header.Set("If-Match", fresh)
		m.patch(object{"card.access": "off"}).Want(200)
		for _, odd := range []string{`"`, `""`, "W/" + fresh, "x"} {
			m.owner.Header.Set("If-Match", odd)
			m.patch(object{"card.access": "public"}).Refused(412, "precondition_failed")
		}
	})
}

func TestOfManyChangesFromOneVersionExactlyOneIsMade(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		m.owner.Header.Set("If-Match", m.owner.Get(m.policy).Header.Get("ETag"))
		var wg sync.WaitGroup
		made := make([]int, 16)
		for i := range made {
			b := m.owner.Copy()
			r := b.Request(http.MethodPatch, m.policy, "application/json", strings.NewReader(fmt.Sprintf(`{"session.max_hours":%d}`, i+1)))
			wg.Go(func() {
				if a, err := b.Try(r); err == nil {
					made[i] = a.Status
				}
			})
		}
		wg.Wait()
		slices.Sort(made)
		if made[0] != 200 || made[1] != 412 || made[len(made)-1] != 412 {
			t.Errorf("%v", made)
		}
	})
}

// forecast is what a dry run answers.
type forecast struct {
	DryRun    bool `json:"dry_run"`
	Members   int
	Blocked   int
	Prompted  int
	SignedOut int `json:"signed_out"`
	Affected  []struct{ User, Role, Effect, Rule, Why string }
}

func (m *team) try(body any) (f forecast) {
	m.t.Helper()
	before := m.Sum(apptest.BySealer...)
	m.owner.JSON(http.MethodPatch, m.policy+"?dry_run=true", body).Want(200).To(&f)
	if m.Sum(apptest.BySealer...) != before {
		m.t.Error("a trial has changed rows")
	}
	if !f.DryRun {
		m.t.Errorf("%+v", f)
	}
	return f
}

func (f forecast) whom(effect string) (ids []string) {
	for _, a := range f.Affected {
		if a.Effect == effect {
			ids = append(ids, a.User)
		}
	}
	slices.Sort(ids)
	return ids
}

func sorted(ids ...string) []string { slices.Sort(ids); return ids }

func TestATrialTellsWhomARuleWouldBlockPromptAndSignOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		tomas := s.Member("tomas@halden.example", m.org, identity.Supervisor)
		s.Protect(tomas)
		f := m.try(object{"mfa.required": "all", "mfa.grace_days": 0})
		if diff := cmp.Diff(sorted(m.owner.ID, m.agent.ID), f.whom("blocked")); diff != "" || f.Members != 3 || f.Blocked != 2 || f.Prompted != 0 {
			t.Errorf("%s %+v", diff, f)
		}
		f = m.try(object{"mfa.required": []string{"agent"}})
		if diff := cmp.Diff([]string{m.agent.ID}, f.whom("prompted")); diff != "" || f.Affected[0].Why == "" || f.Affected[0].Rule != "mfa.required" {
			t.Errorf("%s %+v", diff, f)
		}
		s.Clock.Advance(2 * time.Hour)
		m.owner.Browser = s.Enter(m.owner.ID, session.Full)
		f = m.try(object{"session.max_hours": 1})
		if diff := cmp.Diff(sorted(m.owner.ID, m.agent.ID, tomas.ID), f.whom("signed_out")); diff != "" {
			t.Errorf("%s %+v", diff, f)
		}
		f = m.try(object{"session.max_hours": 3})
		if len(f.Affected) != 0 {
			t.Errorf("%+v", f)
		}
		f = m.try(object{"card.access": "off"})
		if len(f.Affected) != 0 || f.Members != 3 {
			t.Errorf("%+v", f)
		}
		m.owner.JSON(http.MethodPatch, m.policy+"?dry_run=true", object{"card.access": "maybe"}).Refused(422, "validation_failed", "card.access")
		if got := m.read("mfa.required"); got.Value != "none" {
			t.Errorf("%+v", got)
		}
	})
}

func TestATrialKnowsWhatOtherOrganizationsDemandAlready(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		other := s.Organization("Elsewhere")
		s.Belong(m.agent, other, identity.Agent)
		s.Rule(other, "mfa.required", `"all"`)
		s.Rule(other, "mfa.grace_days", `0`)
		s.Rule(other, "session.max_hours", `1`)
		f := m.try(object{"mfa.required": "all", "mfa.grace_days": 0})
		if diff := cmp.Diff([]string{m.owner.ID}, f.whom("blocked")); diff != "" {
			t.Errorf("who is blocked elsewhere is counted: %s", diff)
		}
		s.Clock.Advance(2 * time.Hour)
		m.owner.Browser = s.Enter(m.owner.ID, session.Full)
		m.agent.Browser = s.Enter(m.agent.ID, session.Full)
		s.Clock.Advance(59 * time.Minute)
		m.owner.Browser = s.Enter(m.owner.ID, session.Full)
		f = m.try(object{"session.max_hours": 1})
		if diff := cmp.Diff([]string{m.owner.ID}, f.whom("signed_out")); diff != "" {
			t.Errorf("a session that another organization has ended is counted: %s", diff)
		}
	})
}

func TestWhatATrialTellsIsWhatHappens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		change := object{"mfa.required": []string{"agent"}, "mfa.grace_days": 0}
		f := m.try(change)
		m.patch(change).Want(200)
		if diff := cmp.Diff([]string{m.agent.ID}, f.whom("blocked")); diff != "" {
			t.Error(diff)
		}
		m.agent.Get("/v1/me").Refused(403, "second_factor_required")
		m.owner.Get("/v1/me").Want(200)
	})
}

func TestEachChangeStandsInTheHistoryAndCanBeTakenBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		m.patch(object{"phone_change": "request"}).Want(200)
		s.Clock.Advance(time.Second)
		m.patch(object{"phone_change": "readonly", "card.access": "off"}).Want(200)
		type entry struct {
			ID, Key       string
			Before, After any
			SetBy         string `json:"set_by"`
			Reverted      bool
		}
		var page struct {
			Items      []entry
			NextCursor string `json:"next_cursor"`
		}
		history := func(query string) []entry {
			page.Items, page.NextCursor = nil, ""
			m.owner.Get(m.policy + "/history" + query).Want(200).To(&page)
			return page.Items
		}
		all := history("")
		if len(all) != 3 || page.NextCursor != "" {
			t.Fatalf("%+v", all)
		}
		if e := all[2]; e.Key != "phone_change" || e.Before != nil || e.After != "request" || e.SetBy != "Somebody" {
			t.Errorf("%+v", e)
		}
		first := history("?limit=2")
		rest := history("?limit=2&cursor=" + page.NextCursor)
		if len(first) != 2 || len(rest) != 1 || rest[0].ID != all[2].ID {
			t.Errorf("%v then %v", first, rest)
		}
		m.owner.Get(m.policy+"/history?cursor=jrn_x").Refused(400, "malformed_request")

		last := all[slices.IndexFunc(all, func(e entry) bool { return e.After == "readonly" })]
		revert := func(id string) apptest.Answer {
			return m.owner.JSON(http.MethodPost, m.policy+"/revert", object{"entry": id})
		}
		revert(all[2].ID).Refused(409, "policy_moved_on")
		revert(last.ID).Want(200)
		if got := m.read("phone_change"); got.Value != "request" {
			t.Errorf("%+v", got)
		}
		if all = history(""); len(all) != 4 {
			t.Fatalf("%+v", all)
		}
		for _, e := range all {
			if e.Reverted != (e.ID == last.ID) {
				t.Errorf("%+v", e)
			}
		}
		revert("jrn_01h455vb4pex5vsknk084sn02q").Refused(404, "no_such_change")
		stranger := newTeamOf(s)
		stranger.JSON(http.MethodPost, m.policy+"/revert", object{"entry": last.ID}).Refused(404, "not_found")
	})
}

func TestAPhoneAloneIsNoSecondFactorWhereRulesDontTakeIt(t *testing.T) {
	for name, on := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			w := smstest.Start(t)
			m := newTeam(t, on(t, apptest.Texting(w)))
			m.AddPhone(m.agent, w, "+4915112345667")
			m.Settle(func() bool { return len(m.Rows()["jobs"]) == 0 })
			f := m.try(object{"mfa.sms": "never"})
			if diff := cmp.Diff([]string{m.agent.ID}, f.whom("blocked")); diff != "" || f.Affected[0].Rule != "mfa.sms" {
				t.Errorf("%s %+v", diff, f)
			}
			if f = m.try(object{"mfa.required": []string{"agent"}, "mfa.grace_days": 0}); len(f.Affected) != 0 {
				t.Errorf("%+v", f)
			}
			f = m.try(object{"mfa.required": []string{"agent"}, "mfa.grace_days": 0, "mfa.sms": "never"})
			if diff := cmp.Diff([]string{m.agent.ID}, f.whom("blocked")); diff != "" || f.Affected[0].Rule != "mfa.required" {
				t.Errorf("%s %+v", diff, f)
			}
			m.patch(object{"mfa.required": []string{"agent"}, "mfa.grace_days": 0}).Want(200)
			m.agent.Get("/v1/me").Want(200)
			m.patch(object{"mfa.sms": "never"}).Want(200)
			m.agent.Get("/v1/me").Refused(403, "second_factor_required")
		})
	}
}

// newTeamOf is the owner of another organization.
func newTeamOf(s *apptest.Server) apptest.Somebody {
	return s.Member("eve@elsewhere.example", s.Organization("Elsewhere"), identity.Owner)
}
