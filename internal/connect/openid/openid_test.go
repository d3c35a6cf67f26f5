package openid_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"nameplate/internal/app/apptest"
	"nameplate/internal/connect/openid"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// What a platform writes, with the library that most in Go use.
func TestAnAppSignsPeopleInByALibrary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		provider, config := w.provider(), w.config()
		check := oauth2.GenerateVerifier()
		to := config.AuthCodeURL("state-1", oidc.Nonce("nonce-1"), oauth2.S256ChallengeOption(check))
		path := strings.TrimPrefix(to, w.OpenID.Issuer())
		stranger := w.Browser()
		if in := stranger.Get(path).Want(303).Header.Get("Location"); !strings.HasPrefix(in, "/sign-in?return_to=%2Foauth2%2Fauthorize") {
			t.Fatalf("led to %s", in)
		}
		page := w.ada.Get(path).Want(200)
		for _, word := range []string{"Chat", "Halden", "ada@example.com", "your e-mail address"} {
			page.Contains(word)
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' "+w.app.URL+";") {
			t.Errorf("the form leads nowhere: %s", policy)
		}
		asked, _ := url.Parse(to)
		got := w.answered(w.allow(w.ada.Browser, asked.Query()))
		if got.Get("state") != "state-1" {
			t.Errorf("%v", got)
		}
		given, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(check))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := given.Extra("id_token").(string)
		id, all := w.verify(raw)
		if id.Nonce != "nonce-1" || id.Subject != w.ada.ID || id.VerifyAccessToken(given.AccessToken) != nil {
			t.Errorf("%+v", id)
		}
		if all["email"] != "ada@example.com" || all["email_verified"] != true || all["name"] != "Somebody" || all["acr"] != "aal1" || all["sid"] == "" || all["auth_time"] == nil {
			t.Errorf("%v", all)
		}
		info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(given))
		if err != nil || info.Subject != w.ada.ID || info.Email != "ada@example.com" || !info.EmailVerified {
			t.Errorf("%+v %v", info, err)
		}
		next, err := config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: given.RefreshToken}).Token()
		if err != nil || next.RefreshToken == given.RefreshToken || next.AccessToken == given.AccessToken {
			t.Errorf("%v", err)
		}
		// It was allowed, so nothing is asked the second time.
		w.answered(w.ada.Get(path))
		apps := w.ada.Get("/v1/me/apps").Want(200)
		apps.Contains(`"name":"Chat"`)
		w.ada.Get("/settings/credentials").Want(200).Contains("Connected apps")
	})
}

func TestARequestThatIsNotRightIsAnsweredWhereItMayBe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		get := func(q url.Values) string { return "/oauth2/authorize?" + q.Encode() }
		for name, q := range map[string]url.Values{
			"no app": w.ask("client_id", "cli_none"), "no address": w.ask("redirect_uri", ""), "longer": w.ask("redirect_uri", w.callback()+"/x"),
			"a query": w.ask("redirect_uri", w.callback()+"?x=1"), "elsewhere": w.ask("redirect_uri", "https://evil.example/callback"),
			"case": w.ask("redirect_uri", strings.ToUpper(w.callback())), "too long": w.ask("state", strings.Repeat("x", 2000)),
		} {
			a := w.ada.Get(get(q)).Want(400, 404)
			if a.Header.Get("Location") != "" || !strings.Contains(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: led away", name)
			}
		}
		twice := w.ask()
		twice.Add("redirect_uri", "https://evil.example")
		w.ada.Get(get(twice)).Want(400)
		for code, q := range map[string]url.Values{
			"unsupported_response_type": w.ask("response_type", "code token"), "invalid_scope": w.ask("scope", "profile"),
			"request_not_supported": w.ask("request", "x"), "request_uri_not_supported": w.ask("request_uri", "https://x"),
			"login_required": w.ask("prompt", "none", "id_token_hint", "x"),
		} {
			if got := w.answered(w.Browser().Get(get(q))); got.Get("error") != code || got.Get("state") != "s1" {
				t.Errorf("want %s, got %v", code, got)
			}
		}
		for _, q := range []url.Values{
			w.ask("response_type", ""), w.ask("code_challenge", ""), w.ask("code_challenge_method", "plain"), w.ask("code_challenge_method", ""),
			w.ask("code_challenge", "short"), w.ask("max_age", "-1"), w.ask("prompt", "none login"), w.ask("response_mode", "fragment"),
		} {
			if got := w.answered(w.ada.Get(get(q))); got.Get("error") != "invalid_request" {
				t.Errorf("%v: %v", q, got)
			}
		}
		if got := w.answered(w.ada.Get(get(w.ask("prompt", "none")))); got.Get("error") != "consent_required" {
			t.Errorf("%v", got)
		}
		if got := w.answered(w.ada.Form("/oauth2/authorize", "request", w.ask().Encode(), "answer", "deny")); got.Get("error") != "access_denied" || got.Get("code") != "" {
			t.Errorf("%v", got)
		}
		w.code(w.ada.Browser)
		if got := w.answered(w.ada.Get(get(w.ask("prompt", "none")))); got.Get("code") == "" {
			t.Errorf("%v", got)
		}
		w.ada.Get(get(w.ask("prompt", "consent"))).Want(200).Contains("Sign in at Chat")
		w.ada.Get(get(w.ask("scope", "openid phone"))).Want(200).Contains("your phone number")
		stranger := w.Member("eve@example.com", w.Organization("Elsewhere"), identity.Owner)
		stranger.Get(get(w.ask())).Want(200).Contains("does not belong there")
		if got := w.answered(w.allow(stranger.Browser, w.ask())); got.Get("error") != "access_denied" || got.Get("code") != "" {
			t.Errorf("a stranger got in: %v", got)
		}
	})
}

