package sso_test

import (
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/dns/dnstest"
)

func TestAnUnknownPersonOfTheDomainBecomesAnAgentAndIsTheSameNextTime(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b := w.Browser()
		a := w.signIn(b).Want(303)
		if a.Header.Get("Location") != "/settings/sessions" {
			t.Errorf("led to %s", a.Header.Get("Location"))
		}
		id, name, role := me(b)
		if name != "Ada Example" || role != "agent" {
			t.Errorf("%s, %s", name, role)
		}
		w.op.Be("sub-1", "ada.byron@acme.test") // married; the subject is the same
		again := w.Browser()
		w.signIn(again).Want(303)
		if other, _, _ := me(again); other != id {
			t.Error("somebody else")
		}
		w.op.Be("sub-2", "bob@acme.test")
		third := w.Browser()
		w.signIn(third).Want(303)
		if other, _, _ := me(third); other == id {
			t.Error("two subjects are one person")
		}
	})
}

func TestTheProviderIsAskedAsAClientShould(t *testing.T) {
	w := one(t)
	asked := w.begin(w.Browser())
	for name, want := range map[string]string{
		"response_type": "code", "client_id": ssotest.ClientID, "code_challenge_method": "S256", "scope": "openid email profile offline_access",
		"redirect_uri": w.Config.Base.String() + "/sso/" + w.id + "/callback",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	second := w.begin(w.Browser())
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if asked.Get(name) == "" || asked.Get(name) == second.Get(name) {
			t.Errorf("%s is %q, and %q the second time", name, asked.Get(name), second.Get(name))
		}
	}
}

func TestNothingIsTakenFromAMisbehavingProvider(t *testing.T) {
	w := one(t)
	id := func(change func(header, claims ssotest.Object)) func(*ssotest.Provider) {
		return func(p *ssotest.Provider) { p.Token = change }
	}
	set := func(name string, value any) func(*ssotest.Provider) {
		return id(func(_, claims ssotest.Object) {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		})
	}
	head := func(name string, value any) func(*ssotest.Provider) {
		return id(func(header, _ ssotest.Object) { header[name] = value })
	}
	when := func(name string, d time.Duration) func(*ssotest.Provider) {
		return id(func(_, claims ssotest.Object) { claims[name] = w.Clock.Now().Add(d).Unix() })
	}
	for name, test := range map[string]struct {
		how func(*ssotest.Provider)
		why string
	}{
		"nonce of another":       {set("nonce", "x"), "token"},
		"no nonce":               {set("nonce", nil), "token"},
		"another issuer":         {set("iss", "https://elsewhere.test"), "token"},
		"no issuer":              {set("iss", nil), "token"},
		"another audience":       {set("aud", "somebody"), "token"},
		"no audience":            {set("aud", nil), "token"},
		"for another party":      {set("azp", "somebody"), "token"},
		"several, no party":      {set("aud", []string{ssotest.ClientID, "somebody"}), "token"},
		"no subject":             {set("sub", nil), "token"},
		"empty subject":          {set("sub", ""), "token"},
		"endless subject":        {set("sub", strings.Repeat("x", 256)), "token"},
		"not issued":             {set("iat", nil), "token"},
		"issued tomorrow":        {when("iat", 24*time.Hour), "token"},
		"expired":                {when("exp", -time.Second), "token"},
		"no expiry":              {set("exp", nil), "token"},
		"not yet":                {when("nbf", time.Hour), "token"},
		"an access token":        {head("typ", "at+jwt"), "token"},
		"alg none":               {func(p *ssotest.Provider) { head("alg", "none")(p); p.Sign = func(string) []byte { return nil } }, "token"},
		"HMAC by the public key": {func(p *ssotest.Provider) { head("alg", "HS256")(p); p.Sign = ssotest.ByPublicKey(ssotest.KeyOne) }, "token"},
		"signed by another key": {func(p *ssotest.Provider) {
			p.Sign = func(text string) []byte { return ssotest.SignedBy(ssotest.KeyTwo, text) }
		}, "token"},
		"unknown key":         {head("kid", "nobody"), "token"},
		"no token":            {func(p *ssotest.Provider) { p.Answer = func(o ssotest.Object) { delete(o, "id_token") } }, "token"},
		"half a token":        {func(p *ssotest.Provider) { p.Answer = func(o ssotest.Object) { o["id_token"] = "a.b" } }, "token"},
		"of another access":   {set("at_hash", "x"), "token"},
		"userinfo of another": {func(p *ssotest.Provider) { p.Userinfo = says(ssotest.Object{"sub": "x", "email": "ada@acme.test"}) }, "userinfo"},
		"userinfo as a page":  {func(p *ssotest.Provider) { p.Userinfo = page }, "userinfo"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.Clock.Advance(16 * time.Minute) // documents and budgets are fresh again
			w.op.Be("sub-9", "eve@acme.test")
			test.how(w.op)
			if w.op.Userinfo != nil {
				w.op.Be("sub-9", "eve@acme.test", "email", nil)
			}
			w.refused(test.why)
			w.op.Token, w.op.Sign, w.op.Answer, w.op.Userinfo = nil, nil, nil, nil
		})
	}
	if _, found, err := identity.FindEmail(t.Context(), w.DB, "eve@acme.test"); err != nil || found {
		t.Errorf("somebody was made: %v", err)
	}
	w.Clock.Advance(16 * time.Minute)
	w.t = t
	w.op.Be("sub-1", "ada@acme.test")
	w.signIn(w.Browser()).Want(303)
}

