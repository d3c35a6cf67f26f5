package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// rule sets rules of the organization that the person owns.
func (p *person) rule(t testing.TB, values map[string]any) {
	t.Helper()
	p.puts(t, http.MethodPatch, "/policy", values, nil)
}

// ruled has changed some rules.
func ruled(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Nora Lindqvist")
	p.rule(t, map[string]any{"preset": "fixed-titles"})
	p.rule(t, map[string]any{"phone_change": "request", "password.min_length": 16, "roles": map[string]any{"agent": map[string]any{"phone_change": "readonly"}}})
	p.rule(t, map[string]any{"mfa.required": []string{"owner"}, "mfa.grace_days": 14})
	return p
}

// asked has 14 days to set up a second factor, barred has none.
func asked(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Mei Chen")
	p.rule(t, map[string]any{"mfa.required": "all", "mfa.grace_days": 14})
	return p
}

func barred(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Emil Dahl")
	p.rule(t, map[string]any{"mfa.required": "all", "mfa.grace_days": 0})
	return p
}

// tries chooses a value of a rule and asks what it would do.
func tries(section, key, value string) func(b *tab) {
	return func(b *tab) {
		b.t.Helper()
		b.fills(`"`+key+`"`, value)
		b.submits(section + "-form")
	}
}

func TestARuleThatRequiresASecondFactorLeadsToItsSetUp(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Ingrid Moe")
	b := as(t, p)
	b.open("/settings/policy")
	b.the("heading", policyTitle)
	b.the("combobox", factorRule).choose(everybodyWord)
	b.the("combobox", graceRule).choose(graceNone)
	b.submits("signing-form")
	b.sees(wouldBlock)
	b.sees(notYet)
	b.leaves(b.the("button", saveTwo).click)

	// All that is left is the way to a factor.
	b.the("heading", securityTitle)
	b.sees(setOneUp)
	b.open("/settings/profile")
	b.the("heading", securityTitle)
	b.leaves(b.the("link", setUpFactor).click)
	b.leaves(b.the("button", beginApp).click)
	secret := eval[string](b, `[...document.querySelectorAll(".secret code span")].map((s) => s.textContent).join("")`)
	code, err := totp.GenerateCode(secret, time.Now())
	b.must(err)
	b.the("textbox", factorCode).types(code)
	b.leaves(b.the("button", confirmApp).click)
	b.the("heading", factorIsOn)

	b.open("/settings/policy")
	b.the("heading", policyTitle)
	b.seesNot(setOneUp)
	b.sees(everybodyWord)
}

func TestAChangedRuleIsTakenBack(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Ingrid Moe")
	p.rule(t, map[string]any{"phone_change": "readonly"})
	b := as(t, p)
	b.open("/settings/profile")
	b.sees(en("policy.rule.phone_readonly"))
	b.open("/settings/policy")
	b.leaves(b.the("button", revertPhone).click)
	b.sees(takenBack)
	b.open("/settings/profile")
	b.the("textbox", phone)
}
