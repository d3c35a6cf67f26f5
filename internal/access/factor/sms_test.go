package factor_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/factor"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/sms/smstest"
)

const (
	number = "+4915112345667"
	other  = "+4722345612"
	second = "/v1/session/second-factor"
)

// texting runs fn with a server on each database that has a Twilio of its own.
func texting(t *testing.T, fn func(t *testing.T, s *apptest.Server, w *smstest.Twilio)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		w := smstest.Start(t)
		fn(t, apptest.OnSQLite(t, apptest.Texting(w)), w)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		w := smstest.Start(t)
		fn(t, apptest.OnPostgres(t, apptest.Texting(w)), w)
	})
}

// agent has signed up, belongs to an organization, and decides nothing there.
func agent(s *apptest.Server) apptest.Somebody {
	s.Join("first@example.com")
	return s.Join(ada)
}

func begins(b *apptest.Browser, phone string) apptest.Answer {
	return b.JSON(http.MethodPost, base+"/sms", fields{"phone": phone})
}

func confirms(b *apptest.Browser, code string) apptest.Answer {
	return b.JSON(http.MethodPost, base+"/sms/confirm", fields{"code": code})
}

// enters gives the right password and returns the half sign-in.
func enters(s *apptest.Server, factors string) *apptest.Browser {
	b := s.Browser()
	got := b.JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": apptest.Password}).Want(200).Map()
	if got["status"] != "second_factor_required" || fmt.Sprint(got["factors"]) != factors {
		b.Get("/v1/me").Want(0).Contains(fmt.Sprint(got))
	}
	return b
}

func gives(b *apptest.Browser, code string) apptest.Answer {
	return b.JSON(http.MethodPost, second, fields{"method": "sms", "code": code})
}

func asks(b *apptest.Browser, phone string) apptest.Answer {
	return b.JSON(http.MethodPost, second, fields{"method": "sms", "phone": phone})
}

// isWrong fails the test unless the code is refused.
func isWrong(a apptest.Answer) {
	a.Refused(422, "validation_failed", "code").Contains(`"wrong_second_factor"`)
}

func TestAPhoneCountsOnceItsCodeWasVerified(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		made := begins(me.Browser, "+49 (0151) 123-456 67").Want(201).Map()
		if made["kind"] != "sms" || made["ending"] != "67" || made["confirmed"] != false {
			t.Errorf("made %v", made)
		}
		want(t, "offered before", offered(t, s, me.ID), "")
		text := w.Next(t, number)
		code := text[:6]
		if text != code+" is your Nameplate code. It works for 10 minutes. Give it to nobody.\n\n@"+s.Config.Base.Hostname()+" #"+code {
			t.Errorf("the text is %q", text)
		}
		confirms(me.Browser, "000000").Refused(422, "validation_failed", "code")
		if codes := codesIn(confirms(me.Browser, code[:3]+" "+code[3:])); len(codes) != 10 {
			t.Errorf("%d backup codes", len(codes))
		}
		want(t, "offered after", offered(t, s, me.ID), "sms backup_code")
		want(t, "mail", s.Letter(ada).Subject, "A phone for codes was added")
		confirms(me.Browser, code).Refused(409, "factor_setup_expired")
		if l := list(me.Browser); len(l.Items) != 1 || !l.Items[0].Confirmed || l.Items[0].Kind != "sms" || l.Items[0].Name != "Phone" {
			t.Errorf("listed %+v", l)
		}
		b := enters(s, "[sms backup_code]")
		w.Next(t, number)
		isWrong(gives(b, code))
	})
}

func TestANumberIsWholeOrRefused(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		for _, bad := range []string{"", "twelve", "0151 12345667", "+49", "+4915112345667000000"} {
			begins(me.Browser, bad).Refused(422, "validation_failed", "phone")
		}
		s.AddPhone(me, w, number)
		begins(me.Browser, number).Refused(409, "phone_known")
		if w.Asked() != 1 {
			t.Errorf("%d texts were sent", w.Asked())
		}
	})
}