func says(claims ssotest.Object) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { ssotest.Reply(w, http.StatusOK, claims) }
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<html>"))
}

func TestKeysAreRotatedWithoutASignInLost(t *testing.T) {
	w := one(t)
	w.signIn(w.Browser()).Want(303)
	w.op.Keys = append([]*rsa.PrivateKey{ssotest.KeyTwo}, w.op.Keys...)
	w.signIn(w.Browser()).Want(303)
	w.op.Keys, w.op.Kids = []*rsa.PrivateKey{ssotest.KeyThree}, false
	w.signIn(w.Browser()).Want(303)
	w.op.Keys = []*rsa.PrivateKey{ssotest.KeyTwo, ssotest.KeyThree}
	w.signIn(w.Browser()).Want(303)
}

func TestWhatTheTokenLeavesOutIsAsked(t *testing.T) {
	w := one(t)
	w.Clock.Advance(time.Hour)
	w.op.Be("sub-1", "", "email", nil, "email_verified", nil, "name", nil)
	w.op.Userinfo = says(ssotest.Object{"sub": "sub-1", "email": "ada@acme.test", "email_verified": true, "given_name": "Ada", "family_name": "Byron"})
	b := w.Browser()
	w.signIn(b).Want(303)
	if _, name, _ := me(b); name != "Ada Byron" {
		t.Errorf("called %q", name)
	}
}

func TestAnAnswerBelongsToTheBrowserThatAsked(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b := w.Browser()
		asked := w.begin(b)
		kept := b.Cookies["np-sso"]
		refused := func(what string, b *apptest.Browser, path string) {
			t.Helper()
			if b.Get(path).Want(403); b.Session() != "" {
				t.Errorf("%s: signed in", what)
			}
			b.Cookies["np-sso"] = kept
		}
		refused("no state", b, w.back(w.op.Agree(asked), ""))
		refused("another state", b, w.back(w.op.Agree(asked), "x"))
		refused("another browser", w.Browser(), w.back(w.op.Agree(asked), asked.Get("state")))
		other := w.Browser()
		w.begin(other)
		refused("another flow", other, w.back(w.op.Agree(asked), asked.Get("state")))
		b.Cookies["np-sso"] = kept[:len(kept)-2] + "AA"
		refused("a forged cookie", b, w.back(w.op.Agree(asked), asked.Get("state")))
		b.Get(w.back(w.op.Agree(asked), asked.Get("state"))).Want(303)
		again := w.Browser()
		again.Cookies["np-sso"] = kept
		refused("twice", again, w.back(w.op.Agree(asked), asked.Get("state")))

		late := w.Browser()
		asked = w.begin(late)
		w.Clock.Advance(10 * time.Minute)
		refused("too late", late, w.back(w.op.Agree(asked), asked.Get("state")))
	})
}

func TestOfManyWhoBringAnAnswerOneGetsIn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b := w.Browser()
		asked := w.begin(b)
		path := w.back(w.op.Agree(asked), asked.Get("state"))
		got := make(chan int, 16)
		for range cap(got) {
			go func() {
				a, err := b.Try(b.Request(http.MethodGet, path, "", nil))
				if err != nil {
					t.Error(err)
				}
				got <- a.Status
			}()
		}
		in := 0
		for range cap(got) {
			if <-got == 303 {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%d got in", in)
		}
	})
}

