package app_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/control"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms/smstest"
)

const nora = "nora@halden.example"

// command runs an operation on a user and returns the code of what it refuses.
func command(t *testing.T, s *apptest.Server, name, user string, out any) (code string) {
	t.Helper()
	var refused *control.Error
	err := s.Operations().Call(t.Context(), name, app.WhichUser{User: user}, out)
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused != nil {
		return refused.Code
	}
	return ""
}

func changed(t *testing.T, s *apptest.Server, name, user string) (out app.Changed) {
	t.Helper()
	if code := command(t, s, name, user, &out); code != "" {
		t.Fatalf("%s: %s", name, code)
	}
	return out
}

func enter(b *apptest.Browser, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session", map[string]string{"email": nora, "password": password})
}

// recorded counts how often an action on an account stands in the journal. Each
// time it does so in two trails: the person's and that of their organization.
func recorded(s *apptest.Server, action string) (n int) {
	rows := s.Rows()
	for _, entry := range append(rows["journal"], rows["journal_inbox"]...) {
		if strings.Contains(entry, action) && strings.Contains(entry, "operator") {
			n++
		}
	}
	return n / 2
}

func TestADisabledAccountIsDeadInEveryWayAndComesBackWhole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(nora)
		s.Protect(me)
		half, other := s.Browser(), s.Enter(me.ID, session.Full)
		enter(half, apptest.Password).Want(200)
		plain := enter(s.Browser(), "wrong").Refused(401, "invalid_credentials")
		s.Browser().JSON(http.MethodPost, "/v1/password-reset", map[string]string{"email": nora}).Want(202)
		link := apptest.TokenIn(s.Letter(nora))
		stream := s.Browser().Open("/v1/cards/" + me.ID + "/live")
		stream.Next()

		elapsed := clock.Stopwatch()
		out := changed(t, s, "user.disable", nora)
		if out.ID != me.ID || !out.Changed || out.SignedOut != 2 {
			t.Errorf("%+v", out)
		}
		for event := stream.Next(); event != ""; event = stream.Next() {
			if strings.Contains(event, "event: card") {
				t.Error("the open card is sent once more")
			}
		}
		if elapsed() > time.Second {
			t.Errorf("the open card ended after %v", elapsed())
		}
		for name, b := range map[string]*apptest.Browser{"the session": me.Browser, "another": other, "half a session": half} {
			if a := b.Get("/v1/me"); a.Status != 401 {
				t.Errorf("%s: %d", name, a.Status)
			}
		}
		half.JSON(http.MethodPost, "/v1/session/second-factor", map[string]string{"method": "totp", "code": "123456"}).Want(401)
		s.Browser().Get("/v1/cards/" + me.ID).Want(404)
		s.Browser().Get("/c/" + me.ID).Want(404)
		letters := len(s.Letters(nora))
		refused := enter(s.Browser(), apptest.Password).Refused(401, "invalid_credentials")
		if string(refused.Body[:40]) != string(plain.Body[:40]) || len(refused.Header) != len(plain.Header) {
			t.Errorf("it is refused otherwise than a wrong password: %s", refused.Body)
		}
		s.Browser().JSON(http.MethodPost, "/v1/password-reset", map[string]string{"email": nora}).Want(202)
		if got := len(s.Letters(nora)); got != letters {
			t.Errorf("%d letters went to a disabled account", got-letters)
		}
		s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", map[string]string{"token": link, "new_password": "Brave-Heron4-Lands-Again"}).Refused(422, "invalid_token")
		if code := command(t, s, "user.reset-link", nora, new(app.ResetLink)); code != "account_deactivated" {
			t.Errorf("a link for a disabled account: %q", code)
		}
		if changed(t, s, "user.disable", nora).Changed {
			t.Error("it was disabled before")
		}

		if !changed(t, s, "user.enable", me.ID).Changed {
			t.Error("it was not enabled")
		}
		for _, b := range []*apptest.Browser{me.Browser, other, half} {
			b.Get("/v1/me").Want(401)
		}
		s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", map[string]string{"token": link, "new_password": "Brave-Heron4-Lands-Again"}).Refused(422, "invalid_token")
		s.Browser().Get("/v1/cards/" + me.ID).Want(200)
		enter(s.Browser(), apptest.Password).Want(200)
		if recorded(s, "account.disabled") != 1 || recorded(s, "account.enabled") != 1 {
			t.Error("the journal has not each of it once")
		}
	})
}