func TestASetUpSendsANewCodeAMinuteLater(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		first := begins(me.Browser, number).Want(201).Map()["id"]
		old := w.Code(t, number)
		s.Clock.Advance(59 * time.Second)
		begins(me.Browser, number).Want(201)
		s.Clock.Advance(time.Second)
		if id := begins(me.Browser, number).Want(201).Map()["id"]; id != first || w.Asked() > 2 {
			t.Errorf("%v became %v, and %d texts were sent", first, id, w.Asked())
		}
		fresh := w.Code(t, number)
		confirms(me.Browser, old).Refused(422, "validation_failed", "code")
		begins(me.Browser, other).Want(201)
		confirms(me.Browser, fresh).Refused(422, "validation_failed", "code")
		codesIn(confirms(me.Browser, w.Code(t, other)))
		if l := list(me.Browser); len(l.Items) != 1 {
			t.Errorf("listed %+v", l)
		}
	})
}

func TestACodeOfASetUpIsTriedFiveTimesInTenMinutes(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		begins(me.Browser, number).Want(201)
		code := w.Code(t, number)
		for range 5 {
			confirms(me.Browser, "000000").Refused(422, "validation_failed", "code")
		}
		confirms(me.Browser, code).Refused(422, "validation_failed", "code")
		s.Clock.Advance(time.Minute)
		begins(me.Browser, number).Want(201)
		code = w.Code(t, number)
		s.Clock.Advance(10 * time.Minute)
		confirms(s.Enter(me.ID, session.Full), code).Refused(422, "validation_failed", "code")
	})
}

func TestACodeBySMSSignsInAndProvesNothing(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		backup := s.AddPhone(me, w, number)
		b := enters(s, "[sms backup_code]")
		code := w.Code(t, number)
		isWrong(gives(b, "000000"))
		half := b.Copy()
		want(t, "status", gives(b, code).Want(200).Map()["status"].(string), "signed_in")
		gives(half, code).Refused(401, "unauthenticated")
		b.Get("/v1/me").Want(200)
		if l := list(b); l.Items[0].LastUsedAt == nil {
			t.Error("its use is not noted")
		}
		begins(b, other).Refused(403, "reauthentication_required")
		for _, proof := range []fields{{"method": "sms", "code": code}, {"password": apptest.Password}, {"code": code}, {"method": "totp", "code": code}} {
			b.JSON(http.MethodPost, "/v1/session/reauthenticate", proof).Want(422)
		}
		begins(b, other).Refused(403, "reauthentication_required")
		b.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"code": backup[0]}).Want(204)
		begins(b, other).Want(201)
	})
}

func TestWithAnAppACodeIsSentWhenItIsAskedFor(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		s.AddPhone(me, w, number)
		enrol(t, s, me.Browser)
		b := enters(s, "[totp sms backup_code]")
		var sent struct {
			Status string
			Phones []struct {
				ID, Ending string
				SentAt     *time.Time `json:"sent_at"`
			}
		}
		asks(b, "").Want(202).To(&sent)
		if sent.Status != "code_sent" || len(sent.Phones) != 1 || sent.Phones[0].Ending != "67" || sent.Phones[0].SentAt == nil {
			t.Errorf("%+v", sent)
		}
		old := w.Code(t, number)
		asks(b, "").Want(202)
		s.Clock.Advance(time.Minute)
		asks(b, "").Want(202)
		fresh := w.Code(t, number)
		if w.Asked() != 3 {
			t.Errorf("%d texts were sent", w.Asked())
		}
		isWrong(gives(b, old))
		gives(b, fresh).Want(200)
		asks(b, "").Refused(409, "already_signed_in")
		asks(s.Browser(), "").Refused(401, "unauthenticated")
	})
}

func TestACodeIsForTheSignInThatAskedForIt(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		s.AddPhone(me, w, number)
		first, second := enters(s, "[sms backup_code]"), enters(s, "[sms backup_code]")
		one, two := w.Code(t, number), w.Code(t, number)
		if one == two {
			t.Fatal("both have the same code")
		}
		isWrong(gives(second, one))
		isWrong(gives(first, two))
		gives(first, one).Want(200)
		gives(second, two).Want(200)
	})
}

func TestOfManyWhoBringTheSameSMSOneGetsIn(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		s.AddPhone(me, w, number)
		for range 5 {
			b := enters(s, "[sms backup_code]")
			if got := b.Burst(64, second, `{"method":"sms","code":"`+w.Code(t, number)+`"}`); got[200] != 1 {
				t.Errorf("%v", got)
			}
			s.Clock.Advance(time.Hour)
		}
	})
}