func TestAnAnswerOfAnotherIssuerIsRefused(t *testing.T) {
	w := one(t)
	b := w.Browser()
	asked := w.begin(b)
	b.Get(w.back(w.op.Agree(asked), asked.Get("state")) + "&iss=https%3A%2F%2Felsewhere.test").Want(403)
	w.told("issuer")
	w.op.Document = func(doc ssotest.Object) { doc["authorization_response_iss_parameter_supported"] = true }
	w.Clock.Advance(time.Hour)
	w.refused("issuer")
	asked = w.begin(b)
	b.Get(w.back(w.op.Agree(asked), asked.Get("state")) + "&iss=" + url.QueryEscape(w.op.URL)).Want(303)
}

func TestAnAnswerForOneProviderIsNoneForAnother(t *testing.T) {
	names := dnstest.New(t)
	s := apptest.OnSQLite(t, settings(names.Addr)...)
	w := build(t, s, names)
	second := w
	second.op, second.org = ssotest.New(t, s.Clock.Now), s.Organization("Evil")
	evil := s.Member("owner@evil.test", second.org, identity.Owner)
	second.id = second.add(evil, second.org, second.op.URL, nil)
	b := w.Browser()
	asked := w.begin(b)
	second.op.Be("sub-1", "ada@acme.test")
	b.Get(second.back(second.op.Agree(asked), asked.Get("state"))).Want(403)
	if b.Session() != "" {
		t.Error("signed in by another provider")
	}
	// It can say what it wants: the domain is not its own.
	c := s.Browser()
	second.signIn(c).Want(403)
	if c.Session() != "" {
		t.Error("taken from an organization that has not proved the domain")
	}
}

func TestARefusalOfTheProviderIsAPage(t *testing.T) {
	w := one(t)
	b := w.Browser()
	asked := w.begin(b)
	b.Get("/sso/" + w.id + "/callback?error=access_denied&error_description=%3Cb%3E&state=" + asked.Get("state")).Want(403)
	w.told("denied")
	asked = w.begin(b)
	b.Get(w.back("not-a-code", asked.Get("state"))).Want(403)
	w.told("code")
	w.Browser().Get("/sso/idp_00000000000000000000000000/start").Want(404)
	w.op.Close()
	w.Clock.Advance(time.Hour)
	w.Browser().Get("/sso/" + w.id + "/start").Want(422)
}

func TestAPathOfOthersIsNotLedTo(t *testing.T) {
	w := one(t)
	for _, to := range []string{"https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)"} {
		b := w.Browser()
		a := b.Get("/sso/" + w.id + "/start?return_to=" + url.QueryEscape(to)).Want(303)
		u, err := url.Parse(a.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if done := b.Get(w.back(w.op.Agree(u.Query()), u.Query().Get("state"))).Want(303); done.Header.Get("Location") != "/settings/profile" {
			t.Errorf("%s leads to %s", to, done.Header.Get("Location"))
		}
	}
}

func TestOnlyAVerifiedAddressOfAProvedDomainIsTaken(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for _, verified := range []any{"true", "false", 1, false, nil, []bool{true}} {
			w.op.Be("sub-7", "eve@acme.test", "email_verified", verified)
			w.refused("unverified")
		}
		for _, address := range []string{"eve@elsewhere.test", "eve@mail.acme.test", "eve@acme.test.evil.test"} {
			w.op.Be("sub-7", address)
			w.refused("domain")
		}
		for _, address := range []any{"eve@evil.test@acme.test", "eve@acme.test@evil.test", "eve", "eve@acme.test\nx", "", nil, []string{"eve@acme.test"}} {
			w.op.Be("sub-7", "", "email", address)
			w.refused("address")
		}
	})
}

func TestAnAccountIsLinkedByTheDomainsOwnerAndTold(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		before := w.Join("ada@acme.test")
		b := w.Browser()
		w.signIn(b).Want(303)
		if id, _, _ := me(b); id != before.ID {
			t.Errorf("%s is %s", id, before.ID)
		}
		if m, err := identity.MemberOf(t.Context(), w.DB, w.org, before.ID); err != nil || m.Role != identity.Agent {
			t.Errorf("%+v, %v", m, err)
		}
		before.Get("/v1/me").Refused(401, "unauthenticated")
		w.signIn(w.Browser()).Want(303)
		told := 0
		for _, m := range w.Letters("ada@acme.test") {
			if strings.Contains(m.Text, "the provider of Acme") && strings.Contains(m.Text, "/revert?token=") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

func TestAFurtherAddressOfSomebodyElseLinksNothing(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		eve := w.Join("eve@evil.test")
		err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			ok, err := identity.AddEmail(t.Context(), tx, "eml_x", eve.ID, "ada@acme.test", w.Clock.Now())
			return errors.Join(err, map[bool]error{false: errors.New("not added")}[ok])
		})
		if err != nil {
			t.Fatal(err)
		}
		w.refused("taken")
		eve.Get("/v1/me").Want(200)
	})
}

