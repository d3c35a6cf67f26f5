package model_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"
)

const (
	// mostTexts is how many texts a person causes in a day here: with two people
	// fewer than a range of numbers gets in an hour.
	mostTexts = 9
	textLife  = 10 * time.Minute
	textPause = time.Minute
)

// numbers keeps the phones of all walks apart.
var numbers atomic.Int64

// phone is one that somebody has added, or that waits for its first code.
type phone struct {
	number string
	at     time.Time // when it was begun, or began anew
	on     time.Time
	used   time.Time
	text   text
	id     string
}

// text is a code that was sent.
type text struct {
	code string
	at   time.Time
	to   *phone
}

// works reports whether the code is still good.
func (w *world) works(t text) bool { return t.code != "" && w.since(t.at) < textLife }

// lastPhone is the one that codes go to first: it was used or added last.
func (p *person) lastPhone() (last *phone) {
	for _, f := range p.phones {
		if last == nil || f.used.After(last.used) {
			last = f
		}
	}
	return last
}

func (w *world) read(to *phone) text {
	return text{w.twilio.Code(w.t, to.number), w.Clock.Now(), to}
}

// texted notes the code of a half sign-in.
func (w *world) texted(b *browser, to *phone) { b.text = w.read(to) }

func (w *world) beginPhone(r *rapid.T, p *person, b *browser) {
	if len(p.phones) >= 2 {
		r.Skip("enough phones")
	}
	want := w.status(b, true, http.StatusCreated)
	f := p.phone
	again := f != nil && w.since(f.at) < setUpLife && rapid.Bool().Draw(r, "the same phone")
	if !again {
		f = &phone{number: fmt.Sprintf("+49151%08d", 12300000+numbers.Add(1))}
	}
	silent := again && w.since(f.text.at) < textPause
	if want == http.StatusCreated && !silent {
		within(r, &p.texts, mostTexts)
	}
	w.expect(r, b.JSON(http.MethodPost, "/v1/me/factors/sms", fields{"phone": f.number}), want)
	if want != http.StatusCreated {
		return
	}
	f.at, p.phone = w.Clock.Now(), f
	if !silent {
		f.text = w.read(f)
	}
}

func (w *world) confirmPhone(r *rapid.T, p *person, b *browser) {
	if p.phone == nil {
		w.beginPhone(r, p, b)
		w.check(r)
	}
	f := p.phone
	if f == nil {
		r.Skip("no phone waits")
	}
	want := w.status(b, true, http.StatusOK)
	switch {
	case want != http.StatusOK:
	case w.since(f.at) >= setUpLife:
		want = http.StatusConflict
	case !w.works(f.text):
		want = http.StatusUnprocessableEntity
	}
	a := b.JSON(http.MethodPost, "/v1/me/factors/sms/confirm", fields{"code": f.text.code})
	w.expect(r, a, want)
	if want != http.StatusOK {
		return
	}
	first := !p.guarded()
	f.on, f.used = w.Clock.Now(), w.Clock.Now()
	p.phones, p.phone = append(p.phones, f), nil
	f.id = w.newestPhone(r, p)
	w.added(r, p, b, first, a)
}

// newestPhone returns the id of the phone that was turned on last.
func (w *world) newestPhone(r *rapid.T, p *person) string {
	ids, err := idsOf.All(r.Context(), w.DB, p.id, "sms")
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range p.phones {
		ids = without(ids, f.id)
	}
	if len(ids) != 1 {
		r.Fatalf("%d phones are new", len(ids))
	}
	return ids[0]
}

func (w *world) removePhone(r *rapid.T, p *person, b *browser) {
	if len(p.phones) == 0 {
		r.Skip("no phone")
	}
	f := rapid.SampledFrom(p.phones).Draw(r, "phone")
	want := w.status(b, true, http.StatusNoContent)
	w.expect(r, b.Delete("/v1/me/factors/"+f.id), want)
	if want == http.StatusNoContent {
		p.phones = without(p.phones, f)
		w.removed(p, b)
	}
}

// askText asks for a code on a phone. One that has just got one gets no other.
func (w *world) askText(r *rapid.T, p *person, b *browser) {
	if len(p.phones) == 0 {
		r.Skip("no phone")
	}
	f := rapid.SampledFrom(p.phones).Draw(r, "phone")
	living := w.alive(b)
	silent := b.text.to == f && w.since(b.text.at) < textPause
	if living && b.level == half && !silent {
		within(r, &p.texts, mostTexts)
	}
	a := b.JSON(http.MethodPost, "/v1/session/second-factor", fields{"method": "sms", "phone": f.id})
	switch {
	case !living:
		w.expect(r, a, http.StatusUnauthorized)
	case b.level == full:
		w.expect(r, a, http.StatusConflict)
	default:
		w.expect(r, a, http.StatusAccepted)
		if !silent {
			w.texted(b, f)
		}
	}
}

// textCode signs in with the code that was sent for this very sign-in. It is no
// proof for what is sensitive.
func (w *world) textCode(r *rapid.T, p *person, b *browser) {
	if b.text.code == "" || !w.alive(b) || b.level != half {
		r.Skip("no text")
	}
	t := b.text
	right := w.works(t)
	if !right {
		guess(r, p)
	}
	w.second(r, p, b, "sms", t.code, right)
	if right {
		t.to.used, b.provedAt = w.Clock.Now(), time.Time{}
	}
}

// textCodeWrongly gives the code of another half sign-in.
func (w *world) textCodeWrongly(r *rapid.T, p *person, b *browser) {
	for _, other := range p.browsers {
		if other == b || other.text.code == "" || w.fully(b) {
			continue
		}
		guess(r, p)
		w.second(r, p, b, "sms", other.text.code, false)
		return
	}
	r.Skip("no other text")
}
