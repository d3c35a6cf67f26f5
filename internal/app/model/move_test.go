package model_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/access/address"
	"nameplate/internal/app/apptest"
)

// move is a change of the primary address that waits for its codes.
type move struct {
	to        string
	at        time.Time // of the newest codes
	slots     [2]slot   // of the new address and of the current one
	confirmed [2]bool
	wrong     int
}

// slot is the code and the link of one of the two mails. Empty ones don't
// exist.
type slot struct{ code, link string }

const (
	fresh = iota
	current
)

// moving returns the change that still waits, or nil.
func (w *world) moving(p *person) *move {
	if p.move != nil && (w.since(p.move.at) >= address.Life || p.move.wrong >= address.Tries) {
		p.endMove()
	}
	return p.move
}

func (p *person) endMove() {
	if p.move == nil {
		return
	}
	for _, s := range p.move.slots {
		if s.link != "" {
			p.dead = append(p.dead, s.link)
		}
	}
	p.move = nil
}

// showsMove holds what is shown of a change against the model. It tells
// nothing of whose the address is.
func (w *world) showsMove(r *rapid.T, p *person, b *browser) {
	a, m := b.Get("/v1/me/email-change"), w.moving(p)
	if m == nil {
		w.expect(r, a, http.StatusNotFound)
		return
	}
	w.expect(r, a, http.StatusOK)
	got := a.Map()
	want := fmt.Sprint(m.to, m.confirmed[fresh], m.confirmed[current], address.Tries-m.wrong)
	if fmt.Sprint(got["new_email"], got["new_confirmed"], got["current_confirmed"], got["tries_left"]) != want {
		r.Fatalf("a change of the address is %s, the model says %s", a.Body, want)
	}
}

// startMove begins a change to an address, free or not: the answer is the same.
func (w *world) startMove(r *rapid.T, p *person, b *browser) {
	to := rapid.SampledFrom(w.pool).Draw(r, "address")
	w.mayMail(r, to)
	want := w.status(b, true, http.StatusAccepted)
	if want == http.StatusAccepted {
		if to == p.primary() {
			want = http.StatusUnprocessableEntity
		} else {
			within(r, &p.starts, 5)
		}
	}
	a := b.JSON(http.MethodPost, "/v1/me/email-change", fields{"new_email": to})
	w.expect(r, a, want)
	if want != http.StatusAccepted {
		return
	}
	p.endMove()
	p.move = &move{to: to}
	w.codes(r, p, a)
	p.acts++
}

// codes reads the mails to the addresses whose code is still to come.
func (w *world) codes(r *rapid.T, p *person, a apptest.Answer) {
	if got := a.Map(); got["status"] != "verification_required" || len(got) != 1 {
		r.Fatalf("a change of the address tells more than that it was begun: %s", a.Body)
	}
	m := p.move
	m.at = w.Clock.Now()
	if !m.confirmed[fresh] {
		w.newSlot(p, fresh, slot{})
		if w.foreign(p, m.to) {
			w.stranger("email.known", m.to)
		} else {
			w.stranger("email.code_new", m.to)
			w.newSlot(p, fresh, w.slotIn(r, "email.code_new", m.to))
		}
	}
	if !m.confirmed[current] {
		w.sends("email.code_current", p.primary())
		w.newSlot(p, current, w.slotIn(r, "email.code_current", p.primary()))
	}
}

func (w *world) slotIn(r *rapid.T, kind, to string) slot {
	m := w.letter(r, kind, to)
	return slot{apptest.CodeIn(m), apptest.TokenIn(m)}
}

func (w *world) newSlot(p *person, i int, s slot) {
	if before := p.move.slots[i].link; before != "" {
		p.dead = append(p.dead, before)
	}
	p.move.slots[i] = s
}

func (w *world) resendMove(r *rapid.T, p *person, b *browser) {
	want, m := w.status(b, true, http.StatusAccepted), w.moving(p)
	switch {
	case want != http.StatusAccepted:
	case m == nil:
		want = http.StatusNotFound
	case w.since(m.at) < address.Wait:
		want = http.StatusTooManyRequests
	default:
		w.mayMail(r, m.to)
		within(r, &p.starts, 5)
	}
	a := b.JSON(http.MethodPost, "/v1/me/email-change/resend", "{}")
	w.expect(r, a, want)
	if want == http.StatusAccepted {
		w.codes(r, p, a)
	}
}