func TestASecondSubjectDoesNotGetTheAccountOfTheFirst(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.signIn(w.Browser()).Want(303)
		w.op.Be("sub-reused", "ada@acme.test")
		w.refused("taken")
	})
}

func TestASecondFactorIsAskedForAsEver(t *testing.T) {
	w := one(t)
	ada := w.Join("ada@acme.test")
	w.Protect(ada)
	b := w.Browser()
	if a := w.signIn(b).Want(303); !strings.HasPrefix(a.Header.Get("Location"), "/sign-in/second-factor") {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
	b.Get("/v1/me").Refused(401, "unauthenticated")
}

func TestWhoWasRemovedOrDeactivatedStaysSo(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b := w.Browser()
		w.signIn(b).Want(303)
		id, _, _ := me(b)
		w.Enter(w.owner.ID, "full").Delete("/v1/orgs/" + w.org + "/members/" + id).Want(204)
		w.refused("removed")
		w.Belong(apptest.Somebody{ID: id}, w.org, identity.Agent)
		w.signIn(w.Browser()).Want(303)
		err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := identity.SetState(t.Context(), tx, id, identity.Deactivated)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.refused("deactivated")
	})
}

func TestClaimsGiveRolesAtEachSignIn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		owner := w.Enter(w.owner.ID, "full")
		at := w.providers(w.org) + "/" + w.id
		owner.JSON(http.MethodPatch, at, fields{"role_mapping": []fields{{"claim": "groups", "value": "x", "role": "owner"}}}).Refused(422, "validation_failed", "role_mapping")
		owner.JSON(http.MethodPatch, at, fields{"role_mapping": []fields{
			{"claim": "groups", "value": "Admins", "role": "admin"}, {"claim": "dept", "value": "care", "role": "supervisor"},
		}}).Want(200)
		for _, test := range []struct {
			claims []any
			role   string
		}{
			{[]any{"groups", []string{"All", "Admins"}, "dept", "care"}, "admin"},
			{[]any{"groups", "Admins"}, "admin"},
			{[]any{"groups", []string{"admins"}, "dept", "care"}, "supervisor"},
			{[]any{"groups", []any{1, true}, "dept", ssotest.Object{"x": "care"}}, "agent"},
			{nil, "agent"},
		} {
			w.op.Be("sub-1", "ada@acme.test", test.claims...)
			b := w.Browser()
			w.signIn(b).Want(303)
			if _, _, role := me(b); role != test.role {
				t.Errorf("%v gives %s, want %s", test.claims, role, test.role)
			}
		}
	})
}

func TestWhoHasNoPasswordProvesThemselvesAtTheProvider(t *testing.T) {
	w := one(t)
	w.op.Be("sub-1", "ada@acme.test", "auth_time", w.Clock.Now().Unix())
	b := w.Browser()
	w.signIn(b).Want(303)
	id, _, _ := me(b)
	ask := func() apptest.Answer { return b.JSON(http.MethodPost, "/v1/me/factors/totp", "") }
	ask().Want(201) // signing in is a proof
	w.Clock.Advance(11 * time.Minute)
	ask().Refused(403, "reauthentication_required")
	b.Get("/reauthenticate?return_to=/settings/security").Want(200).Contains("/sso/" + w.id + "/start?again=&amp;return_to=%2Fsettings%2Fsecurity")

	// One who only has a session there is let in, and has proved nothing.
	w.signIn(b).Want(303)
	ask().Refused(403, "reauthentication_required")
	a := b.Get("/sso/" + w.id + "/start?again=").Want(303)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Query().Get("prompt") != "login" || to.Query().Get("max_age") != "0" {
		t.Errorf("%s, %v", to, err)
	}
	w.op.Be("sub-1", "ada@acme.test", "auth_time", w.Clock.Now().Unix())
	b.Get(w.back(w.op.Agree(to.Query()), to.Query().Get("state"))).Want(303)
	ask().Want(201)
	if again, _, _ := me(b); again != id {
		t.Error("somebody else")
	}
}
