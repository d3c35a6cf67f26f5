package model_test

import (
	"fmt"
	"net/http"
	"slices"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
)

// guarded reports whether a second factor is on.
func (p *person) guarded() bool { return p.app != "" || len(p.passkeys) > 0 || len(p.phones) > 0 }

// offered are the second factors in the order in which they are offered.
func (p *person) offered() (methods []any) {
	if len(p.passkeys) > 0 {
		methods = append(methods, "webauthn")
	}
	if p.app != "" {
		methods = append(methods, "totp")
	}
	if len(p.phones) > 0 {
		methods = append(methods, "sms")
	}
	if len(p.backup) > 0 && p.guarded() {
		methods = append(methods, "backup_code")
	}
	return methods
}

func (w *world) signIn(r *rapid.T, p *person, b *browser) {
	texted := p.guarded() && p.offered()[0] == "sms"
	switch {
	case p.password == "":
		guess(r, p)
	case texted:
		within(r, &p.texts, mostTexts)
	}
	a := b.JSON(http.MethodPost, "/v1/session", fields{"email": p.primary(), "password": p.password})
	if p.password == "" {
		w.expect(r, a, http.StatusUnauthorized)
		return
	}
	w.expect(r, a, http.StatusOK)
	if !p.guarded() {
		w.admitted(p, b)
		return
	}
	if got := fmt.Sprint(a.Map()["factors"]); got != fmt.Sprint(p.offered()) {
		r.Fatalf("offered are %v, the model says %v", got, p.offered())
	}
	w.opened(b, half)
	if texted {
		w.texted(b, p.lastPhone())
	}
}

// admitted opens a full session. The owner is told of a browser that is new.
func (w *world) admitted(p *person, b *browser) {
	if !b.known {
		w.tells(p, "session.new_device")
	}
	w.opened(b, full)
	b.known = true
	p.acts++
}

func (w *world) signInWrongly(r *rapid.T, p *person, b *browser) {
	guess(r, p)
	w.expect(r, b.JSON(http.MethodPost, "/v1/session", fields{"email": p.primary(), "password": "x" + p.password}), http.StatusUnauthorized)
}

// signInElsewhere tries the right password with an address that nobody has as
// the primary one.
func (w *world) signInElsewhere(r *rapid.T, p *person, b *browser) {
	address := rapid.SampledFrom(w.pool).Draw(r, "address")
	if p.password == "" || slices.ContainsFunc(w.people, func(o *person) bool { return o.primary() == address }) {
		r.Skip("it is somebody's")
	}
	guess(r, p)
	w.expect(r, b.JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": p.password}), http.StatusUnauthorized)
}

// second sends a second factor: to sign in, or for a fresh proof. It reports
// whether it was looked at.
func (w *world) second(r *rapid.T, p *person, b *browser, method string, given any, right bool) bool {
	send := func(path string) apptest.Answer {
		in := map[string]any{"method": method, "code": given}
		if method == "webauthn" {
			in = map[string]any{"method": method, "credential": given}
		}
		return b.JSON(http.MethodPost, path, in)
	}
	if !w.alive(b) {
		w.expect(r, send("/v1/session/second-factor"), http.StatusUnauthorized)
		return false
	}
	path, good := "/v1/session/second-factor", http.StatusOK
	if b.level == full {
		path, good = "/v1/session/reauthenticate", http.StatusNoContent
	}
	a := send(path)
	if !right {
		w.expect(r, a, http.StatusUnprocessableEntity)
		return true
	}
	w.expect(r, a, good)
	if b.level == full {
		w.proves(p, b)
		return true
	}
	w.admitted(p, b)
	return true
}

func (w *world) signOut(r *rapid.T, p *person, b *browser) {
	living := w.alive(b)
	a := b.Delete("/v1/session")
	if !living {
		w.expect(r, a, http.StatusUnauthorized)
		return
	}
	w.expect(r, a, http.StatusNoContent)
	b.level = out
	p.acts++
}

func (w *world) signOutOthers(r *rapid.T, p *person, b *browser) {
	a := b.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", "{}")
	want := w.status(b, false, http.StatusOK)
	w.expect(r, a, want)
	if want != http.StatusOK {
		return
	}
	others := w.signedIn(p) - 1
	for _, other := range p.browsers {
		if other != b {
			other.level = out
		}
	}
	if got := a.Map()["signed_out"]; got != float64(others) {
		r.Fatalf("%v were signed out, the model says %d", got, others)
	}
	if others > 0 {
		p.acts++
	}
}

// proveAgain gives the password, which is no proof where a factor is on.
func (w *world) proveAgain(r *rapid.T, p *person, b *browser) {
	if p.password == "" {
		r.Skip("no password")
	}
	want := w.status(b, false, http.StatusNoContent)
	if p.guarded() && want == http.StatusNoContent {
		want = http.StatusUnprocessableEntity
	}
	w.expect(r, b.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"password": p.password}), want)
	if want == http.StatusNoContent {
		w.proves(p, b)
	}
}

// proves makes the proof of a session fresh.
func (w *world) proves(p *person, b *browser) {
	b.provedAt = w.Clock.Now()
	p.acts++
}
