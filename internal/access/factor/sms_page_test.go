package factor_test

import (
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/sms/smstest"
)

func TestAPhoneIsSetUpInTwoStepsWithoutAScript(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		has(t, me.Get(security).Want(200).Page(), "Codes by SMS", "Least safe", "Numbers can be taken over", "Add phone")
		has(t, me.Get(security+"/sms").Want(200).Page(), "1. Give the number", "Numbers can be taken over", "Add authenticator app", `autocomplete="tel"`)
		has(t, me.Form(security+"/sms", "phone", "twelve").Want(422).Page(), "Give the number with its country code", `value="twelve"`)
		me.Form(security+"/sms", "phone", "+49 151 12345667").Want(303)
		page := me.Get(security + "/sms").Want(200).Page()
		has(t, page, "2. Enter the code", "the number ending in 67", "Send a new code")
		if strings.Contains(page, "12345") {
			t.Error("the page shows the number")
		}
		has(t, me.Form(security+"/sms/resend").Want(200).Page(), "less than a minute ago")
		has(t, me.Form(security+"/sms/confirm", "code", "12").Want(422).Page(), "This code is not right", "2. Enter the code")
		has(t, me.Get(security+"/sms?another").Want(200).Page(), "1. Give the number")
		w.Code(t, number)
		s.Clock.Advance(time.Minute)
		me.Form(security + "/sms/resend").Want(303)
		has(t, me.Form(security+"/sms/confirm", "code", w.Code(t, number)).Want(200).Page(), "Save these ten backup codes")
		has(t, me.Get(security).Want(200).Page(), "Number ending in 67, added", "Codes by SMS are all you have beside your password.", "10 backup codes are left.")
		id := list(me.Browser).Items[0].ID
		has(t, me.Get(security+"/factors/"+id).Want(200).Page(), "A phone that gets codes by SMS", "Remove phone", "This is your last second factor.")
		me.Form(security+"/factors/"+id, "name", "Work phone").Want(303)
		has(t, me.Get(security).Page(), "Work phone")
		me.Form(security + "/factors/" + id + "/remove").Want(303)
		has(t, me.Get(security).Page(), "Your password is all that protects this account.")
	})
}

func TestAnotherPhoneBringsNoCodesAndAWord(t *testing.T) {
	w := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(w))
	me := agent(s)
	s.AddPhone(me, w, number)
	me.Form(security+"/sms", "phone", other).Want(303)
	me.Form(security+"/sms/confirm", "code", w.Code(t, other)).Want(303)
	has(t, me.Get(security).Want(200).Page(), "Phone added. Other devices are signed out.", "ending in 12", "ending in 67")
}

func TestThePageSaysWhySMSIsNotToBeHad(t *testing.T) {
	w := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(w))
	owner := s.Member("owner@example.com", s.Organization("Halden Energy"), identity.Owner)
	page := owner.Get(security).Want(200).Page()
	has(t, page, "Codes by SMS are not for owners and admins.")
	if strings.Contains(page, "Add phone") {
		t.Error("it offers to add one")
	}
	owner.Get(security + "/sms").Want(403)
	owner.Form(security+"/sms", "phone", number).Want(403)
}
