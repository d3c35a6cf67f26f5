package sessions_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/geo/geotest"
)

const (
	ada     = "ada@example.com"
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

type list struct {
	NextCursor string `json:"next_cursor"`
	Items      []struct {
		ID, Browser, System, Address, Place string
		Current                             bool
	}
}

func elsewhere(s *apptest.Server, agent string) *apptest.Browser {
	b := s.Browser()
	b.Header.Set("User-Agent", agent)
	b.JSON(http.MethodPost, "/v1/session", map[string]string{"email": ada, "password": apptest.Password}).Want(200)
	return b
}

func sessionsOf(b *apptest.Browser) (l list) {
	b.Get("/v1/me/sessions").Want(200).To(&l)
	return l
}

func TestAPersonSeesTheirDevicesThisOneFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		s.Clock.Advance(time.Hour)
		elsewhere(s, firefox)
		s.Join("bob@example.com")
		l := sessionsOf(me.Browser)
		if len(l.Items) != 2 || !l.Items[0].Current || l.Items[1].Current {
			t.Fatalf("%+v", l)
		}
		if got := l.Items[1]; got.Browser != "Firefox" || got.System != "Windows" {
			t.Errorf("the other device is %+v", got)
		}
		if page := me.Get("/settings/sessions").Want(200).Page(); !strings.Contains(page, "Firefox on Windows") || !strings.Contains(page, "This device") {
			t.Error("the page does not name the devices")
		}
	})
}

func TestADeviceIsSignedOutAndTheOthersStay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, other, third := s.Join(ada), elsewhere(s, firefox), elsewhere(s, firefox)
		mine := sessionsOf(other).Items[0].ID
		me.Delete("/v1/me/sessions/" + mine).Want(204)
		other.Get("/v1/me").Refused(401, "unauthenticated")
		third.Get("/v1/me").Want(200)
		me.Delete("/v1/me/sessions/"+mine).Refused(404, "not_found")
	})
}

func TestNobodyEndsTheSessionOfAnother(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, bob := s.Join(ada), s.Join("bob@example.com")
		mine := sessionsOf(me.Browser).Items[0].ID
		bob.Delete("/v1/me/sessions/"+mine).Refused(404, "not_found")
		bob.Form("/settings/sessions/" + mine + "/end").Want(404)
		me.Get("/v1/me").Want(200)
	})
}

func TestAllOtherDevicesAreSignedOutAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, other := s.Join(ada), elsewhere(s, firefox)
		elsewhere(s, firefox)
		var done struct {
			SignedOut int `json:"signed_out"`
		}
		me.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", map[string]string{}).Want(200).To(&done)
		if done.SignedOut != 2 {
			t.Errorf("%d were signed out", done.SignedOut)
		}
		other.Get("/v1/me").Refused(401, "unauthenticated")
		me.Get("/v1/me").Want(200)
		me.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", nil).Want(200).To(&done)
		if done.SignedOut != 0 {
			t.Errorf("%d were signed out again", done.SignedOut)
		}
	})
}

func TestThePageSignsOutOneDeviceOrAllOthers(t *testing.T) {
	s := apptest.OnSQLite(t)
	me, other := s.Join(ada), elsewhere(s, firefox)
	me.Form("/settings/sessions/" + sessionsOf(other).Items[0].ID + "/end").Want(303)
	if page := me.Get("/settings/sessions").Page(); !strings.Contains(page, "The device is signed out") {
		t.Error("the page does not say so")
	}
	elsewhere(s, firefox)
	me.Form("/settings/sessions/end-others").Want(303)
	if page := me.Get("/settings/sessions").Page(); !strings.Contains(page, "1 other device is signed out") {
		t.Error("the page does not say how many")
	}
}

func TestADeadSessionIsNotListed(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	s.Clock.Advance(8 * 24 * time.Hour)
	if l := sessionsOf(elsewhere(s, firefox)); len(l.Items) != 1 {
		t.Errorf("%+v", l)
	}
}

func TestTheListComesInPagesAndTakesNoForgedCursor(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	for range 4 {
		elsewhere(s, firefox)
	}
	seen, next := map[string]bool{}, ""
	for range 3 {
		var l list
		me.Get("/v1/me/sessions?limit=2&cursor=" + next).Want(200).To(&l)
		for _, d := range l.Items {
			seen[d.ID] = true
		}
		next = l.NextCursor
	}
	if len(seen) != 5 || next != "" {
		t.Errorf("%d devices, then %q", len(seen), next)
	}
	for _, bad := range []string{"cursor=ses_1", "cursor=%00", "cursor=' OR 1=1"} {
		me.Get("/v1/me/sessions?"+strings.ReplaceAll(bad, " ", "%20")).Refused(400, "malformed_request")
	}
	for _, bad := range []string{"-1", "0", "201", "1000000000", "x"} {
		me.Get("/v1/me/sessions?limit="+bad).Refused(422, "validation_failed", "limit")
	}
}

