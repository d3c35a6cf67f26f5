package signin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

const second = "/v1/session/second-factor"

func give(b *apptest.Browser, method, code string) apptest.Answer {
	return b.JSON(http.MethodPost, second, fields{"method": method, "code": code})
}

// wrong fails the test unless the code is refused.
func wrong(a apptest.Answer) {
	a.Refused(422, "validation_failed", "code").Contains(`"wrong_second_factor"`)
}

// half is a browser that has given the right password and waits.
func half(s *apptest.Server) *apptest.Browser {
	b := s.Browser()
	signIn(b, ada, apptest.Password).Want(200)
	return b
}

func TestWithASecondFactorThePasswordOpensNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		b := s.Browser()
		var got struct {
			Status  string
			Factors []string
		}
		signIn(b, ada, apptest.Password).Want(200).To(&got)
		if got.Status != "second_factor_required" || fmt.Sprint(got.Factors) != "[totp backup_code]" {
			t.Errorf("%+v", got)
		}
		b.Get("/v1/me").Refused(401, "unauthenticated")
		before := b.Copy()
		if got := give(b, "totp", phone.Code()).Want(200).Map()["status"]; got != "signed_in" {
			t.Errorf("status %v", got)
		}
		b.Get("/v1/me").Want(200)
		if before.Session() == b.Session() {
			t.Error("the token stays")
		}
		before.Get("/v1/me").Want(401)
		give(before, "totp", phone.Code()).Refused(401, "unauthenticated")
		give(b, "totp", phone.Code()).Refused(409, "already_signed_in")
	})
}

