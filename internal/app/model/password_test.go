package model_test

import (
	"net/http"
	"slices"

	"pgregory.net/rapid"

	"nameplate/internal/access/password"
	"nameplate/internal/app/apptest"
)

// hold asks for the password of an earlier time, beside the link of a reset.
type hold struct{ password string }

// changePassword gives the current password, or relies on a fresh proof where
// there is none.
func (w *world) changePassword(r *rapid.T, p *person, b *browser) {
	fresh := strong(r)
	want := w.status(b, p.password == "", http.StatusNoContent)
	w.expect(r, b.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": p.password, "new_password": fresh}), want)
	if want != http.StatusNoContent {
		return
	}
	w.newPassword(p, fresh)
	w.endOthers(p, b)
}

func (w *world) newPassword(p *person, fresh string) {
	w.tells(p, "password.changed")
	p.endReset()
	p.password, p.hold = fresh, nil
	p.acts++
}

func (p *person) endReset() {
	if p.reset != "" {
		p.resets, p.reset = append(p.resets, p.reset), ""
	}
}

func (w *world) askReset(r *rapid.T, p *person, _ *browser) {
	w.mayMail(r, p.primary())
	w.asksReset(r, p.primary())
	w.stranger("password.reset", p.primary())
	p.endReset()
	p.reset, p.resetAt = apptest.TokenIn(w.letter(r, "password.reset", p.primary())), w.Clock.Now()
}

// askNobody asks for an address that nobody signs in with. The answer is the
// same, and no mail goes out.
func (w *world) askNobody(r *rapid.T, p *person, _ *browser) {
	address := rapid.SampledFrom(w.pool).Draw(r, "address")
	if slices.ContainsFunc(w.people, func(o *person) bool { return o.primary() == address }) {
		r.Skip("it is somebody's")
	}
	w.mayMail(r, address)
	w.mailed[address]++
	w.asksReset(r, address)
}

func (w *world) asksReset(r *rapid.T, address string) {
	a := w.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": address})
	w.expect(r, a, http.StatusAccepted)
	if a.Map()["status"] != "accepted" || len(a.Map()) != 1 {
		r.Fatalf("asking for a reset tells more than that it was asked for: %s", a.Body)
	}
}

// doReset sets a password by the link. While the account is on hold, a wrong
// password of then is not taken.
func (w *world) doReset(r *rapid.T, p *person, _ *browser) {
	if p.reset == "" {
		r.Skip("no link")
	}
	fresh, previous, want := strong(r), "", http.StatusNoContent
	if w.Clock.Now().Sub(p.resetAt) >= password.ResetLife {
		want = http.StatusUnprocessableEntity
	} else if p.hold != nil && !p.guarded() {
		previous = p.hold.password
		if previous == "" || rapid.Bool().Draw(r, "wrong password of then") {
			guess(r, p)
			previous, want = "x"+previous, http.StatusUnprocessableEntity
		}
	}
	in := fields{"token": p.reset, "new_password": fresh, "previous_password": previous}
	w.expect(r, w.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", in), want)
	if want != http.StatusNoContent {
		return
	}
	w.newPassword(p, fresh)
	w.endOthers(p, nil)
	p.forgetBrowsers()
}

func (w *world) deadReset(r *rapid.T, p *person, _ *browser) {
	if len(p.resets) == 0 {
		r.Skip("no dead link")
	}
	in := fields{"token": rapid.SampledFrom(p.resets).Draw(r, "link"), "new_password": strong(r)}
	w.expect(r, w.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", in), http.StatusUnprocessableEntity)
}