func TestACodeIsTakenOnceByItsAppWithItsVerifier(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		with := func(pairs ...string) url.Values {
			q := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {w.callback()}, "code_verifier": {verifier}}
			for i := 0; i < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return q
		}
		send := func(q url.Values) string {
			var pairs []string
			for name := range q {
				pairs = append(pairs, name, q.Get(name))
			}
			a := w.token(pairs...)
			if a.Status == http.StatusOK {
				return ""
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Error("it may be kept")
			}
			return a.Want(400).Map()["error"].(string)
		}
		for name, q := range map[string]url.Values{
			"another verifier": with("code", w.code(w.ada.Browser), "code_verifier", verifier+"x"),
			"no verifier":      with("code", w.code(w.ada.Browser), "code_verifier", ""),
			"another address":  with("code", w.code(w.ada.Browser), "redirect_uri", w.app.URL),
			"no address":       with("code", w.code(w.ada.Browser), "redirect_uri", ""),
			"no code":          with("code", "npoc_none"),
		} {
			if got := send(q); got != "invalid_grant" {
				t.Errorf("%s: %q", name, got)
			}
			if got := send(with("code", q.Get("code"))); got != "invalid_grant" {
				t.Errorf("%s: the code is good after all: %q", name, got)
			}
		}
		old := w.code(w.ada.Browser)
		w.Clock.Advance(openid.CodeLife)
		if got := send(with("code", old)); got != "invalid_grant" {
			t.Errorf("after a minute: %q", got)
		}
		var other struct {
			ClientID string `json:"client_id"`
			Secrets  []struct{ Secret string }
		}
		w.admin.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/clients", object{"name": "Other", "redirect_uris": []string{w.callback()}}).Want(201).To(&other)
		code := w.code(w.ada.Browser)
		mine := w.secret
		own := w.id
		w.id, w.secret = other.ClientID, other.Secrets[0].Secret
		if got := send(with("code", code)); got != "invalid_grant" {
			t.Errorf("another app: %q", got)
		}
		w.id, w.secret = own, mine
		var first tokens
		w.exchange(code).Want(200).To(&first)
		w.userinfo(first.Access).Want(200)
		if got := send(with("code", code)); got != "invalid_grant" {
			t.Errorf("twice: %q", got)
		}
		w.userinfo(first.Access).Want(401)
		w.refresh(first.Refresh).Want(400)
		w.watch(1) // and the app is told
	})
}

func TestARefreshTokenThatComesTwiceEndsTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.tokens(w.ada.Browser, "scope", "openid email offline_access")
		var second tokens
		w.refresh(first.Refresh).Want(200).To(&second)
		if _, all := w.verify(second.ID); all["sub"] != w.ada.ID || all["nonce"] != nil || all["email"] == nil {
			t.Errorf("%v", all)
		}
		narrow := w.token("grant_type", "refresh_token", "refresh_token", second.Refresh, "scope", "openid").Want(200)
		var third tokens
		narrow.To(&third)
		if info := w.userinfo(third.Access).Want(200).Map(); third.Scope != "openid" || info["email"] != nil {
			t.Errorf("%s %v", third.Scope, info)
		}
		w.token("grant_type", "refresh_token", "refresh_token", third.Refresh, "scope", "openid phone").Want(400).Contains("invalid_scope")
		if a := w.refresh(first.Refresh).Want(400); a.Map()["error"] != "invalid_grant" {
			t.Errorf("%s", a.Body)
		}
		w.refresh(third.Refresh).Want(400)
		w.userinfo(third.Access).Want(401)
		w.Settle(func() bool { return strings.Contains(w.ada.Get("/v1/me/activity").Page(), "app.reuse") })
		old := w.tokens(w.ada.Browser, "scope", "openid offline_access")
		w.Clock.Advance(openid.AccessLife)
		w.userinfo(old.Access).Want(401)
		w.Clock.Advance(openid.RefreshLife - openid.AccessLife)
		w.refresh(old.Refresh).Want(400)
	})
}

func TestAFreshProofIsAskedForWhereTheAppWantsOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		bob := w.Join("bob@example.com") // who has a password
		w.Belong(bob, w.org, identity.Agent)
		first := w.tokens(bob.Browser)
		w.Clock.Advance(time.Minute)
		for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "30"}, {"max_age", "0"}} {
			w.Clock.Advance(time.Minute)
			path := "/oauth2/authorize?" + w.ask(pairs...).Encode()
			to, err := url.Parse(bob.Get(path).Want(303).Header.Get("Location"))
			if err != nil || to.Path != "/reauthenticate" {
				t.Fatalf("%v: led to %s", pairs, to)
			}
			back := to.Query().Get("return_to")
			bob.Get(to.String()).Want(200) // although the proof is a minute old
			bob.Get(back).Want(303)        // nobody gets past it
			w.Clock.Advance(time.Second)
			bob.Form("/reauthenticate", "return_to", back, "password", apptest.Password).Want(303)
			w.Clock.Advance(5 * time.Second)
			hop := bob.Get(back).Want(200).Header.Get("Refresh")
			_, target, _ := strings.Cut(hop, "url=")
			led, err := url.Parse(target)
			if err != nil || led.Query().Get("code") == "" {
				t.Fatalf("%v: %s", pairs, hop)
			}
			var then tokens
			w.exchange(led.Query().Get("code")).Want(200).To(&then)
			_, before := parts(t, first.ID)
			_, after := w.verify(then.ID)
			if after["auth_time"].(float64) <= before["auth_time"].(float64) {
				t.Errorf("%v: %v is not after %v", pairs, after["auth_time"], before["auth_time"])
			}
			w.Clock.Advance(time.Minute)
			if got := bob.Get(strings.Replace(back, "n1", "n2", 1)).Want(303).Header.Get("Location"); !strings.HasPrefix(got, "/reauthenticate") {
				t.Errorf("%v: the mark holds for another request: %s", pairs, got)
			}
			if got := w.answered(bob.Get("/oauth2/authorize?" + w.ask("prompt", "none", "max_age", "1").Encode())); got.Get("error") != "login_required" {
				t.Errorf("%v", got)
			}
		}
		w.answered(bob.Get("/oauth2/authorize?" + w.ask("max_age", "10000").Encode()))
	})
}

