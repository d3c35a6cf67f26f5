package address_test

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/address"
	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/db"
)

const (
	security = "/settings/security"
	form     = security + "/email"
	further  = security + "/addresses"
	cancel   = "/email-change/cancel"
)

func says(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(page), w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func TestThePageLeadsThroughAChangeWithoutAScript(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		says(t, me.Get("/settings/profile").Want(200).Page(), `href="/settings/security#email"`)
		says(t, me.Get(security).Want(200).Page(), "You sign in with this address.", "Since 23 November 2026", "Change address")
		says(t, me.Form(form, "new_email", "nonsense").Want(422).Page(), "This is not an e-mail address.", `value="nonsense"`, `href="#new_email"`)
		me.Form(form, "new_email", fresh).Want(303)
		page := me.Get(security).Want(200).Page()
		says(t, page, "Changing to "+fresh, "Both codes are on their way", "The codes work for 10 more minutes. 5 tries are left.", "possible in 60 s", "Confirm codes")
		says(t, me.Form(form+"/resend").Want(429).Page(), "Too many tries.", "Changing to "+fresh)
		says(t, me.Form(form+"/confirm", "new_code", wrong).Want(422).Page(), "This code is not right", "4 tries are left.", `href="#new_code"`)
		s.Clock.Advance(address.Wait)
		if strings.Contains(me.Get(security).Page(), "possible in") {
			t.Error("it still makes one wait")
		}
		me.Form(form + "/resend").Want(303)
		sent := codes(s, ada, fresh)
		me.Form(form+"/confirm", "new_code", sent["new_code"], "current_code", "").Want(303)
		page = me.Get(security).Page()
		says(t, page, "Right code", "Waiting for one code", "Confirm code")
		if strings.Contains(page, `name="new_code"`) {
			t.Error("a code that is in is asked for again")
		}
		other := s.Browser()
		other.JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": apptest.Password}).Want(200)
		me.Form(form+"/confirm", "current_code", sent["current_code"]).Want(303)
		says(t, me.Get(security).Page(), "Address changed. This device stays signed in. 1 other device was signed out.", fresh)
		other.Get("/v1/me").Want(401)
	})
}

func TestThePageSaysWhenAChangeIsOver(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	me.Form(form, "new_email", fresh).Want(303)
	for range 4 {
		me.Form(form+"/confirm", "new_code", wrong).Want(422)
	}
	page := me.Form(form+"/confirm", "new_code", wrong).Want(422).Page()
	says(t, page, "This change is over", "Change address")
	if strings.Contains(page, `href="#new_code"`) {
		t.Error("it leads to a field that is not there")
	}
	says(t, me.Form(form+"/resend").Want(422).Page(), "This change is over")
	me.Form(form, "new_email", fresh).Want(303)
	me.Form(form + "/cancel").Want(303)
	says(t, me.Get(security).Page(), "Cancelled. Your address stays as it was.")
}

func TestThePageAddsVerifiesAndRemovesAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		says(t, me.Form(further, "email", ada).Want(422).Page(), "This address is yours already.", `href="#email-new"`, `id="email-new"`)
		me.Form(further, "email", more).Want(303)
		page := me.Get(security).Page()
		says(t, page, "The code is on its way", "Not verified", "possible in 60 s")
		id := idOf(me.Browser, more)
		says(t, me.Form(further+"/"+id+"/verify", "code", wrong).Want(422).Page(), "This code is not right", `href="#code-`+id+`"`, `id="code-`+id+`"`)
		me.Form(further+"/"+id+"/verify", "code", codeFor(s, more, "email.code_further")).Want(303)
		says(t, me.Get(security).Page(), "Address added", "Make primary")
		me.Form(form, "new_email", more).Want(303)
		says(t, me.Get(security).Page(), "Changing to "+more)
		me.Form(further + "/" + id + "/remove").Want(303)
		says(t, me.Get(security).Page(), "Address removed")
		me.Form(further + "/" + id + "/remove").Want(404)
		me.Form(further + "/" + idOf(me.Browser, ada) + "/remove").Want(422)
		want(t, "addresses", book(me.Browser), ada+"*")
	})
}

