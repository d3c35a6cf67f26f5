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

// email is an address that somebody has.
type email struct {
	id      string // of a further one
	address string
	primary bool
	at      time.Time // since when
}

// waiting is a further address that waits for its code.
type waiting struct {
	id, address string
	code        string // empty: it is somebody else's
	at          time.Time
}

func (p *person) primary() string {
	return p.emails[slices.IndexFunc(p.emails, func(e *email) bool { return e.primary })].address
}

// has returns the address of a person, or nil.
func (p *person) has(address string) *email {
	for _, e := range p.emails {
		if e.address == address {
			return e
		}
	}
	return nil
}

// foreign reports whether an address is somebody else's.
func (w *world) foreign(p *person, address string) bool {
	return slices.ContainsFunc(w.people, func(o *person) bool { return o != p && o.has(address) != nil })
}

// waits lists the addresses of a person that still wait.
func (w *world) waits(p *person) []*waiting {
	p.waiting = slices.DeleteFunc(p.waiting, func(e *waiting) bool { return w.since(e.at) >= address.PendingLife })
	return p.waiting
}

// addresses is what the list of addresses shows.
func (w *world) addresses(p *person) (all []string) {
	for _, e := range p.emails {
		all = append(all, fmt.Sprint(e.address, " ", e.primary, " true"))
	}
	for _, e := range w.waits(p) {
		all = append(all, e.address+" false false")
	}
	return all
}

// addEmail adds an address, free or not: the answer is the same.
func (w *world) addEmail(r *rapid.T, p *person, b *browser) {
	to := rapid.SampledFrom(w.pool).Draw(r, "address")
	w.mayMail(r, to)
	want := w.status(b, true, http.StatusCreated)
	at := slices.IndexFunc(w.waits(p), func(e *waiting) bool { return e.address == to })
	switch {
	case want != http.StatusCreated:
	case p.has(to) != nil:
		want = http.StatusConflict
	case at < 0 && len(p.emails)+len(p.waiting) >= address.Most:
		want = http.StatusConflict
	case at >= 0 && w.since(p.waiting[at].at) < address.Wait:
		want = http.StatusTooManyRequests
	default:
		within(r, &p.adds, 5)
	}
	a := b.JSON(http.MethodPost, "/v1/me/emails", fields{"email": to})
	w.expect(r, a, want)
	if want != http.StatusCreated {
		return
	}
	if at >= 0 {
		p.waiting = slices.Delete(p.waiting, at, at+1)
	}
	e := &waiting{id: a.Map()["id"].(string), address: to, at: w.Clock.Now()}
	p.waiting = append(p.waiting, e)
	if w.foreign(p, to) {
		w.stranger("email.known", to)
		return
	}
	w.stranger("email.code_further", to)
	e.code = apptest.CodeIn(w.letter(r, "email.code_further", to))
}

func (w *world) verifyEmail(r *rapid.T, p *person, b *browser) {
	if len(w.waits(p)) == 0 {
		w.addEmail(r, p, b)
		w.check(r)
	}
	if len(p.waiting) == 0 {
		r.Skip("no address waits")
	}
	e := rapid.SampledFrom(p.waiting).Draw(r, "address")
	code, taken := e.code, w.foreign(p, e.address)
	wrong := code == "" || rapid.IntRange(0, 3).Draw(r, "wrong code") == 0
	if wrong {
		code = "000000"
	}
	late := w.since(e.at) >= address.Life
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && (wrong || late || taken) {
		want = http.StatusUnprocessableEntity
		guess(r, p)
	}
	w.expect(r, b.JSON(http.MethodPost, "/v1/me/emails/"+e.id+"/verify", fields{"code": code}), want)
	switch {
	case want == http.StatusUnprocessableEntity && taken && !wrong && !late:
		p.waiting = without(p.waiting, e) // the right code for what is gone
	case want == http.StatusOK:
		w.tells(p, "email.added")
		p.waiting = without(p.waiting, e)
		p.emails = append(p.emails, &email{id: e.id, address: e.address, at: w.Clock.Now()})
		p.acts++
	}
}

func (w *world) removeEmail(r *rapid.T, p *person, b *browser) {
	further := slices.DeleteFunc(slices.Clone(p.emails), func(e *email) bool { return e.id == "" })
	ids := []string{}
	for _, e := range further {
		ids = append(ids, e.id)
	}
	for _, e := range w.waits(p) {
		ids = append(ids, e.id)
	}
	if len(ids) == 0 {
		r.Skip("no further address")
	}
	id := rapid.SampledFrom(ids).Draw(r, "address")
	at := slices.IndexFunc(p.emails, func(e *email) bool { return e.id == id })
	want := w.status(b, true, http.StatusNoContent)
	if want == http.StatusNoContent && at >= 0 && p.emails[at].primary {
		want = http.StatusConflict
	}
	w.expect(r, b.Delete("/v1/me/emails/"+id), want)
	switch {
	case want != http.StatusNoContent:
	case at < 0:
		p.waiting = slices.DeleteFunc(p.waiting, func(e *waiting) bool { return e.id == id })
	default:
		w.tells(p, "email.removed")
		p.emails = slices.Delete(p.emails, at, at+1)
		p.acts++
	}
}
