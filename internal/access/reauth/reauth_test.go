package reauth_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/reauth"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/sms/smstest"
)

const (
	ada       = "ada@example.com"
	sensitive = "/v1/me/factors/totp" // needs a proof
	setUp     = "/settings/security/authenticator"
)

type fields map[string]string

func prove(b *apptest.Browser, f fields) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session/reauthenticate", f)
}

// refused fails the test unless the proof is refused with this code.
func refused(a apptest.Answer, code, field string) {
	a.Refused(422, "validation_failed", field).Contains(`"` + code + `"`)
}

func try(b *apptest.Browser) apptest.Answer { return b.JSON(http.MethodPost, sensitive, fields{}) }

// stale lets the proof of a session grow old.
func stale(s *apptest.Server) { s.Clock.Advance(session.ProofLife) }

func TestAPasswordIsAProofForTenMinutesToTheSecond(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		stale(s)
		try(me.Browser).Refused(403, "reauthentication_required")
		before := me.Session()
		prove(me.Browser, fields{"password": apptest.Password}).Want(204)
		if me.Session() != before {
			t.Error("the token changes")
		}
		s.Clock.Advance(session.ProofLife - time.Second)
		try(me.Browser).Want(201)
		s.Clock.Advance(time.Second)
		try(me.Browser).Refused(403, "reauthentication_required")
	})
}

func TestAProofStandsInTheJournalWithItsMethod(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		proofs := func() (found []string) {
			rows := s.Rows()
			for _, row := range append(rows["journal"], rows["journal_inbox"]...) {
				if strings.Contains(row, "action=session.proved ") {
					found = append(found, row)
				}
			}
			return found
		}
		refused(prove(me.Browser, fields{"password": "wrong"}), "wrong_password", "password")
		if found := proofs(); len(found) != 0 {
			t.Errorf("a wrong proof is recorded: %v", found)
		}
		prove(me.Browser, fields{"password": apptest.Password}).Want(204)
		found := proofs()
		if len(found) == 0 {
			t.Error("the proof is not recorded")
		}
		for _, row := range found {
			if !strings.Contains(row, `{"method":"password"}`) {
				t.Errorf("no method in %s", row)
			}
		}
	})
}

func TestAProofIsOfOneSessionAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		other := s.Enter(me.ID, session.Full)
		stale(s)
		prove(me.Browser, fields{"password": apptest.Password}).Want(204)
		try(other).Refused(403, "reauthentication_required")
		try(me.Browser).Want(201)
	})
}

func TestAWrongPasswordProvesNothingAndCountsLikeAWrongSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		stale(s)
		for _, bad := range []fields{{"password": "wrong"}, {"method": "password"}, {}, {"code": "123456"}} {
			refused(prove(me.Browser, bad), "wrong_password", "password")
		}
		refused(prove(me.Browser, fields{"method": "totp", "code": "123456"}), "unknown_proof", "method")
		prove(me.Browser, fields{"method": "anything"}).Want(422)
		for range 6 {
			me.Copy().JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": "wrong"}).Want(401)
		}
		prove(me.Browser, fields{"password": apptest.Password}).Refused(429, "too_many_requests")
		try(me.Browser).Refused(403, "reauthentication_required")
	})
}

func TestWithASecondFactorOnlyTheFactorIsAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		phone := s.Protect(me)
		stale(s)
		for _, bad := range []fields{{"password": apptest.Password}, {"method": "password", "password": apptest.Password}, {"method": "password", "password": apptest.Password, "code": phone.Code()}} {
			refused(prove(me.Browser, bad), "second_factor_needed", "code")
		}
		refused(prove(me.Browser, fields{"code": phone.Wrong()}), "wrong_second_factor", "code")
		refused(prove(me.Browser, fields{"code": "nonsense", "password": apptest.Password}), "wrong_second_factor", "code")
		try(me.Browser).Refused(403, "reauthentication_required")
		for _, good := range []fields{{}, {"method": "totp"}, {"code": phone.Backup[0]}, {"method": "backup_code", "code": phone.Backup[1]}} {
			if good["code"] == "" {
				good["code"] = phone.Code()
			}
			prove(me.Browser, good).Want(204)
			try(me.Browser).Want(201)
			stale(s)
		}
		refused(prove(me.Browser, fields{"code": phone.Backup[0]}), "wrong_second_factor", "code")
	})
}

