package signin_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/geo/geotest"
)

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

func sweep(t *testing.T, s *apptest.Server) {
	t.Helper()
	if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Known.Sweep(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// places is a file that knows where 203.0.113.0/24 is.
func places(t *testing.T) apptest.Setting {
	t.Helper()
	path := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, geotest.File("Test-City", 1, geotest.Berlin), 0o600); err != nil {
		t.Fatal(err)
	}
	return apptest.Places(path)
}

func TestTheOwnerIsToldOfASignInFromANewBrowserOnceForEach(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		told := func(want int, when string) {
			t.Helper()
			if got := kinds(s)["session.new_device"]; got != want {
				t.Errorf("%d notices %s, want %d", got, when, want)
			}
		}
		told(0, "after signing up")
		signIn(me.Browser, ada, apptest.Password).Want(200)
		me.Form("/sign-out").Want(303)
		me.Form("/sign-in", "email", ada, "password", apptest.Password).Want(303)
		told(0, "from the browser that signed up")
		b := s.Browser()
		signIn(b, ada, "wrong").Want(401)
		told(0, "after a wrong password")
		signIn(b, ada, apptest.Password).Want(200)
		told(1, "from a new one")
		signIn(b, ada, apptest.Password).Want(200)
		b.Form("/sign-in", "email", ada, "password", apptest.Password).Want(303)
		told(1, "from the same again")
		signIn(s.Browser(), ada, apptest.Password).Want(200)
		told(2, "from another one")
	})
}

func TestTheNewsOfANewBrowserWaitsForTheSecondFactor(t *testing.T) {
	s := apptest.OnSQLite(t)
	phone := s.Protect(s.Join(ada))
	b := half(s)
	if got := kinds(s)["session.new_device"]; got != 0 {
		t.Error("told after the password alone")
	}
	give(b, "totp", phone.Code()).Want(200)
	if got := kinds(s)["session.new_device"]; got != 1 {
		t.Errorf("%d notices", got)
	}
}

func TestTheNewsSaysDevicePlaceAndTimeAsThePersonReadsThem(t *testing.T) {
	s := apptest.OnSQLite(t, places(t))
	me := s.Join(ada)
	me.JSON(http.MethodPatch, "/v1/me", fields{"locale": "de", "time_zone": "Europe/Oslo"}).Want(200)
	b := s.Browser()
	b.From = "203.0.113.7:4711"
	b.Header.Set("User-Agent", firefox)
	signIn(b, ada, apptest.Password).Want(200)
	letter := s.Letter(ada)
	for _, want := range []string{"Firefox auf Windows", "23. November 2026, 10:30 CET", "203.0.113.7, bei Berlin, Deutschland", "/revert?token="} {
		if !strings.Contains(letter.Text, want) {
			t.Errorf("no %q in\n%s", want, letter.Text)
		}
	}
	if letter.Subject != "Neue Anmeldung bei deinem Nameplate-Konto" {
		t.Errorf("subject %q", letter.Subject)
	}
}

func TestNobodyWritesTheNewsByTheNameOfTheirBrowser(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	for _, agent := range []string{
		"evil.example", "Click here/1.0", "https://evil.example/win", "<b>evil</b>", "Mozilla/5.0 (evil.example) evil.example/1", strings.Repeat("evil", 20),
		"Mozilla/5.0 (Windows NT 10.0) Call-0800-evil.example/1.0 Safari/1",
	} {
		b := s.Browser()
		b.Header.Set("User-Agent", agent)
		signIn(b, ada, apptest.Password).Want(200)
		if letter := s.Letter(ada); strings.Contains(letter.Text+letter.HTML, "evil") || strings.Contains(letter.Text, "Click") {
			t.Errorf("%s: a stranger writes mail:\n%s", agent, letter.Text)
		}
	}
}

func TestAPasskeyInANewBrowserIsNewsTooAndMakesItKnown(t *testing.T) {
	s := apptest.OnSQLite(t)
	_, k := owner(s)
	b := s.Browser()
	for range 2 {
		b.Enter(k.Prove(b.AskPasskey())).Want(200)
		if got := kinds(s)["session.new_device"]; got != 1 {
			t.Errorf("%d notices", got)
		}
		b.Form("/sign-out").Want(303)
	}
	spend(s)
	signIn(b, ada, apptest.Password).Want(200) // half a sign-in, and not throttled
}