func TestASignInThatWasUnderWayWhenTheAccountWasDisabledOpensNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(nora)
		check := s.SignIn.Whose
		s.SignIn.Whose = func(ctx context.Context, address, device string, password secret.Secret) (identity.User, error) {
			user, err := check(ctx, address, device, password)
			changed(t, s, "user.disable", nora)
			return user, err
		}
		b := s.Browser()
		enter(b, apptest.Password)
		b.Get("/v1/me").Want(401)
		s.SignIn.Whose = check
		changed(t, s, "user.enable", nora)
		b.Get("/v1/me").Want(401)
		me.Get("/v1/me").Want(401)
	})
}

func TestTheOperatorUnlocksWhatGuessesHaveLocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(nora)
		for range 10 {
			for range 10 {
				enter(s.Browser(), "wrong").Want(401)
			}
			s.Clock.Advance(31 * time.Minute)
		}
		var u app.UserDetails
		if command(t, s, "user.show", nora, &u); !u.PasswordDisabled {
			t.Errorf("%+v", u)
		}
		for range 10 {
			enter(s.Browser(), "wrong").Want(401)
			enter(me.Copy(), "wrong").Want(401)
		}
		enter(s.Browser(), apptest.Password).Want(429)
		enter(me.Copy(), apptest.Password).Want(429)
		changed(t, s, "user.unlock", nora)
		if command(t, s, "user.show", me.ID, &u); u.PasswordDisabled {
			t.Error("the password is still disabled")
		}
		enter(me.Copy(), apptest.Password).Want(200)
		enter(s.Browser(), apptest.Password).Want(200)
		if recorded(s, "account.unlocked") != 1 {
			t.Error("the journal does not have it")
		}
	})
}

func TestTheOperatorUnlocksSecondFactorsToo(t *testing.T) {
	s := apptest.OnSQLite(t)
	phone := s.Protect(s.Join(nora))
	try := func(b *apptest.Browser, code string) apptest.Answer {
		return b.JSON(http.MethodPost, "/v1/session/second-factor", map[string]string{"method": "totp", "code": code})
	}
	b := s.Browser()
	enter(b, apptest.Password).Want(200)
	for range 10 {
		try(b, phone.Wrong()).Want(422)
	}
	try(b, phone.Code()).Want(429)
	changed(t, s, "user.unlock", nora)
	enter(b, apptest.Password).Want(200)
	try(b, phone.Code()).Want(200)
}

func TestTheOperatorUnlocksTheTextsOfTheDayToo(t *testing.T) {
	w := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(w))
	s.Join("first@example.com") // the owner, whom codes by SMS are not for
	me := s.Join(nora)
	s.AddPhone(me, w, "+4915112345667")
	ask := func() apptest.Answer {
		s.Clock.Advance(11 * time.Minute) // the sign-in before is over, and what it waits for
		b := s.Browser()
		enter(b, apptest.Password).Want(200)
		return b.JSON(http.MethodPost, "/v1/session/second-factor", map[string]string{"method": "sms"})
	}
	for range 9 {
		ask().Want(202)
	}
	ask().Want(429)
	changed(t, s, "user.unlock", nora)
	ask().Want(202)
}

