package signin_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/sms/smstest"
)

const (
	number = "+4915112345667"
	other  = "+4722345612"
	choose = "/sign-in/second-factor"
)

var phoneButton = regexp.MustCompile(`name="phone" value="(fac_[0-9a-z]{26})"`)

// texting has somebody with these phones, the last of them added last.
func texting(t *testing.T, phones ...string) (*apptest.Server, *smstest.Twilio, apptest.Somebody) {
	t.Helper()
	w := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(w))
	s.Join("first@example.com")
	me := s.Join(ada)
	for _, p := range phones {
		s.AddPhone(me, w, p)
		s.Clock.Advance(time.Minute)
	}
	return s, w, me
}

func (p said) has(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(string(p), w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

type said string

func TestThePageTakesTheCodeThatTheSignInHasSent(t *testing.T) {
	s, w, _ := texting(t, number)
	b := s.Browser()
	b.Form("/sign-in", "email", ada, "password", apptest.Password, "return_to", "/settings/sessions").Want(303)
	code := w.Code(t, number)
	page := b.Get(choose + "?return_to=/settings/sessions").Want(200).Page()
	said(page).has(t, "the number ending in 67", "Code from the SMS", "Send a new code", "Use a backup code", `autocomplete="one-time-code"`)
	said(b.Form(choose+"/sms", "return_to", "/settings/sessions").Want(200).Page()).has(t, "less than a minute ago", "Code from the SMS")
	said(b.Form(choose, "method", "sms", "code", "000000").Want(422).Page()).has(t, "This code is not right", "Code from the SMS")
	s.Clock.Advance(time.Minute)
	to := b.Form(choose+"/sms", "return_to", "/settings/sessions").Want(303).Header.Get("Location")
	said(b.Get(to).Want(200).Page()).has(t, "the number ending in 67")
	b.Form(choose, "method", "sms", "code", code).Want(422)
	done := b.Form(choose, "method", "sms", "code", w.Code(t, number), "return_to", "/settings/sessions").Want(303)
	if to := done.Header.Get("Location"); to != "/settings/sessions" {
		t.Errorf("led to %s", to)
	}
	b.Get("/settings/sessions").Want(200)
}

func TestWhoHasAnAppChoosesSMSAndAPhone(t *testing.T) {
	s, w, me := texting(t, number, other)
	s.Protect(me)
	b := half(s)
	said(b.Get(choose).Want(200).Page()).has(t, "Code from your authenticator app", "Get a code by SMS")
	page := b.Get(choose + "?method=sms").Want(200).Page()
	said(page).has(t, "Send a code to the number ending in 12", "Send a code to the number ending in 67")
	if w.Asked() != 2 {
		t.Error("looking at the page sends a text")
	}
	found := phoneButton.FindAllStringSubmatch(page, -1)
	b.Form(choose+"/sms", "phone", found[1][1]).Want(303)
	said(b.Get(choose+"?method=sms").Want(200).Page()).has(t, "We sent six digits to the number ending in 67", "Send it to the number ending in 12")
	b.Form(choose, "method", "sms", "code", w.Code(t, number)).Want(303)
	b.Form(choose + "/sms").Want(303) // whoever is signed in goes on
	s.Browser().Form(choose + "/sms").Want(303)
	if w.Asked() != 3 {
		t.Errorf("%d texts were sent", w.Asked())
	}
}

func TestASpentBudgetIsSaidWhereACodeIsAskedFor(t *testing.T) {
	s, w, _ := texting(t, number)
	for range 9 {
		half(s)
		w.Code(t, number)
	}
	b := half(s)
	page := b.Get(choose).Want(200).Page()
	said(page).has(t, "Send a code to the number ending in 67", "Use a backup code")
	said(b.Form(choose+"/sms").Want(429).Page()).has(t, "Too many tries")
	b.Get(choose + "?method=backup_code").Want(200)
}
