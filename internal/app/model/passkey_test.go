package model_test

import (
	"net/http"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
)

// passkey is one that somebody has added.
type passkey struct {
	*apptest.Key
	id string
	at time.Time
}

func (w *world) addPasskey(r *rapid.T, p *person, b *browser) {
	if len(p.passkeys) >= 2 {
		r.Skip("enough passkeys")
	}
	want := w.status(b, true, http.StatusOK)
	options := b.NewPasskey()
	w.expect(r, options, want)
	if want != http.StatusOK {
		return
	}
	k, first := &passkey{Key: w.Key(), at: w.Clock.Now()}, !p.guarded()
	a := b.AddPasskey("", k.Make(options))
	w.expect(r, a, http.StatusCreated)
	k.id = a.Map()["id"].(string)
	p.passkeys = append(p.passkeys, k)
	w.added(r, p, b, first, a)
}

func (w *world) removePasskey(r *rapid.T, p *person, b *browser) {
	if len(p.passkeys) == 0 {
		r.Skip("no passkey")
	}
	k := rapid.SampledFrom(p.passkeys).Draw(r, "passkey")
	want := w.status(b, true, http.StatusNoContent)
	w.expect(r, b.Delete("/v1/me/factors/"+k.id), want)
	if want == http.StatusNoContent {
		p.passkeys, p.gone = without(p.passkeys, k), append(p.gone, k)
		w.removed(p, b)
	}
}

// drawPasskey draws one that the person has or had, and says whether it is on.
func drawPasskey(r *rapid.T, p *person) (k *passkey, on bool) {
	all := append(append([]*passkey{}, p.passkeys...), p.gone...)
	if len(all) == 0 {
		r.Skip("no passkey")
	}
	i := rapid.IntRange(0, len(all)-1).Draw(r, "passkey")
	return all[i], i < len(p.passkeys)
}

// enter signs in by a passkey alone, whatever else is on.
func (w *world) enter(r *rapid.T, p *person, b *browser) {
	k, on := drawPasskey(r, p)
	a := b.Enter(k.Prove(b.JSON(http.MethodPost, "/v1/session/passkey/options", fields{"for": "sign_in"})))
	if !on {
		w.expect(r, a, http.StatusUnauthorized)
		return
	}
	w.expect(r, a, http.StatusOK)
	w.admitted(p, b)
}

// besidePasskey answers as the second factor, or for a fresh proof.
func (w *world) besidePasskey(r *rapid.T, p *person, b *browser) {
	k, on := drawPasskey(r, p)
	if !w.alive(b) {
		r.Skip("signed out")
	}
	if !on {
		guess(r, p)
	}
	options := b.AskPasskey()
	if len(p.passkeys) == 0 {
		w.expect(r, options, http.StatusConflict)
		return
	}
	w.expect(r, options, http.StatusOK)
	w.second(r, p, b, "webauthn", k.Prove(options), on)
}
