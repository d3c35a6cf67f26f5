package sso_test

import (
	"net/http"
	"testing"
	"time"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
)

const event = "http://schemas.openid.net/event/backchannel-logout"

// logout is a logout token, after change has changed it.
func (w world) logout(change func(header, claims ssotest.Object)) string {
	return w.op.JWT(ssotest.Object{
		"iss": w.op.URL, "aud": ssotest.ClientID, "iat": w.Clock.Now().Unix(), "exp": w.Clock.Now().Add(time.Minute).Unix(), "jti": "1", "sub": "sub-1",
		"events": ssotest.Object{event: ssotest.Object{}},
	}, change)
}

func (w world) tell(token string) apptest.Answer {
	return w.Browser().Form("/sso/"+w.id+"/logout", "logout_token", token)
}

func TestALogoutThereEndsTheSessionsHere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b, other := w.Browser(), w.Browser()
		w.signIn(b).Want(303)
		w.signIn(other).Want(303)
		token := w.logout(nil)
		w.tell(token).Want(200)
		b.Get("/v1/me").Refused(401, "unauthenticated")
		other.Get("/v1/me").Refused(401, "unauthenticated")
		w.signIn(b).Want(303)
		w.tell(token).Want(400) // replayed
		b.Get("/v1/me").Want(200)
		w.tell(w.logout(func(_, claims ssotest.Object) { claims["sub"], claims["jti"] = "stranger", "2" })).Want(200)
		b.Get("/v1/me").Want(200)
	})
}

func TestAForgedLogoutEndsNothing(t *testing.T) {
	w := one(t)
	b := w.Browser()
	w.signIn(b).Want(303)
	set := func(name string, value any) func(header, claims ssotest.Object) {
		return func(_, claims ssotest.Object) {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
	}
	for name, change := range map[string]func(header, claims ssotest.Object){
		"no event": set("events", nil), "another event": set("events", ssotest.Object{"x": ssotest.Object{}}), "with a nonce": set("nonce", "x"),
		"another audience": set("aud", "x"), "another issuer": set("iss", "https://elsewhere.test"), "no id": set("jti", nil), "nobody": set("sub", nil),
		"old":  set("iat", w.Clock.Now().Add(-time.Hour).Unix()),
		"none": func(header, _ ssotest.Object) { header["alg"] = "none" }, "HMAC": func(header, _ ssotest.Object) { header["alg"] = "HS256" },
	} {
		if a := w.tell(w.logout(change)); a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	w.op.Sign = func(text string) []byte { return ssotest.SignedBy(ssotest.KeyTwo, text) }
	w.tell(w.logout(nil)).Want(400)
	w.op.Sign = nil
	w.tell("").Want(400)
	b.Get("/v1/me").Want(200)
}

func TestWhoIsNoLongerRenewedThereIsSignedOutHere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		b := w.Browser()
		w.signIn(b).Want(303)
		asked := 0
		answer := func(status int, body ssotest.Object) {
			w.op.Grant = func() (int, ssotest.Object) { asked++; return status, body }
		}
		recheck := func(after time.Duration, want int) {
			t.Helper()
			w.Clock.Advance(after)
			if err := w.SSO.Recheck(t.Context()); err != nil {
				t.Fatal(err)
			}
			if asked != want {
				t.Errorf("asked %d times, want %d", asked, want)
			}
		}
		answer(200, ssotest.Object{"access_token": "a", "token_type": "Bearer", "refresh_token": "refresh-2"})
		recheck(59*time.Minute, 0)
		recheck(2*time.Minute, 1)
		recheck(time.Minute, 1)
		answer(503, ssotest.Object{"error": "temporarily_unavailable"})
		recheck(time.Hour, 2)
		b.Get("/v1/me").Want(200)
		answer(400, ssotest.Object{"error": "invalid_grant"})
		recheck(time.Hour, 3)
		b.Get("/v1/me").Refused(401, "unauthenticated")
		recheck(time.Hour, 3)
	})
}