func TestTheBudgetOfCodesIsThatOfSigningIn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	phone := s.Protect(me)
	for range 10 {
		prove(me.Browser, fields{"code": phone.Wrong()}).Want(422)
	}
	prove(me.Browser, fields{"code": phone.Code()}).Refused(429, "too_many_requests")
	b := s.Browser()
	b.JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": apptest.Password}).Want(200)
	b.JSON(http.MethodPost, "/v1/session/second-factor", fields{"method": "totp", "code": phone.Code()}).Refused(429, "too_many_requests")
}

func TestAPageThatNeedsAProofAsksForItAndIsShownThen(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	stale(s)
	to := me.Get(setUp + "?x=1").Want(303).Header.Get("Location")
	if to != "/reauthenticate?return_to="+url.QueryEscape(setUp+"?x=1") {
		t.Fatalf("led to %s", to)
	}
	if page := me.Get(to).Want(200).Page(); !strings.Contains(page, `autocomplete="current-password"`) {
		t.Error("the page asks for no password")
	}
	me.Form("/reauthenticate", "password", "wrong", "return_to", setUp).Want(422)
	for asked, want := range map[string]string{setUp: setUp, "//evil.example": "/settings/security"} {
		if got := me.Form("/reauthenticate", "password", apptest.Password, "return_to", asked).Want(303).Header.Get("Location"); got != want {
			t.Errorf("%s led to %s", asked, got)
		}
	}
	me.Get(to).Want(303)
}

