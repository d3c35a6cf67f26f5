package model_test

import (
	"net/http"
	"slices"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/kernel/notice"
)

// key is the link of a notice, and what it remembers of its moment.
type key struct {
	token    string
	email    email
	password string
	at       time.Time // before the change that it tells of, and after all else
	notice   int       // copies of one notice have the same number
	alive    bool
}

// useKey uses a key, dead or alive, in a browser of nobody's.
func (w *world) useKey(r *rapid.T, p *person, _ *browser) {
	works := func(k *key) bool { return k.alive && w.since(k.at) < notice.Life }
	keys := p.keys
	if rapid.IntRange(0, 3).Draw(r, "any key") > 0 {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k *key) bool { return !works(k) })
	}
	if len(keys) == 0 {
		r.Skip("no key")
	}
	k, want := rapid.SampledFrom(keys).Draw(r, "key"), http.StatusOK
	if !works(k) {
		want = http.StatusUnprocessableEntity
	}
	w.expect(r, w.Browser().Form(notice.Path, "token", k.token), want)
	if want == http.StatusOK {
		w.reverted(p, k)
	}
}

// reverted puts the account back to the moment of a key.
func (w *world) reverted(p *person, k *key) {
	w.tells(p, "account.reverted")
	if p.has(k.email.address) == nil {
		w.sends("account.reverted", k.email.address)
	}
	before := p.primary()
	taken := w.foreign(p, k.email.address)
	if taken {
		p.emails = slices.DeleteFunc(p.emails, func(e *email) bool { return !e.at.Before(k.at) && !e.primary })
	} else {
		p.restore(k)
	}
	p.dropFactorsSince(k.at)
	p.endReset()
	p.password = ""
	if taken || p.primary() != before {
		p.hold = &hold{k.password}
	}
	for _, other := range p.keys {
		other.alive = other.alive && other.notice < k.notice
	}
	w.endOthers(p, nil)
	p.forgetBrowsers()
	p.acts++
}

// restore makes an address the person's again, and drops those that are
// younger. It counts as one that was added just before the key was made: an
// older key of another address drops it.
func (p *person) restore(k *key) {
	if p.has(k.email.address) == nil {
		p.emails = append(p.emails, &email{address: k.email.address, at: k.at.Add(-time.Microsecond)})
	}
	p.emails = slices.DeleteFunc(p.emails, func(e *email) bool { return !e.at.Before(k.at) && e.address != k.email.address })
	if k.email.primary || !slices.ContainsFunc(p.emails, func(e *email) bool { return e.primary }) {
		for _, e := range p.emails {
			e.primary = e.address == k.email.address
		}
	}
}