func TestGuessesAtSMSAppsAndBackupCodesDrawOnOneBudget(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		codes := s.AddPhone(me, w, number)
		a, _ := enrol(t, s, me.Browser)
		var b *apptest.Browser
		for i := range 9 {
			if i%3 == 0 {
				b = enters(s, "[totp sms backup_code]") // beginning again changes nothing
				asks(b, "").Want(202)
				w.Code(t, number)
			}
			b.JSON(http.MethodPost, second, fields{"method": []string{"totp", "sms", "backup_code"}[i%3], "code": "000000"}).Want(422)
		}
		b = enters(s, "[totp sms backup_code]")
		asks(b, "").Want(202)
		code := w.Code(t, number)
		gives(b, "000000").Want(422)
		gives(b, code).Refused(429, "too_many_requests")
		s.Clock.Advance(session.Dying)
		gives(b, code).Refused(401, "unauthenticated")
		want(t, "right app", check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now())), "too_many_requests")
		want(t, "right backup code", check(t, s, me.ID, factor.BackupCode, codes[0]), "too_many_requests")
	})
}

// promote makes somebody a member.
func promote(t *testing.T, s *apptest.Server, userID, organization string, role identity.Role) {
	t.Helper()
	err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return identity.AddMember(t.Context(), tx, identity.Membership{OrganizationID: organization, UserID: userID, Role: role}, s.Clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOwnersAndAdminsHaveNoSMS(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		org := s.Organization("Halden Energy")
		for role, status := range map[identity.Role]int{
			identity.Owner: 403, identity.Admin: 403, identity.Supervisor: 201, identity.Agent: 201, identity.Billing: 201,
		} {
			a := begins(s.Member(string(role)+"@example.com", org, role).Browser, fmt.Sprintf("+4722345%03d", len(role)*7))
			if a.Want(status); status == 403 {
				a.Refused(403, "sms_not_for_role")
			}
		}
		me := agent(s)
		codes := s.AddPhone(me, w, number)
		b := enters(s, "[sms backup_code]")
		code := w.Code(t, number)
		promote(t, s, me.ID, org, identity.Admin)
		isWrong(gives(b, code))
		asks(b, "").Refused(422, "validation_failed", "method")
		b = enters(s, "[backup_code]")
		b.JSON(http.MethodPost, second, fields{"method": "backup_code", "code": codes[0]}).Want(200)
		for _, c := range codes[1:] {
			want(t, "code", check(t, s, me.ID, factor.BackupCode, c), "taken")
		}
		enters(s, "[backup_code]").Get("/v1/me").Want(401)
		s.Clock.Advance(session.ProofLife)
		b.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"password": apptest.Password}).Want(422)
	})
}

func TestWhereTheRulesSayNeverPhonesStop(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		strict, mild := s.Organization("Strict"), s.Organization("Mild")
		me := agent(s)
		s.AddPhone(me, w, number)
		promote(t, s, me.ID, mild, identity.Agent)
		enters(s, "[sms backup_code]")
		w.Next(t, number)
		err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			rules := policy.Policies{Clock: s.Clock, Journal: s.Journal}
			return rules.Set(t.Context(), tx, identity.Actor{Operator: true, Origin: identity.Command}, policy.Scope{OrganizationID: strict}, "mfa.sms", []byte(`"never"`))
		})
		if err != nil {
			t.Fatal(err)
		}
		enters(s, "[sms backup_code]")
		w.Next(t, number)
		promote(t, s, me.ID, strict, identity.Agent)
		enters(s, "[backup_code]")
		s.Clock.Advance(session.ProofLife)
		begins(me.Browser, other).Refused(403, "managed_by_organization")
		confirms(me.Browser, "123456").Refused(403, "managed_by_organization")
		has(t, me.Get(security).Want(200).Page(), "Your organization has locked this.", "Your phones get no codes.")
		me.Get(security + "/sms").Want(403)
		if w.Waiting(number) != 0 {
			t.Error("a text was sent")
		}
	})
}

func TestWithoutTwilioThereIsNoSMS(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := agent(s)
		begins(me.Browser, number).Refused(409, "sms_not_set_up")
		me.Get(security + "/sms").Want(409)
		if strings.Contains(me.Get(security).Want(200).Page(), "SMS") {
			t.Error("the page speaks of SMS")
		}
	})
}

