package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

var phones atomic.Int64

// freshNumber is one in a range of its own, which has a budget of its own.
func freshNumber() string { return fmt.Sprintf("+1%d5550167", 200+phones.Add(1)) }

// loner belongs to no organization, and so decides in none.
func loner(t testing.TB) *person {
	t.Helper()
	p, err := common.join(fmt.Sprintf("person%d@halden.example", people.Add(1)), "Mia Berg", "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// waits has a phone that waits for its first code.
func waits(t testing.TB) *person {
	t.Helper()
	p := loner(t)
	p.asks(t, freshNumber())
	return p
}

// texted has a phone for codes.
func texted(t testing.TB) *person {
	t.Helper()
	p, number := loner(t), freshNumber()
	p.asks(t, number)
	p.must(t, http.MethodPost, "/v1/me/factors/sms/confirm", map[string]string{"code": twilio.Code(t, number)}, nil)
	return p
}

func (p *person) asks(t testing.TB, number string) {
	t.Helper()
	p.must(t, http.MethodPost, "/v1/me/factors/sms", map[string]string{"phone": number}, nil)
}

// halfway has given the password; a code is on its way.
func halfway(t testing.TB) *person {
	t.Helper()
	p := texted(t)
	p.must(t, http.MethodPost, "/v1/session", map[string]string{"email": p.Email, "password": password}, nil)
	return p
}

// choosing has given the password, and has an app and a phone.
func choosing(t testing.TB) *person {
	t.Helper()
	p := texted(t)
	p.turnOn(t)
	p.must(t, http.MethodPost, "/v1/session", map[string]string{"email": p.Email, "password": password}, nil)
	return p
}

// outOfProof has a phone and a session that needs a proof again: a code by SMS
// is none.
func outOfProof(t testing.TB) *person {
	t.Helper()
	p, number := loner(t), freshNumber()
	p.asks(t, number)
	p.must(t, http.MethodPost, "/v1/me/factors/sms/confirm", map[string]string{"code": twilio.Code(t, number)}, nil)
	p.must(t, http.MethodPost, "/v1/session", map[string]string{"email": p.Email, "password": password}, nil)
	p.must(t, http.MethodPost, "/v1/session/second-factor", map[string]string{"method": "sms", "code": twilio.Code(t, number)}, nil)
	return p
}

func TestAPhoneIsAddedAndSignsIn(t *testing.T) {
	t.Parallel()
	p, number := loner(t), freshNumber()
	b := as(t, p)
	b.open("/settings/security")
	b.leaves(b.the("link", en("factor.phone_add")).click)
	b.the("textbox", en("factor.number")).types("12")
	b.leaves(b.the("button", en("factor.send")).click)
	b.sees(en("error.invalid_phone"))
	b.the("textbox", en("factor.number")).types(number[:2] + " (" + number[2:5] + ") " + number[5:])
	b.leaves(b.the("button", en("factor.send")).click)
	b.sees(en("factor.text_lead", "Ending", "67"))
	b.the("textbox", en("factor.text")).types(twilio.Code(t, number))
	b.leaves(b.the("button", en("factor.phone_confirm")).click)
	b.the("heading", en("factor.save"))
	backup := eval[string](b, `document.querySelector(".codes li").innerText`)
	b.leaves(b.the("link", en("factor.saved")).click)
	b.sees(en("factor.only_sms"))

	other := stranger(t, common)
	other.signsIn(p.Email, password)
	other.sees(en("signin.sms_sent", "Ending", "67"))
	first := twilio.Code(t, number)
	other.leaves(other.the("button", en("signin.sms_again")).click)
	other.sees(en("signin.sms_early"))
	other.the("textbox", en("signin.sms")).types("000000")
	other.leaves(other.the("button", en("signin.second_submit")).click)
	other.sees(en("error.wrong_second_factor"))
	other.the("textbox", en("signin.sms")).types(first[:3] + " " + first[3:])
	other.leaves(other.the("button", en("signin.second_submit")).click)
	other.the("heading", profileTitle)

	other.open("/settings/security/sms")
	other.sees(en("reauth.backup_hint"))
	other.the("textbox", en("reauth.backup_code")).types(backup)
	other.leaves(other.the("button", en("reauth.submit")).click)
	other.the("heading", en("factor.phone_setup"))
	text, err := common.mail(p.Email)
	other.must(err)
	if want := en("factor.left", "Count", 9); !strings.Contains(text, want) {
		t.Errorf("the mail does not say %q:\n%s", want, text)
	}
}