func TestTheTwentyFirstDeviceEndsTheOneThatRestedLongest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		first := s.Join(ada)
		for range session.Most {
			s.Clock.Advance(2 * time.Minute)
			elsewhere(s, firefox)
		}
		first.Get("/v1/me").Refused(401, "unauthenticated")
	})
}

func TestALostDeviceHoldsNothingAnyMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, lost := s.Join(ada), elsewhere(s, firefox)
		elsewhere(s, firefox)
		credential := s.Find(me.ID).CredentialEpoch
		before := me.Session()
		var done struct {
			SignedOut int `json:"signed_out"`
		}
		me.JSON(http.MethodPost, "/v1/me/sessions/lost-device", nil).Want(200).To(&done)
		if done.SignedOut != 2 {
			t.Errorf("%d were signed out", done.SignedOut)
		}
		lost.Get("/v1/me").Refused(401, "unauthenticated")
		me.Get("/v1/me").Want(200)
		if me.Session() == before {
			t.Error("the session kept its token")
		}
		if got := s.Find(me.ID).CredentialEpoch; got != credential+1 {
			t.Errorf("the credential epoch is %d after %d", got, credential)
		}
		if told := s.Letter(ada); told.Kind != "session.device_lost" {
			t.Errorf("the last mail is %s", told.Kind)
		}
		// The lost browser is a stranger, this one is not.
		for range 10 {
			s.Browser().JSON(http.MethodPost, "/v1/session", map[string]string{"email": ada, "password": "wrong"}).Want(401)
		}
		lost.JSON(http.MethodPost, "/v1/session", map[string]string{"email": ada, "password": apptest.Password}).Want(429)
		me.JSON(http.MethodPost, "/v1/session", map[string]string{"email": ada, "password": apptest.Password}).Want(200)
	})
}

func TestALostDeviceTakesAFreshProofAndThePageGoesOnAfterIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, lost := s.Join(ada), elsewhere(s, firefox)
		s.Clock.Advance(session.ProofLife)
		me.JSON(http.MethodPost, "/v1/me/sessions/lost-device", nil).Refused(403, "reauthentication_required")
		lost.Get("/v1/me").Want(200)
		asked := me.Form("/settings/sessions/lost-device").Want(403).Page()
		_, stopped, _ := strings.Cut(asked, `name="stopped" value="`)
		stopped, _, _ = strings.Cut(stopped, `"`)
		me.Form("/reauthenticate", "password", apptest.Password, "stopped", stopped).Want(303)
		lost.Get("/v1/me").Refused(401, "unauthenticated")
		if page := me.Get("/settings/sessions").Want(200).Page(); !strings.Contains(page, "1 other device was signed out. This one stays.") {
			t.Error("the page does not say how many")
		}
	})
}

func TestADeviceIsNearAPlaceInTheLanguageOfThePerson(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, geotest.File("Test-City", 1, geotest.Berlin), 0o600); err != nil {
		t.Fatal(err)
	}
	s := apptest.OnSQLite(t, apptest.Places(path))
	me, other := s.Join(ada), s.Browser()
	other.From = "203.0.113.7:4711"
	other.Header.Set("User-Agent", firefox)
	other.JSON(http.MethodPost, "/v1/session", map[string]string{"email": ada, "password": apptest.Password}).Want(200)
	l := sessionsOf(me.Browser)
	if len(l.Items) != 2 || l.Items[0].Place != "" || l.Items[1].Place != "near Berlin, Germany" {
		t.Errorf("%+v", l.Items)
	}
	me.JSON(http.MethodPatch, "/v1/me", map[string]string{"locale": "de"}).Want(200)
	if got := sessionsOf(me.Browser).Items[1].Place; got != "bei Berlin, Deutschland" {
		t.Errorf("in German it is %q", got)
	}
	if page := me.Get("/settings/sessions").Want(200).Page(); !strings.Contains(page, "203.0.113.7, bei Berlin, Deutschland") {
		t.Error("the page does not say where")
	}
}
