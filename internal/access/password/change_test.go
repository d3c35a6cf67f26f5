package password_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

const (
	ada   = "ada@example.com"
	fresh = "Violet-Kettle-Storm-41"
)

type fields map[string]string

func change(b *apptest.Browser, current, next string) apptest.Answer {
	return b.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": current, "new_password": next})
}

func signIn(b *apptest.Browser, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": password})
}

func TestANewPasswordKeepsThisDeviceAndSignsOutTheOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		others := []*apptest.Browser{s.Browser(), s.Browser()}
		for _, b := range others {
			signIn(b, apptest.Password).Want(200)
		}
		before := me.Session()
		change(me.Browser, apptest.Password, fresh).Want(204)
		if me.Session() == before {
			t.Error("the session kept its token")
		}
		me.Get("/v1/me").Want(200)
		for _, b := range others {
			b.Get("/v1/me").Refused(401, "unauthenticated")
		}
		stale := s.Browser()
		stale.Cookies["np"] = before
		stale.Get("/v1/me").Refused(401, "unauthenticated")
		if told := s.Letter(ada); told.Kind != "password.changed" {
			t.Errorf("the last mail is %s", told.Kind)
		}
		signIn(s.Browser(), apptest.Password).Refused(401, "invalid_credentials")
		signIn(s.Browser(), fresh).Want(200)
	})
}

func TestThePageSaysHowManyDevicesWereSignedOut(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	signIn(s.Browser(), apptest.Password).Want(200)
	me.Form("/settings/security/password", "current_password", apptest.Password, "new_password", fresh, "repeat_password", fresh).Want(303)
	if page := me.Get("/settings/security").Want(200).Page(); !strings.Contains(page, "This device stays signed in. 1 other device was signed out.") {
		t.Error("the page does not say so")
	}
	if page := me.Get("/settings/security").Page(); strings.Contains(page, "was signed out.") {
		t.Error("the page says it twice")
	}
}

func TestAPasswordThatMayNotBeIsRefusedAtItsField(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		change(me.Browser, "Wrong-Kettle-Storm-41", fresh).Refused(422, "validation_failed", "current_password")
		change(me.Browser, apptest.Password, "Short-1").Refused(422, "validation_failed", "new_password")
		change(me.Browser, apptest.Password, "alllowercaseletters").Refused(422, "validation_failed", "new_password")
		change(me.Browser, apptest.Password, strings.Repeat("Aa1!", 2000)).Refused(422, "validation_failed", "new_password")
		me.Form("/settings/security/password", "current_password", apptest.Password, "new_password", fresh, "repeat_password", fresh+"x").Want(422)
		me.Form("/settings/security/password", "current_password", "", "new_password", fresh, "repeat_password", fresh).Want(303)
		signIn(s.Browser(), fresh).Want(200)
	})
}

func TestWithoutTheCurrentPasswordItTakesAFreshProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		s.Clock.Advance(session.ProofLife)
		change(me.Browser, "", fresh).Refused(403, "reauthentication_required")
		change(me.Browser, apptest.Password, fresh).Want(204)
	})
}

func TestGuessesAtTheCurrentPasswordCountLikeWrongSignIns(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	for range 10 {
		change(me.Browser, "Wrong-Kettle-Storm-41", fresh).Refused(422, "validation_failed", "current_password")
	}
	change(me.Browser, apptest.Password, fresh).Want(429)
	signIn(me.Copy(), apptest.Password).Want(429)
}

func ask(b *apptest.Browser, address string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/password-reset", fields{"email": address})
}

func confirm(b *apptest.Browser, token, next string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": token, "new_password": next})
}

func TestAResetWorksOnceAndSignsOutEverything(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		stranger := s.Browser()
		ask(stranger, " ADA@example.com ").Want(202)
		token := apptest.TokenIn(s.Letter(ada))
		confirm(stranger, token, "short").Refused(422, "validation_failed", "new_password")
		confirm(stranger, token, fresh).Want(204)
		confirm(stranger, token, fresh+"x").Refused(422, "invalid_token")
		me.Get("/v1/me").Refused(401, "unauthenticated")
		signIn(s.Browser(), fresh).Want(200)
	})
}

func TestALinkOfAResetDies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, stranger := s.Join(ada), s.Browser()
		link := func() string {
			ask(stranger, ada).Want(202)
			return apptest.TokenIn(s.Letter(ada))
		}
		older := link()
		newer := link()
		confirm(stranger, older, fresh).Refused(422, "invalid_token")
		s.Clock.Advance(time.Hour)
		confirm(stranger, newer, fresh).Refused(422, "invalid_token")
		last := link()
		signIn(me.Browser, apptest.Password).Want(200)
		change(me.Browser, apptest.Password, fresh).Want(204)
		confirm(stranger, last, fresh+"x").Refused(422, "invalid_token")
		confirm(stranger, "npln_nonsense", fresh).Refused(422, "invalid_token")
	})
}

func TestTheAnswerToAResetTellsNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		known, unknown := ask(s.Browser(), ada).Want(202), ask(s.Browser(), "nobody@example.com").Want(202)
		if string(known.Body) != string(unknown.Body) {
			t.Errorf("%s and %s", known.Body, unknown.Body)
		}
		if len(s.Letters("nobody@example.com")) != 0 {
			t.Error("a stranger got a mail")
		}
	})
}

func TestThePageOfALinkChangesNothingUntilItIsPosted(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	b := s.Browser()
	b.Form("/forgot-password", "email", ada).Want(200)
	token := apptest.TokenIn(s.Letter(ada))
	before := s.Sum(apptest.BySealer...)
	for range 3 {
		a := b.Get("/reset-password?token=" + token).Want(200)
		if a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the page lets its address out")
		}
	}
	if s.Sum(apptest.BySealer...) != before {
		t.Error("a GET has changed something")
	}
	b.Get("/reset-password?token=x").Want(422)
	b.Form("/reset-password", "token", token, "new_password", "short").Want(422)
	b.Form("/reset-password", "token", token, "new_password", fresh).Want(200)
	b.Form("/reset-password", "token", token, "new_password", fresh).Want(422)
	signIn(s.Browser(), fresh).Want(200)
}

func TestPasswordManagersAreLedToTheForm(t *testing.T) {
	s := apptest.OnSQLite(t)
	if a := s.Browser().Get("/.well-known/change-password").Want(303); a.Header.Get("Location") != "/settings/security#password" {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
}

func TestTheRulesOfEveryOrganizationHoldForANewPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org, other := s.Organization("Halden"), s.Organization("Elsewhere")
		me := s.Join(ada)
		s.Belong(me, org, identity.Agent)
		s.Belong(me, other, identity.Agent)
		s.Rule(org, "password.preset", `"nist"`)
		s.Rule(other, "password.min_length", `30`)
		page := me.Get("/settings/security").Want(200)
		page.Contains("30 characters or more").Contains("A capital letter").Contains("Set by whoever runs this service")
		change(me.Browser, apptest.Password, fresh).Refused(422, "validation_failed", "new_password")
		ask(s.Browser(), ada).Want(202)
		token := apptest.TokenIn(s.Letter(ada))
		s.Browser().Get("/reset-password?token=" + token).Want(200).Contains("30 characters or more")
		confirm(s.Browser(), token, fresh).Refused(422, "validation_failed", "new_password")
		change(me.Browser, apptest.Password, fresh+"-and-Gravel-Pit").Want(204)
	})
}