func TestTheOperatorTakesFactorsAwayAndThePersonIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(nora)
		if code := command(t, s, "user.reset-factors", nora, new(app.Changed)); code != "no_factor" {
			t.Errorf("without a factor: %q", code)
		}
		me.Get("/v1/me").Want(200)
		s.Protect(me)
		changed(t, s, "user.reset-factors", nora)
		me.Get("/v1/me").Want(401)
		if told := s.Letter(nora); told.Kind != "factors.reset" {
			t.Errorf("the last mail is %s", told.Kind)
		}
		if got := enter(s.Browser(), apptest.Password).Want(200).Map()["status"]; got != "signed_in" {
			t.Errorf("status %v", got)
		}
		rows := s.Rows()
		if len(rows["factors"])+len(rows["backup_codes"]) != 0 || recorded(s, "factors.reset") != 1 {
			t.Error("something of the factors is left, or the journal does not have it")
		}
	})
}

func TestTheOperatorSignsSomebodyOutEverywhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, ola := s.Join(nora), s.Join("ola@halden.example")
		other := s.Enter(me.ID, session.Full)
		if out := changed(t, s, "user.sign-out", nora); out.SignedOut != 2 {
			t.Errorf("%+v", out)
		}
		me.Get("/v1/me").Want(401)
		other.Get("/v1/me").Want(401)
		ola.Get("/v1/me").Want(200)
		if recorded(s, "session.all_ended") != 1 {
			t.Error("the journal does not have it")
		}
	})
}

func TestTheOperatorHandsOutALinkThatWorksOnceForAnHour(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		const fresh = "Brave-Heron4-Lands-Again"
		s.Join(nora)
		letters := len(s.Letters(nora))
		link := func() string {
			t.Helper()
			var out app.ResetLink
			if code := command(t, s, "user.reset-link", nora, &out); code != "" || !out.ExpiresAt.Equal(s.Clock.Now().Add(time.Hour)) {
				t.Fatalf("%+v, %q", out, code)
			}
			return strings.TrimPrefix(out.Link, s.Config.Base.String()+"/reset-password?token=")
		}
		confirm := func(token string) apptest.Answer {
			return s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", map[string]string{"token": token, "new_password": fresh})
		}
		older, newer := link(), link()
		if len(s.Letters(nora)) != letters {
			t.Error("a link for the operator was mailed")
		}
		confirm(older).Refused(422, "invalid_token")
		confirm(newer).Want(204)
		confirm(newer).Refused(422, "invalid_token")
		enter(s.Browser(), fresh).Want(200)
		late := link()
		s.Clock.Advance(time.Hour)
		confirm(late).Refused(422, "invalid_token")
		if recorded(s, "password.reset_link_made") != 3 {
			t.Error("the journal has not each of them")
		}
	})
}

func TestTheOperatorSeesPeopleInParts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(nora)
		s.Protect(me)
		for _, address := range []string{"ola@halden.example", "mei@halden.example"} {
			s.Member(address, "", "")
		}
		var seen []string
		for page := (app.UserPage{Limit: 2}); ; {
			var out app.Users
			if err := s.Operations().Call(t.Context(), "user.list", page, &out); err != nil {
				t.Fatal(err)
			}
			for _, u := range out.Items {
				seen = append(seen, u.Email)
			}
			if page.After = out.Next; out.Next == "" {
				break
			}
		}
		if strings.Join(seen, " ") != nora+" ola@halden.example mei@halden.example" {
			t.Errorf("%v", seen)
		}
		var u app.UserDetails
		for _, who := range []string{nora, "NORA@halden.example", me.ID} {
			if code := command(t, s, "user.show", who, &u); code != "" || u.ID != me.ID {
				t.Errorf("%s: %+v, %s", who, u, code)
			}
		}
		if u.State != "active" || u.Email != nora || len(u.Memberships) != 1 || u.Memberships[0].Role != identity.Owner ||
			strings.Join(u.Factors, " ") != "totp backup_code" || u.Sessions != 1 || u.KnownBrowsers != 1 || u.PasswordDisabled || u.LastSignInAt == nil {
			t.Errorf("%+v", u)
		}
		for _, who := range []string{"nobody@halden.example", "usr_01k9xq6c0efyvb2w4n8h3t5dpr", "", "%"} {
			if code := command(t, s, "user.show", who, &u); code != "operator_user_unknown" {
				t.Errorf("%q: %q", who, code)
			}
		}
	})
}
