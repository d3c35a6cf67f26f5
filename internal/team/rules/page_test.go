package rules_test

import (
	"context"
	"html"
	"regexp"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
)

const page = "/settings/policy"

var triedField = regexp.MustCompile(`name="tried" value="([^"]+)"`)

// tried is the mark of what a page shows.
func tried(a apptest.Answer) string {
	if m := triedField.FindStringSubmatch(a.Page()); m != nil {
		return m[1]
	}
	return ""
}

// says fails the test unless the page has this text of the catalogue.
func says(t *testing.T, a apptest.Answer, key string, args ...any) {
	t.Helper()
	text := i18n.T(i18n.With(context.Background(), "en"), key, args...)
	if !strings.Contains(html.UnescapeString(a.Page()), text) {
		t.Errorf("the page does not say %q", text)
	}
}

func TestThePageSavesNothingButWhatItHasShown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		m := newTeam(t, s)
		before := s.Sum(apptest.BySealer...)
		shown := m.owner.Form(page+"/signing", "mfa.required", `"all"`, "mfa.grace_days", `0`).Want(200)
		says(t, shown, "rules.why_blocked")
		says(t, shown, "rules.save", "Count", 2)
		if s.Sum(apptest.BySealer...) != before {
			t.Error("a trial has changed rows")
		}
		// Something else than what was shown is shown first, and so is the same on
		// top of another state.
		for _, mark := range []string{"", "x", tried(shown)} {
			again := m.owner.Form(page+"/signing/save", "mfa.required", `["owner"]`, "mfa.grace_days", `0`, "tried", mark).Want(200)
			says(t, again, "rules.moved")
		}
		s.Rule(m.org, "card.access", `"off"`)
		moved := m.owner.Form(page+"/signing/save", "mfa.required", `["agent"]`, "mfa.grace_days", `0`, "tried", tried(shown)).Want(200)
		says(t, moved, "rules.moved")
		if got := m.read("mfa.required"); got.Source != "instance" {
			t.Errorf("%+v", got)
		}
		done := m.owner.Form(page+"/signing/save", "mfa.required", `["agent"]`, "mfa.grace_days", `0`, "tried", tried(moved)).Want(303)
		if to := done.Header.Get("Location"); to != page+"#signing" {
			t.Error(to)
		}
		says(t, m.owner.Get(page).Want(200), "rules.saved")
		if got := m.read("mfa.required"); got.Source != "organization" {
			t.Errorf("%+v", got)
		}
	})
}

func TestThePageSaysWhatARuleDoesNotTake(t *testing.T) {
	m := newTeam(t, apptest.OnSQLite(t))
	a := m.owner.Form(page+"/contact", "card.access", `"maybe"`).Want(422)
	says(t, a, "error.policy_value")
	m.owner.Form(page+"/contact", "card.access", `{`).Want(422)
	m.owner.Form(page+"/preset", "preset", "best").Want(422)
	m.owner.Form(page+"/nothing", "a", "b").Want(404)
	none := m.owner.Form(page+"/contact", "card.access", "").Want(200)
	says(t, none, "rules.no_change")
}

func TestThePageEditsTheRulesOfOneRole(t *testing.T) {
	m := newTeam(t, apptest.OnSQLite(t))
	shown := m.owner.Form(page+"/contact?role=agent", "phone_change", `"readonly"`).Want(200)
	m.owner.Form(page+"/contact/save?role=agent", "phone_change", `"readonly"`, "tried", tried(shown)).Want(303)
	set, err := policy.Effective(t.Context(), m.DB, policy.Scope{OrganizationID: m.org, Role: identity.Agent})
	if err != nil || policy.PhoneChange.Value(set).Source != policy.FromRole {
		t.Errorf("%+v %v", policy.PhoneChange.Value(set), err)
	}
	if m.read("phone_change").Source != "instance" {
		t.Error("the rule holds for all roles")
	}
	says(t, m.owner.Get(page+"?role=agent").Want(200), "rules.like_organization", "Value", "In their own hands")
}

func TestAFormThatNeedsAProofGoesOnAfterIt(t *testing.T) {
	m := newTeam(t, apptest.OnSQLite(t))
	m.Clock.Advance(session.ProofLife)
	shown := m.owner.Form(page+"/contact", "card.access", `"off"`).Want(200) // a trial needs none
	m.owner.Form(page+"/contact/save", "card.access", `"off"`, "tried", tried(shown)).Want(403)
	if m.read("card.access").Value != "public" {
		t.Error("saved without a proof")
	}
}

func TestEveryRuleHasWordsInEveryLanguage(t *testing.T) {
	for _, l := range i18n.Languages() {
		ctx := i18n.With(context.Background(), l.Tag)
		for _, about := range policy.Rules() {
			if strings.HasPrefix(about.Name, "fields.") && !about.Roles {
				continue
			}
			keys := []string{"rules.name." + about.Name}
			if strings.HasPrefix(about.Name, "capacity.max.") { // they share their words
				continue
			}
			for _, v := range about.Choices {
				v = strings.ReplaceAll(v, "-", "_")
				keys = append(keys, "rules.value."+about.Name+"."+v)
				if about.Name != policy.Preset.Name() {
					keys = append(keys, "rules.effect."+about.Name+"."+v)
				}
			}
			if about.High > 0 {
				keys = append(keys, "rules.effect."+about.Name)
			}
			for _, key := range keys {
				if text := i18n.T(ctx, key, "Number", "7"); text == "" || strings.Contains(text, key) {
					t.Errorf("%s: no text for %s", l.Tag, key)
				}
			}
		}
	}
}
