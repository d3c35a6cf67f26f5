package signin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/signin"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/session"
)

// wait is long enough for every budget to be whole again.
const wait = 31 * time.Minute

// spend gives wrong passwords from browsers that nobody knows until they are
// no longer compared.
func spend(s *apptest.Server) {
	for {
		if signIn(s.Browser(), ada, "wrong").Want(401, 429).Status == 429 {
			return
		}
	}
}

func TestOfThousandsOfGuessesTenAreComparedHoweverTheyCome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		spellings := []string{ada, "ADA@example.com", " ada@example.com", "ada@EXAMPLE.com ", "ada＠example.com", "ada@example。com"}
		compared := 0
		for i := range 2000 {
			b := signin.Browser{Address: fmt.Sprintf("198.51.%d.%d", i/250, i%250), Device: fmt.Sprintf("npdv_%d", i), UserAgent: fmt.Sprint(i)}
			_, err := s.SignIn.SignIn(t.Context(), b, spellings[i%len(spellings)], "wrong")
			if err == nil {
				t.Fatal("signed in")
			}
			if strings.Contains(err.Error(), signin.ErrCredentials.Error()) {
				compared++
			}
		}
		if compared != 10 {
			t.Errorf("%d were compared", compared)
		}
	})
}

func TestStrangersGuessesNeverLockTheOwnerOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		for range 12 {
			spend(s)
			signIn(me.Copy(), ada, apptest.Password).Want(200)
			me.Copy().Form("/sign-in", "email", ada, "password", apptest.Password).Want(303)
			signIn(s.Browser(), ada, apptest.Password).Refused(429, "too_many_requests")
			s.Clock.Advance(wait)
		}
		spend(s)
		s.Clock.Advance(session.ProofLife)
		spend(s)
		proof := me.Copy()
		signIn(proof, ada, apptest.Password).Want(200)
		s.Clock.Advance(session.ProofLife)
		proof.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"password": apptest.Password}).Want(204)
	})
}

func TestAKnownBrowserHasABudgetOfItsOwnAndNoMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		other := s.Browser()
		signIn(other, ada, apptest.Password).Want(200)
		for range 10 {
			signIn(me.Copy(), ada, "wrong").Want(401)
		}
		signIn(me.Copy(), ada, apptest.Password).Refused(429, "too_many_requests")
		signIn(other.Copy(), ada, apptest.Password).Want(200)
		signIn(s.Browser(), ada, apptest.Password).Want(200)
	})
}

func TestACookieIsGoodForTheAccountsThatKnowItAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		bob := s.Join("bob@example.com")
		spend(s)
		for name, cookie := range map[string]string{
			"bob's": bob.Cookies["np-device"], "made up": "npdv_" + strings.Repeat("0", 49), "none": "", "a session's": bob.Session(),
		} {
			b := s.Browser()
			b.Cookies["np-device"] = cookie
			if a := signIn(b, ada, apptest.Password); a.Status != 429 {
				t.Errorf("%s: %d", name, a.Status)
			}
		}
	})
}

// guess gives a hundred wrong passwords in a row, as fast as the budget lets.
func guess(s *apptest.Server, browser func() *apptest.Browser) {
	for range 10 {
		for range 10 {
			signIn(browser(), ada, "wrong").Want(401)
		}
		s.Clock.Advance(wait)
	}
}

func kinds(s *apptest.Server) map[string]int {
	all := map[string]int{}
	for _, m := range s.Letters(ada) {
		all[m.Kind]++
	}
	return all
}

func TestAfterAHundredWrongPasswordsInARowOnlyANewOneSignsInANewBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		plain := signIn(s.Browser(), ada, "wrong").Want(401)
		signIn(s.Browser(), ada, apptest.Password).Want(200)
		guess(s, s.Browser)
		if got := kinds(s)["password.disabled"]; got != 1 {
			t.Errorf("%d notices", got)
		}
		for range 3 {
			a := signIn(s.Browser(), ada, apptest.Password).Refused(401, "invalid_credentials")
			if !same(plain, a) {
				t.Errorf("the answer differs: %v\n%s", a.Header, a.Body)
			}
		}
		if got := kinds(s)["password.disabled"]; got != 1 {
			t.Errorf("%d notices after more guesses", got)
		}
		signIn(me.Copy(), ada, apptest.Password).Want(200)
		signIn(s.Browser(), ada, apptest.Password).Want(401)

		const fresh = "Brave-Heron4-Lands-Again"
		s.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": ada}).Want(202)
		s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": apptest.TokenIn(s.Letter(ada)), "new_password": fresh}).Want(204)
		s.Clock.Advance(wait)
		signIn(s.Browser(), ada, fresh).Want(200)
	})
}