func TestThePagesAskForTheFactorAndLeadOn(t *testing.T) {
	s := apptest.OnSQLite(t)
	phone := s.Protect(s.Join(ada))
	b := s.Browser()
	a := b.Form("/sign-in", "email", ada, "password", apptest.Password, "return_to", "/settings/sessions").Want(303)
	to := a.Header.Get("Location")
	if to != "/sign-in/second-factor?return_to=%2Fsettings%2Fsessions" {
		t.Fatalf("led to %s", to)
	}
	page := b.Get(to).Want(200).Page()
	for _, want := range []string{`autocomplete="one-time-code"`, "method=backup_code", ada, `href="/sign-in?return_to=%2Fsettings%2Fsessions"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(b.Get(to+"&method=backup_code").Want(200).Page(), `autocomplete="one-time-code"`) {
		t.Error("the backup code is asked for like the other")
	}
	b.Form("/sign-in/second-factor", "method", "totp", "code", phone.Wrong(), "return_to", "/settings/sessions").Want(422)
	b.Form("/sign-in/second-factor", "method", "backup_code", "code", "").Want(422)
	done := b.Form("/sign-in/second-factor", "method", "totp", "code", phone.Code(), "return_to", "/settings/sessions").Want(303)
	if done.Header.Get("Location") != "/settings/sessions" {
		t.Errorf("led to %s", done.Header.Get("Location"))
	}
	b.Get("/settings/sessions").Want(200)
	if to := b.Get("/sign-in/second-factor").Want(303).Header.Get("Location"); to != "/settings/profile" {
		t.Errorf("whoever is signed in is led to %s", to)
	}
	for _, a := range []apptest.Answer{s.Browser().Get("/sign-in/second-factor"), s.Browser().Form("/sign-in/second-factor", "method", "totp", "code", phone.Code())} {
		if a.Want(303).Header.Get("Location") != "/sign-in" {
			t.Errorf("whoever has no half session is led to %s", a.Header.Get("Location"))
		}
	}
}

func TestTheSecondFactorLeadsToPathsOfOursAlone(t *testing.T) {
	s := apptest.OnSQLite(t)
	phone := s.Protect(s.Join(ada))
	for _, bad := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/%5Cevil.example", "javascript:alert(1)"} {
		b := half(s)
		if page := b.Get("/sign-in/second-factor?return_to=" + url.QueryEscape(bad)).Want(200).Page(); !strings.Contains(page, `name="return_to" value="/settings/profile"`) {
			t.Errorf("%q stands in the page", bad)
		}
		a := b.Form("/sign-in/second-factor", "method", "totp", "code", phone.Code(), "return_to", bad).Want(303)
		if a.Header.Get("Location") != "/settings/profile" {
			t.Errorf("%q led to %s", bad, a.Header.Get("Location"))
		}
	}
}

func TestAfterWrongCodesTheRightOneIsTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		b := half(s)
		for _, c := range [][2]string{
			{"totp", phone.Wrong()}, {"totp", ""}, {"totp", "12345"}, {"backup_code", "0123456789ab"}, {"sms", phone.Wrong()}, {"", phone.Wrong()}, {"totp", phone.Backup[0]},
		} {
			wrong(give(b, c[0], c[1]))
		}
		give(b, "backup_code", phone.Backup[0]).Want(200)
		again := half(s)
		wrong(give(again, "backup_code", phone.Backup[0]))
		code := phone.Code()
		give(again, "totp", code).Want(200)
		wrong(give(half(s), "totp", code))
	})
}

func TestOneBudgetForAllMethodsAndHoweverOftenTheSignInBegins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		waiting := half(s)
		for i := range 10 {
			b := half(s)
			b.From = fmt.Sprintf("203.0.113.%d:99", i)
			wrong(give(b, []string{"totp", "backup_code"}[i%2], phone.Wrong()))
		}
		if a := give(waiting, "totp", phone.Code()).Refused(429, "too_many_requests"); a.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
		give(waiting, "totp", phone.Code()).Refused(401, "unauthenticated")
		page := half(s).Form("/sign-in/second-factor", "method", "backup_code", "code", phone.Backup[1]).Want(429)
		if c := page.Cookie("np"); c == nil || c.MaxAge >= 0 || !strings.Contains(page.Page(), `href="/sign-in"`) {
			t.Error("the page does not end the sign-in")
		}
		s.Clock.Advance(31 * time.Minute)
		give(half(s), "totp", phone.Code()).Want(200)
	})
}

func TestAHalfSessionLivesForTenMinutes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		late, intime := half(s), half(s)
		s.Clock.Advance(session.HalfLife - 30*time.Second - 1)
		give(intime, "totp", phone.Code()).Want(200)
		s.Clock.Advance(1)
		give(late, "totp", phone.Code()).Refused(401, "unauthenticated")
		if to := late.Form("/sign-in/second-factor", "method", "totp", "code", "1", "return_to", "/settings/sessions").Want(303).Header.Get("Location"); to != "/sign-in?return_to=%2Fsettings%2Fsessions" {
			t.Errorf("led to %s", to)
		}
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Sessions.Sweep(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if n := len(s.Rows()["sessions"]); n != 2 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestOneHalfSessionBecomesOneFullOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		b := half(s)
		var mu sync.Mutex
		var group sync.WaitGroup
		status := map[int]int{}
		for _, code := range phone.Backup[:6] {
			group.Go(func() {
				a, err := b.Try(b.Request(http.MethodPost, second, "application/json", strings.NewReader(fmt.Sprintf(`{"method":"backup_code","code":%q}`, code))))
				mu.Lock()
				defer mu.Unlock()
				if status[a.Status]++; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if status[200] != 1 || status[401] != 5 {
			t.Errorf("%v", status)
		}
	})
}

func TestOfManyWhoBringTheSameCodeAtOnceOneIsSignedIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		for range 3 {
			got := half(s).Burst(64, second, `{"method":"totp","code":"`+phone.Code()+`"}`)
			if got[200] != 1 {
				t.Errorf("%v", got)
			}
			s.Clock.Advance(time.Hour)
		}
	})
}

func TestASignInIsNotedOnceItIsWhole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join("first@example.com") // whose organization has a trail of its own
		phone := s.Protect(s.Join(ada))
		count := func(table string) int {
			return strings.Count(strings.Join(s.Rows()[table], "\n"), "session.opened")
		}
		users := s.Rows()["users"]
		s.Clock.Advance(time.Hour)
		b := half(s)
		if !slices.Equal(s.Rows()["users"], users) {
			t.Error("the half sign-in is noted")
		}
		give(b, "totp", phone.Code()).Want(200)
		if slices.Equal(s.Rows()["users"], users) {
			t.Error("the whole sign-in is not noted")
		}
		s.Settle(func() bool { return count("journal_inbox") == 0 && count("journal") > 0 })
		if n := count("journal"); n != 1 {
			t.Errorf("the journal has it %d times", n)
		}
	})
}

func TestAResetPasswordStillNeedsTheFactorAndEndsWhatWaits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		waiting := half(s)
		b := s.Browser()
		b.JSON(http.MethodPost, "/v1/password-reset", fields{"email": ada}).Want(202)
		b.JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": apptest.TokenIn(s.Letter(ada)), "new_password": apptest.Password + "-anew"}).Want(204)
		if b.Session() != "" {
			t.Error("the reset has signed somebody in")
		}
		give(waiting, "totp", phone.Code()).Refused(401, "unauthenticated")
		if got := signIn(b, ada, apptest.Password+"-anew").Want(200).Map()["status"]; got != "second_factor_required" {
			t.Errorf("status %v", got)
		}
		b.Get("/v1/me").Want(401)
		give(b, "totp", phone.Code()).Want(200)
	})
}

func TestWhoeverHasOnlyThePasswordSignsNobodyOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		s.Protect(me)
		for range session.Most + 2 {
			s.Clock.Advance(time.Second) // all of them live, however late the first sweep is
			half(s)
		}
		me.Get("/v1/me").Want(200)
		if n := len(s.Rows()["sessions"]); n != session.Most+1 {
			t.Errorf("%d sessions", n)
		}
	})
}