func TestAnAccountCausesTenTextsADayAndAHalfSignInSurvivesIt(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		codes := s.AddPhone(me, w, number)
		for range 9 {
			enters(s, "[sms backup_code]")
			w.Next(t, number)
		}
		b := enters(s, "[sms backup_code]")
		asks(b, "").Refused(429, "too_many_requests")
		b.JSON(http.MethodPost, second, fields{"method": "backup_code", "code": codes[0]}).Want(200)
		if w.Asked() != 10 {
			t.Errorf("%d texts were sent", w.Asked())
		}
	})
}

func TestAPersonHasFivePhonesAndChoosesOne(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		var ids []string
		for i := range 5 {
			s.AddPhone(me, w, fmt.Sprintf("+47223456%02d", i))
			s.Clock.Advance(time.Minute)
		}
		begins(me.Browser, number).Refused(409, "too_many_factors")
		for _, f := range list(me.Browser).Items {
			ids = append(ids, f.ID)
		}
		b := enters(s, "[sms backup_code]")
		newest := w.Code(t, "+4722345604")
		asks(b, ids[1]).Want(202)
		code := w.Code(t, "+4722345601")
		isWrong(gives(b, newest))
		asks(b, "fac_01h455vb4pex5vsknk084sn02q").Refused(422, "validation_failed", "method")
		gives(b, code).Want(200)
		s.Clock.Advance(time.Minute)
		enters(s, "[sms backup_code]")
		w.Code(t, "+4722345601") // used last
	})
}

func TestARemovedPhoneTakesItsCodeAlong(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		s.AddPhone(me, w, number)
		s.Clock.Advance(time.Minute)
		s.AddPhone(me, w, other)
		b := enters(s, "[sms backup_code]")
		code := w.Code(t, other)
		for _, f := range list(me.Browser).Items {
			if ending(me.Browser, f.ID) == "12" {
				me.Delete(base + "/" + f.ID).Want(204)
			}
		}
		gives(b, code).Refused(401, "unauthenticated") // other devices were signed out
		want(t, "mail", s.Letter(ada).Subject, "A phone for codes was removed")
	})
}

func ending(b *apptest.Browser, id string) string {
	var l struct{ Items []struct{ ID, Ending string } }
	b.Get(base).Want(200).To(&l)
	return l.Items[slices.IndexFunc(l.Items, func(i struct{ ID, Ending string }) bool { return i.ID == id })].Ending
}

func TestNeitherDatabaseNorLogHoldANumberOrACode(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := agent(s)
		s.AddPhone(me, w, number)
		w.Refuse(func(int) int { return 400 })
		b := enters(s, "[sms backup_code]")
		s.Settle(func() bool { return strings.Contains(s.Log.String(), "a text was refused for good") })
		w.Refuse(nil)
		s.Clock.Advance(time.Minute)
		asks(b, "").Want(202)
		code := w.Code(t, number)
		for _, hidden := range []string{number, number[1:], hex.EncodeToString([]byte(number)), `"` + code + `"`, "=" + code + " ", code + " is your", smstest.Token} {
			if strings.Contains(s.Log.String(), hidden) {
				t.Errorf("the log holds %q", hidden)
			}
			for table, rows := range s.Rows() {
				if strings.Contains(strings.Join(rows, "\n"), hidden) {
					t.Errorf("%s holds %q", table, hidden)
				}
			}
		}
	})
}

func TestTheMailOfAUsedBackupCodeCountsTheRest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		_, codes := enrol(t, s, me.Browser)
		for i, code := range codes {
			s.Clock.Advance(30 * time.Minute)
			want(t, "wrong", check(t, s, me.ID, factor.BackupCode, "000000000000"), "wrong_second_factor")
			want(t, "code", check(t, s, me.ID, factor.BackupCode, code), "taken")
			letters := s.Letters(ada)
			words := fmt.Sprintf("%d backup code", 9-i)
			if len(letters) != i+2 || letters[0].Kind != "backup_code.used" || !strings.Contains(letters[0].Text, words) {
				t.Errorf("%d letters, the newest says %s", len(letters), letters[0].Text)
			}
			if warned := strings.Contains(letters[0].Text, "Make new ones"); warned != (9-i <= 3) {
				t.Errorf("with %d left it warns: %v", 9-i, warned)
			}
		}
		rows := s.Rows()
		if all := strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n"); strings.Count(all, "action=backup_code.used ") != 10 {
			t.Error("the journal does not tell of each")
		}
	})
}