func TestARightPasswordBeginsTheRowAnew(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	for range 11 {
		for range 9 {
			signIn(s.Browser(), ada, "wrong").Want(401)
		}
		signIn(s.Browser(), ada, apptest.Password).Want(200)
	}
	signIn(s.Browser(), ada, apptest.Password).Want(200)
	if got := kinds(s)["password.disabled"]; got != 0 {
		t.Errorf("%d notices", got)
	}
}

func TestAHundredWrongPasswordsOfAKnownBrowserDisableItThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		guess(s, me.Copy)
		signIn(me.Copy(), ada, apptest.Password).Refused(401, "invalid_credentials")
		if got := kinds(s)["password.disabled"]; got != 1 {
			t.Errorf("%d notices", got)
		}
		signIn(s.Browser(), ada, apptest.Password).Want(200)
	})
}

func TestOnlyAFullSignInMakesTheBrowserKnown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		phone := s.Protect(s.Join(ada))
		b := s.Browser()
		signIn(b, ada, "wrong").Want(401)
		signIn(b, ada, apptest.Password).Want(200)
		if b.Cookies["np-device"] != "" {
			t.Error("half a sign-in makes it known")
		}
		give(b, "totp", phone.Code()).Want(200)
		if b.Cookies["np-device"] == "" {
			t.Error("a full sign-in does not make it known")
		}
		spend(s)
		signIn(b, ada, apptest.Password).Want(200)
	})
}

func TestTheCookieIsAnotherWhereTheAccountDidNotKnowIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		mallory := s.Join("mallory@example.com")
		planted := mallory.Cookies["np-device"]
		victim := s.Browser()
		victim.Cookies["np-device"] = planted
		signIn(victim, ada, apptest.Password).Want(200)
		kept := victim.Cookies["np-device"]
		if kept == planted || kept == "" {
			t.Fatalf("the cookie is %q", kept)
		}
		spend(s)
		thief := s.Browser()
		thief.Cookies["np-device"] = planted
		signIn(thief, ada, apptest.Password).Want(429)

		// A browser that is known keeps its cookie, so that a lost answer harms nobody.
		signIn(victim, ada, apptest.Password).Want(200)
		if victim.Cookies["np-device"] != kept {
			t.Error("the cookie of a known browser changes")
		}
		// Both people who use the browser are known by the fresh cookie.
		for range 10 {
			signIn(s.Browser(), "mallory@example.com", "wrong").Want(401)
		}
		signIn(victim.Copy(), "mallory@example.com", apptest.Password).Want(200)
	})
}

func TestAResetForgetsTheBrowsersButTheOneThatMadeIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		const fresh = "Brave-Heron4-Lands-Again"
		me, here := s.Join(ada), s.Browser()
		here.JSON(http.MethodPost, "/v1/password-reset", fields{"email": ada}).Want(202)
		here.JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": apptest.TokenIn(s.Letter(ada)), "new_password": fresh}).Want(204)
		spend(s)
		signIn(me.Copy(), ada, fresh).Want(429)
		signIn(here, ada, fresh).Want(200)
	})
}

func TestABrowserIsForgottenAYearAfterItsLastSignIn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	s.Clock.Advance(device.Life - time.Hour)
	sweep(t, s)
	signIn(me.Copy(), ada, apptest.Password).Want(200)
	s.Clock.Advance(device.Life - time.Hour)
	sweep(t, s)
	signIn(me.Copy(), ada, apptest.Password).Want(200)
	if got := kinds(s)["session.new_device"]; got != 0 {
		t.Errorf("%d notices before the year is over", got)
	}
	s.Clock.Advance(device.Life)
	sweep(t, s)
	signIn(me.Copy(), ada, apptest.Password).Want(200)
	if got := kinds(s)["session.new_device"]; got != 1 {
		t.Errorf("%d notices", got)
	}
}

func TestARefusedSignInTakesItsTimeWhoeverHasTheAddress(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	before := len(s.Waits.All())
	waits := func(address, password string, want int) {
		t.Helper()
		signIn(s.Browser(), address, password)
		all := s.Waits.All()
		if got := len(all) - before; got != want {
			t.Errorf("%s waits %d times, want %d", address, got, want)
		}
		for _, d := range all[before:] {
			if d > 400*time.Millisecond {
				t.Errorf("%s waits %v", address, d)
			}
		}
		before = len(all)
	}
	waits(ada, "wrong", 1)
	waits("unknown@example.com", "wrong", 1)
	waits(ada, apptest.Password, 0)
	spend(s)
	before = len(s.Waits.All())
	waits(ada, "wrong", 0) // is not compared
}
