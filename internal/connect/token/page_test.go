package token_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

const page = "/settings/credentials"

var tokenOn = regexp.MustCompile(`npat_[0-9A-Za-z]{49}`)

func TestThePageMakesATokenInOneClick(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		me.Get(page).Want(200).Contains("No token yet.")
		a := me.Form(page+"/tokens", "plain", "yes").Want(200).Contains("Made just now")
		text := tokenOn.FindString(a.Page())
		program(s, text).Get("/v1/me").Want(200)
		again := me.Get(page).Want(200).Contains("Used").Page()
		if strings.Contains(again, text) {
			t.Error("it is shown again")
		}
		me.Form(page + "/tokens/" + list(me.Browser)[0].ID + "/revoke").Want(303)
		me.Get(page).Want(200).Contains("The token is revoked.").Contains("Revoked")
	})
}

func TestTheFormOfATokenKeepsWhatWasTyped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		me.Get(page + "/tokens/new").Want(200).Contains("members:read")
		a := me.Form(page+"/tokens", "name", "", "scopes", "members:read", "expires_in_days", "30").Want(422)
		if !regexp.MustCompile(`value="members:read" checked`).MatchString(a.Page()) || !regexp.MustCompile(`value="30" selected`).MatchString(a.Page()) {
			t.Errorf("%s", a.Page())
		}
		me.Form(page+"/tokens", "name", "Wall", "scopes", "members:read", "scopes", "profile:read", "expires_in_days", "365").Want(200)
		if got := list(me.Browser); len(got) != 1 || len(got[0].Scopes) != 2 || !got[0].ExpiresAt.Equal(s.Clock.Now().Add(365*day)) {
			t.Errorf("%+v", got)
		}
		s.Clock.Advance(90 * day)
		me.Browser = s.Enter(me.ID, session.Full)
		me.Get(page).Want(200).Contains("Never needed: Read organization and members.")
		me.Form(page+"/tokens/"+list(me.Browser)[0].ID+"/narrow", "scope", "members:read").Want(303)
		me.Get(page).Want(200).Contains("The token may do less now.")
	})
}

func TestThePageShowsATokenAgainWhereRulesAllowIt(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Halden")
	me := s.Member("ada@example.com", org, identity.Agent)
	s.Rule(org, "tokens.redisplay", `"yes"`)
	text := tokenOn.FindString(me.Form(page+"/tokens", "plain", "yes").Want(200).Page())
	me.Form(page + "/tokens/" + list(me.Browser)[0].ID + "/show").Want(200).Contains(text)
	s.Clock.Advance(time.Minute * 11)
	me.Form(page + "/tokens/" + list(me.Browser)[0].ID + "/show").Want(403)
	if a := me.Get(page + "/tokens/new").Want(303); !strings.HasPrefix(a.Header.Get("Location"), "/reauthenticate") {
		t.Errorf("the form leads to %s", a.Header.Get("Location"))
	}
}

func TestWhoeverFindsATokenEndsItOnAPage(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member("ada@example.com", "", "")
	text := tokenOn.FindString(me.Form(page+"/tokens", "plain", "yes").Want(200).Page())
	finder := s.Browser()
	finder.Get("/found-token").Want(200).Contains("You have found a token")
	nothing := finder.Form("/found-token", "token", "npat_none").Want(200).Contains("Thank you").Page()
	program(s, text).Get("/v1/me").Want(200)
	if done := finder.Form("/found-token", "token", " "+text+"\n").Want(200).Page(); done != nothing {
		t.Error("the page says whether there was such a token")
	}
	program(s, text).Get("/v1/me").Refused(401, "unauthenticated")
}