// stopped posts a form that needs a proof and returns what the page carries.
func stopped(t *testing.T, b *apptest.Browser, path string, pairs ...string) (sealed string) {
	t.Helper()
	page := b.Form(path, pairs...).Want(403).Page()
	m := regexp.MustCompile(`name="stopped" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("nothing is kept:\n%s", page)
	}
	for i := 1; i < len(pairs); i += 2 {
		if strings.Contains(page, pairs[i]) {
			t.Errorf("%q is readable in the page", pairs[i])
		}
	}
	return html.UnescapeString(m[1])
}

// app returns the path of somebody's authenticator app.
func app(b *apptest.Browser) string {
	var list struct{ Items []struct{ ID, Name string } }
	b.Get("/v1/me/factors").Want(200).To(&list)
	if len(list.Items) == 0 {
		return ""
	}
	return "/settings/security/factors/" + list.Items[0].ID
}

func TestAFormThatWasStoppedGoesOnByItself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		phone := s.Protect(me)
		stale(s)
		path := app(me.Browser)
		sealed := stopped(t, me.Browser, path, "name", "Zoë’s & my=phone")
		if strings.Contains(me.Get(path).Page(), "my=phone") {
			t.Fatal("it went on without a proof")
		}
		me.Form("/reauthenticate", "code", phone.Wrong(), "stopped", sealed).Want(422)
		me.Form("/reauthenticate", "password", apptest.Password, "stopped", sealed).Want(422)
		if strings.Contains(me.Get(path).Page(), "my=phone") {
			t.Fatal("it went on after a wrong proof")
		}
		me.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed).Want(303)
		if page := html.UnescapeString(me.Get(path).Want(200).Page()); !strings.Contains(page, "Zoë’s & my=phone") {
			t.Error("it did not go on")
		}
		stale(s)
		sealed = stopped(t, me.Browser, path+"/remove")
		me.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed).Want(303)
		if app(me.Browser) != "" {
			t.Error("the app is there still")
		}
	})
}

func TestAStoppedFormIsOfItsSessionAndForTenMinutes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, mallory := s.Join(ada), s.Join("mallory@example.com")
		phone := s.Protect(me)
		stale(s)
		path := app(me.Browser)
		sealed := stopped(t, me.Browser, path, "name", "Renamed")
		again := s.Enter(me.ID, session.Full)
		stale(s)
		late := sealed
		sealed = stopped(t, me.Browser, path, "name", "Renamed")
		for what, try := range map[string]func() apptest.Answer{
			"another session": func() apptest.Answer {
				return again.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed)
			},
			"somebody else": func() apptest.Answer {
				return mallory.Form("/reauthenticate", "password", apptest.Password, "stopped", sealed)
			},
			"too late": func() apptest.Answer {
				return me.Form("/reauthenticate", "code", phone.Code(), "stopped", late)
			},
			"changed": func() apptest.Answer {
				return me.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed[:len(sealed)-2]+"AA")
			},
			"invented": func() apptest.Answer {
				return me.Form("/reauthenticate", "code", phone.Code(), "stopped", "x")
			},
		} {
			if page := try().Want(422).Page(); strings.Contains(page, `name="stopped"`) {
				t.Errorf("%s: it is offered again", what)
			}
		}
		if strings.Contains(me.Get(path).Page(), "Renamed") {
			t.Error("it went on")
		}
		s.Browser().Form("/reauthenticate", "password", apptest.Password, "stopped", sealed).Want(401)
		half := s.Enter(me.ID, session.Half)
		half.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed).Want(401)
		prove(half, fields{"code": phone.Code()}).Refused(401, "unauthenticated")
	})
}

func TestAFormThatIsTooLargeOrNoFormIsAskedForAgain(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	s.Protect(me)
	path := app(me.Browser)
	stale(s)
	me.Header.Set("Referer", s.Config.Base.String()+path)
	for what, a := range map[string]apptest.Answer{
		"too large": me.Form(path, "name", strings.Repeat("x", reauth.Largest)),
		"no form":   me.Do(http.MethodPost, path, "multipart/form-data; boundary=x", strings.NewReader("--x--")),
	} {
		page := a.Want(403).Page()
		if strings.Contains(page, `name="stopped"`) || !strings.Contains(page, `href="`+path+`"`) {
			t.Errorf("%s: there is no way back", what)
		}
	}
	sealed := stopped(t, me.Browser, path, "name", strings.Repeat("y", reauth.Largest-100))
	if len(sealed) > 60<<10 {
		t.Errorf("%d bytes", len(sealed))
	}
	me.Header.Set("Referer", "https://evil.example/settings/security/factors/x")
	if page := me.Form(path, "name", "x").Want(403).Page(); strings.Contains(page, "evil.example") {
		t.Error("another site is led back to")
	}
}

func TestOtherSitesLetNoFormGoOn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	phone := s.Protect(me)
	stale(s)
	path := app(me.Browser)
	sealed := stopped(t, me.Browser, path, "name", "Renamed")
	b := me.Copy()
	b.Header.Set("Origin", "https://evil.example")
	b.Form("/reauthenticate", "code", phone.Code(), "stopped", sealed).Want(403)
	prove(b, fields{"code": phone.Code()}).Refused(403, "cross_site_request")
	if strings.Contains(me.Get(path).Page(), "Renamed") {
		t.Error("it went on")
	}
}

func TestWhoHasOnlySMSProvesThemselvesByABackupCode(t *testing.T) {
	w := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(w))
	s.Join("first@example.com")
	me := s.Join(ada)
	codes := s.AddPhone(me, w, "+4915112345667")
	stale(s)
	page := html.UnescapeString(me.Get("/reauthenticate").Want(200).Page())
	for _, want := range []string{"Backup code", "A code by SMS is no proof here."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	refused(prove(me.Browser, fields{"password": apptest.Password}), "second_factor_needed", "code")
	refused(prove(me.Browser, fields{"code": "123456"}), "wrong_second_factor", "code")
	prove(me.Browser, fields{"method": "sms", "code": "123456"}).Want(422)
	try(me.Browser).Refused(403, "reauthentication_required")
	me.Form("/reauthenticate", "code", codes[0]).Want(303)
	try(me.Browser).Want(201)
	if w.Asked() != 1 {
		t.Error("a text was sent")
	}
}