// confirmMove types one code or both, right or wrong.
func (w *world) confirmMove(r *rapid.T, p *person, b *browser) {
	kind := rapid.SampledFrom([]string{"", "right", "right", "wrong"})
	w.types(r, p, b, [2]string{fresh: kind.Draw(r, "new code"), current: kind.Draw(r, "current code")})
}

// finishMove types both codes, both right where there are such.
func (w *world) finishMove(r *rapid.T, p *person, b *browser) {
	if w.moving(p) == nil {
		w.startMove(r, p, b)
		w.check(r)
	}
	w.types(r, p, b, [2]string{"right", "right"})
}

func (w *world) types(r *rapid.T, p *person, b *browser, typed [2]string) {
	if typed == [2]string{} {
		r.Skip("no code")
	}
	m, wrong, in := w.moving(p), false, fields{}
	for i, field := range []string{"new_code", "current_code"} {
		switch {
		case typed[i] == "":
		case m == nil || typed[i] == "wrong" || m.slots[i].code == "":
			in[field], wrong = "000000", true
		default:
			in[field] = m.slots[i].code
		}
	}
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && wrong {
		want = http.StatusUnprocessableEntity
	}
	done := want == http.StatusOK && (m.confirmed[fresh] || typed[fresh] != "") && (m.confirmed[current] || typed[current] != "")
	if done && w.foreign(p, m.to) {
		want = http.StatusUnprocessableEntity
	}
	a := b.JSON(http.MethodPost, "/v1/me/email-change/confirm", in)
	w.expect(r, a, want)
	switch {
	case want == http.StatusOK:
		w.confirms(r, p, b, a, typed, done)
	case done: // somebody else has the address by now
		p.endMove()
	case want == http.StatusUnprocessableEntity && m != nil:
		m.wrong++
	}
}

func (w *world) confirms(r *rapid.T, p *person, b *browser, a apptest.Answer, typed [2]string, done bool) {
	m := p.move
	for i := range typed {
		m.confirmed[i] = m.confirmed[i] || typed[i] != ""
	}
	got, want := a.Map(), fmt.Sprint(m.confirmed[fresh], m.confirmed[current], done)
	if fmt.Sprint(got["new_confirmed"], got["current_confirmed"], got["done"]) != want {
		r.Fatalf("codes of a change bring about %s, the model says %s", a.Body, want)
	}
	if done {
		w.moved(p, b, m.to)
	}
}

// moved makes an address the primary one. The one before is the person's no
// more.
func (w *world) moved(p *person, b *browser, to string) {
	w.tells(p, "email.changed")
	w.sends("email.welcome", to)
	p.emails = slices.DeleteFunc(p.emails, func(e *email) bool { return e.primary })
	if p.has(to) == nil {
		p.emails = append(p.emails, &email{address: to, at: w.Clock.Now()})
	}
	p.has(to).primary = true
	p.endReset()
	w.endOthers(p, b)
	p.acts++
}

func (w *world) cancelMove(r *rapid.T, p *person, b *browser) {
	want := w.status(b, true, http.StatusNoContent)
	if want == http.StatusNoContent && w.moving(p) == nil {
		want = http.StatusNotFound
	}
	w.expect(r, b.Delete("/v1/me/email-change"), want)
	if want == http.StatusNoContent {
		p.endMove()
		p.acts++
	}
}

// cancelByLink follows the link of either mail, in whichever browser.
func (w *world) cancelByLink(r *rapid.T, p *person, _ *browser) {
	m := w.moving(p)
	if m == nil {
		r.Skip("no change waits")
	}
	link := m.slots[rapid.IntRange(0, 1).Draw(r, "mail")].link
	if link == "" {
		r.Skip("no such mail")
	}
	w.expect(r, w.Browser().Form("/email-change/cancel", "token", link), http.StatusOK)
	p.endMove()
	p.acts++
}

func (w *world) deadCancel(r *rapid.T, p *person, _ *browser) {
	w.moving(p)
	if len(p.dead) == 0 {
		r.Skip("no dead link")
	}
	link := rapid.SampledFrom(p.dead).Draw(r, "link")
	w.expect(r, w.Browser().Form("/email-change/cancel", "token", link), http.StatusUnprocessableEntity)
}