func TestThePageSaysWhenACodeIsTooOld(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	me.Form(further, "email", more).Want(303)
	s.Clock.Advance(address.Life)
	says(t, me.Get(security).Page(), "Its code is too old.", "Send a new code")
}

func TestTheLinkInEitherMailCancelsOnceAndOnlyWhenItIsPosted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		for _, to := range []string{ada, fresh} {
			start(me.Browser, fresh).Want(202)
			letter, b := s.Letter(to), s.Browser()
			code, link := strings.Index(letter.Text, "\n"+apptest.CodeIn(letter)+"\n"), strings.Index(letter.Text, "http")
			if code < 0 || link < code || !strings.HasPrefix(apptest.LinkIn(letter), s.Config.Base.String()+cancel+"?token=") {
				t.Errorf("%s", letter.Text)
			}
			token := apptest.TokenIn(letter)
			before := s.Sum(apptest.BySealer...)
			a := b.Get(cancel + "?token=" + token).Want(200)
			if a.Header.Get("Referrer-Policy") != "no-referrer" || s.Sum(apptest.BySealer...) != before {
				t.Error("a GET changes something, or lets its address out")
			}
			b.Form(cancel, "token", token).Want(200)
			b.Form(cancel, "token", token).Want(422)
			b.Get(cancel + "?token=" + token).Want(422)
			me.Get(change).Want(404)
		}
		start(me.Browser, fresh).Want(202)
		replaced := apptest.TokenIn(s.Letter(fresh))
		s.Clock.Advance(address.Wait)
		resend(me.Browser).Want(202)
		for _, dead := range []string{replaced, "npln_none", ""} {
			s.Browser().Form(cancel, "token", dead).Want(422)
		}
		last := apptest.TokenIn(s.Letter(fresh))
		s.Clock.Advance(address.Life)
		s.Browser().Get(cancel + "?token=" + last).Want(422)
		s.Browser().Form(cancel, "token", last).Want(422)
		if n := strings.Count(written(s), "action=email.change_cancelled "); n != 4 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestMailsSpeakThePersonsLanguageAndTheOwnersOwn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me, owner := s.Join(ada), s.Join(bob)
	me.JSON(http.MethodPatch, "/v1/me", fields{"locale": "de"}).Want(200)
	owner.JSON(http.MethodPatch, "/v1/me", fields{"locale": "en"}).Want(200)
	start(me.Browser, bob).Want(202)
	start(me.Browser, fresh).Want(202)
	sent := codes(s, ada, fresh)
	confirm(me.Browser, sent).Want(200)
	for _, m := range append(s.Letters(fresh), s.Letters(ada)...) {
		if strings.HasPrefix(m.Kind, "email.") && m.Locale != "de" {
			t.Errorf("%s is in %s", m.Kind, m.Locale)
		}
	}
	want(t, "the owner's", s.Letter(bob).Locale, "en")
}

func TestAFormThatWaitsForAProofGoesOn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	s.Clock.Advance(time.Hour)
	page := me.Form(form, "new_email", fresh).Want(403).Page()
	_, rest, _ := strings.Cut(page, `name="stopped" value="`)
	sealed, _, _ := strings.Cut(rest, `"`)
	me.Form("/reauthenticate", "password", apptest.Password, "stopped", html.UnescapeString(sealed)).Want(303)
	says(t, me.Get(security).Page(), "Changing to "+fresh)
}

func TestWhatHasExpiredIsSweptAway(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		add(me.Browser, more).Want(201)
		s.Clock.Advance(address.PendingLife)
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Address.Sweep(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if rows := s.Rows(); len(rows["email_changes"])+len(rows["pending_emails"]) != 0 {
			t.Errorf("%v %v", rows["email_changes"], rows["pending_emails"])
		}
	})
}