func TestAnAppIsOutWithTheSessionThePersonOrTheApp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		enter := func() tokens {
			b := w.Enter(w.ada.ID, session.Full)
			return w.tokens(b, "scope", "openid offline_access")
		}
		dead := func(why string, t1 tokens) {
			t.Helper()
			w.userinfo(t1.Access).Want(401)
			if a := w.refresh(t1.Refresh); a.Status != http.StatusBadRequest {
				t.Errorf("%s: %d", why, a.Status)
			}
		}
		b := w.Enter(w.ada.ID, session.Full)
		bound, free := w.tokens(b), w.tokens(b, "scope", "openid offline_access")
		pending := w.code(b)
		b.Form("/sign-out").Want(303)
		dead("signed out", bound)
		w.exchange(pending).Want(400)
		w.userinfo(free.Access).Want(200)
		heard := w.watch(2)
		head, body := parts(t, heard[0])
		if head["typ"] != "logout+jwt" || head["alg"] != "RS256" || body["nonce"] != nil || body["jti"] == "" || body["aud"] != w.id || body["sub"] != w.ada.ID {
			t.Errorf("%v %v", head, body)
		}
		token, err := w.provider().Verifier(&oidc.Config{ClientID: w.id, Now: w.Clock.Now}).VerifyLogout(t.Context(), heard[0])
		if err != nil || token.SessionID == "" {
			t.Errorf("%+v %v", token, err)
		}
		if again := w.watch(2); len(again) != 2 {
			t.Errorf("told %d times", len(again))
		}
		w.refresh(free.Refresh).Want(200)

		commit := func(fn func(*db.Tx) error) {
			if err := w.DB.Tx(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		one := enter()
		commit(func(tx *db.Tx) error { _, err := w.Sessions.EndEverything(t.Context(), tx, w.ada.ID, ""); return err })
		dead("credential epoch", one)
		one = enter()
		commit(func(tx *db.Tx) error {
			return identity.RemoveMember(t.Context(), tx, identity.Membership{OrganizationID: w.org, UserID: w.ada.ID})
		})
		dead("left", one)
		w.Belong(w.ada, w.org, identity.Agent)
		one = enter()
		commit(func(tx *db.Tx) error {
			_, err := identity.SetState(t.Context(), tx, w.ada.ID, identity.Deactivated)
			return err
		})
		dead("deactivated", one)
		commit(func(tx *db.Tx) error {
			_, err := identity.SetState(t.Context(), tx, w.ada.ID, identity.Active)
			return err
		})
		one = enter()
		me := w.Enter(w.ada.ID, session.Full)
		var apps struct{ Items []struct{ ID string } }
		me.Get("/v1/me/apps").Want(200).To(&apps)
		w.admin.Delete("/v1/me/apps/"+apps.Items[0].ID).Refused(404, "no_such_app")
		me.Form("/settings/credentials/apps/" + apps.Items[0].ID + "/disconnect").Want(303)
		dead("disconnected", one)
		me.Get("/oauth2/authorize?" + w.ask().Encode()).Want(200).Contains("Sign in at Chat")
		one = enter()
		w.Enter(w.admin.ID, session.Full).Delete(w.settings()).Want(204)
		b = w.Enter(w.ada.ID, session.Full)
		b.Get("/oauth2/authorize?" + w.ask().Encode()).Want(404)
		w.userinfo(one.Access).Want(401)
		w.refresh(one.Refresh).Want(400).Contains("unauthorized_client")
	})
}

func TestLeavingAtTheAppLeavesHere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.Enter(w.ada.ID, session.Full)
		got := w.tokens(b)
		leave := func(b *apptest.Browser, pairs ...string) apptest.Answer {
			q := url.Values{}
			for i := 0; i < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return b.Get("/oauth2/logout?" + q.Encode())
		}
		bye := w.app.URL + "/bye"
		leave(b, "id_token_hint", got.ID, "post_logout_redirect_uri", "https://evil.example/").Want(400)
		leave(b, "post_logout_redirect_uri", bye).Want(400) // whose is it?
		leave(b, "id_token_hint", got.ID, "client_id", "cli_other", "post_logout_redirect_uri", bye).Want(400)
		leave(b, "client_id", w.id, "post_logout_redirect_uri", bye).Want(200).Contains("Sign out here, too?")
		other := w.Enter(w.admin.ID, session.Full)
		leave(other, "id_token_hint", got.ID).Want(200) // not the session that the app means
		other.Get("/v1/me").Want(200)
		b.Get("/v1/me").Want(200)
		w.Clock.Advance(time.Hour) // an ID token that has expired is a hint as well
		a := leave(b, "id_token_hint", got.ID, "post_logout_redirect_uri", bye, "state", "s 2").Want(303)
		if to := a.Header.Get("Location"); to != bye+"?state=s+2" {
			t.Errorf("led to %s", to)
		}
		b.Get("/v1/me").Want(401)
		w.watch(1)
		asked := url.Values{"client_id": {w.id}, "post_logout_redirect_uri": {bye}}.Encode()
		if a := other.Form("/oauth2/logout", "request", asked).Want(303); a.Header.Get("Location") != bye {
			t.Errorf("led to %s", a.Header.Get("Location"))
		}
		other.Get("/v1/me").Want(401)
	})
}

