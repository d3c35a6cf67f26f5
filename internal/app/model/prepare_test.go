package model_test

import (
	"net/http"

	"pgregory.net/rapid"
)

// prepare signs a browser in with a fresh proof, by what the person has. Where
// a budget is in the way, it leaves the browser as far as it has come.
func (w *world) prepare(r *rapid.T, p *person, b *browser) {
	if w.fully(b) && w.proved(b) {
		return
	}
	if !w.alive(b) && !w.comesIn(r, p, b) {
		return
	}
	if w.fully(b) && w.proved(b) {
		return
	}
	w.provesAnew(r, p, b)
	w.check(r)
}

// comesIn gives the password, or gets another one by a reset.
func (w *world) comesIn(r *rapid.T, p *person, b *browser) bool {
	if p.password == "" {
		if w.mailed[p.primary()] >= 4 || p.wrong >= 4 || p.hold != nil && p.hold.password == "" && !p.guarded() {
			return false
		}
		w.askReset(r, p, b)
		w.check(r)
		w.doReset(r, p, b)
		w.check(r)
	}
	if p.password == "" || p.guarded() && p.offered()[0] == "sms" && p.texts >= mostTexts {
		return false
	}
	w.signIn(r, p, b)
	w.check(r)
	return true
}

// provesAnew gives the best proof there is.
func (w *world) provesAnew(r *rapid.T, p *person, b *browser) {
	_, step := w.code(p.app)
	switch {
	case !p.guarded():
		if p.password != "" {
			w.proveAgain(r, p, b)
		}
	case len(p.passkeys) > 0:
		options := b.AskPasskey()
		w.expect(r, options, http.StatusOK)
		w.second(r, p, b, "webauthn", p.passkeys[0].Prove(options), true)
	case p.app != "" && step > p.step:
		w.appCode(r, p, b)
	case b.level == half && w.works(b.text):
		w.textCode(r, p, b)
	case len(p.backup) > 0:
		w.backupCode(r, p, b)
	}
}