func TestKeysChangeWithoutAGap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kid := func() (all []string) {
			for _, k := range w.Browser().Get("/oauth2/keys").Want(200).Map()["keys"].([]any) {
				all = append(all, k.(object)["kid"].(string))
				if k.(object)["d"] != nil {
					t.Fatal("a private key is published")
				}
			}
			return all
		}
		signs := func() string {
			head, _ := parts(t, w.tokens(w.Enter(w.ada.ID, session.Full)).ID)
			return head["kid"].(string)
		}
		turn := func(d time.Duration) {
			w.Clock.Advance(d)
			if err := w.OpenID.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(kid(), " ") + "/" + signs(); got != "1/1" {
			t.Fatal(got)
		}
		turn(openid.KeyLife)
		if got := strings.Join(kid(), " ") + "/" + signs(); got != "2 1/1" {
			t.Errorf("on the day: %s", got)
		}
		old := w.tokens(w.Enter(w.ada.ID, session.Full))
		turn(24 * time.Hour)
		if got := strings.Join(kid(), " ") + "/" + signs(); got != "2 1/2" {
			t.Errorf("a day later: %s", got)
		}
		if _, err := w.provider().Verifier(&oidc.Config{ClientID: w.id, SkipExpiryCheck: true}).Verify(t.Context(), old.ID); err != nil {
			t.Error(err)
		}
		turn(7 * 24 * time.Hour)
		if got := strings.Join(kid(), " "); got != "2" {
			t.Errorf("a week later: %s", got)
		}
		for _, row := range w.Rows()["openid_keys"] {
			if strings.Contains(row, "PRIVATE") || strings.Contains(row, "MII") {
				t.Error("a key is not sealed")
			}
		}
	})
}

func TestNothingThatIsHeldStandsInTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		got, code := w.tokens(w.ada.Browser, "scope", "openid offline_access"), w.code(w.ada.Browser)
		dump := ""
		for _, rows := range w.Rows() {
			dump += strings.Join(rows, "\n")
		}
		for what, text := range map[string]string{"access": got.Access, "refresh": got.Refresh, "id": got.ID, "code": code, "secret": w.secret} {
			if strings.Contains(dump, text) || strings.Contains(w.Log.String(), text) {
				t.Errorf("the %s stands in the database or the log", what)
			}
		}
		w.Browser().Get("/oauth2/userinfo?access_token=" + got.Access).Want(401)
		w.Browser().Form("/oauth2/userinfo", "access_token", got.Access).Want(200)
		if a := w.post("/oauth2/introspect", "token", got.Refresh).Want(200).Map(); a["active"] != true || a["sub"] != w.ada.ID {
			t.Errorf("%v", a)
		}
		w.post("/oauth2/revoke", "token", got.Refresh).Want(200)
		w.userinfo(got.Access).Want(401)
		w.refresh(got.Refresh).Want(400)
	})
}

func TestWhereAnAppMaySendPeopleIsLookedAt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, bad := range []string{
			"http://example.com/cb", "https://example.com/cb#x", "javascript:alert(1)", "https://*.example.com/", "https://u@example.com/", "//example.com",
			"https:/example.com", "https://example.com\\@evil", "app://cb", "http://127.0.0.1.example.com/",
		} {
			w.admin.JSON(http.MethodPut, w.settings(), object{"redirect_uris": []string{bad}}).Refused(422, "validation_failed", "redirect_uris")
		}
		w.admin.JSON(http.MethodPut, w.settings(), object{"redirect_uris": []string{}}).Refused(422, "validation_failed", "redirect_uris").Contains("app_address_required")
		w.admin.JSON(http.MethodPut, w.settings(), object{"redirect_uris": []string{"https://a.example/"}, "backchannel_logout_uri": "http://10.0.0.1/"}).Want(422)
		w.admin.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/clients", object{"name": "X", "redirect_uris": []string{"ftp://x"}}).Want(422)
		w.ada.JSON(http.MethodPut, w.settings(), object{"redirect_uris": []string{"https://a.example/"}}).Refused(403, "forbidden")
		page := "/settings/credentials/clients/" + w.id
		w.admin.Get(page).Want(200).Contains(w.callback())
		w.admin.Form(page+"/sign-in", "redirect_uris", "nowhere").Want(422).Contains("nowhere")
		w.admin.Form(page+"/sign-in", "redirect_uris", "https://a.example/cb\r\nhttps://b.example/cb").Want(303)
		w.admin.Get(w.settings()).Want(200).Contains("https://b.example/cb")
		w.ada.Get("/oauth2/authorize?" + w.ask().Encode()).Want(400)
	})
}
