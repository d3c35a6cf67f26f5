package model_test

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/mail"
)

// post is what the model knows of mails: each step says which ones it causes,
// and no other may come.
type post struct {
	due    []string // kind and recipient
	newest string   // id of the newest mail that was read
	told   string   // kind of the newest notice
	notice int      // its number
}

// glance is how many of the newest mails a step looks at. No step causes as
// many.
const glance = 24

// moment is how an account was before a step, as notices remember it.
type moment struct {
	at       time.Time
	emails   []email
	password string
}

func (w *world) momentOf(p *person) moment {
	m := moment{at: w.Clock.Now(), password: p.password}
	for _, e := range p.emails {
		m.emails = append(m.emails, *e)
	}
	return m
}

// sends says that a mail is due.
func (w *world) sends(kind, to string) { w.due = append(w.due, kind+" to "+to) }

// tells says that every address of a person gets a notice. A step says so
// before the addresses change.
func (w *world) tells(p *person, kind string) {
	for _, e := range p.emails {
		w.sends(kind, e.address)
	}
}

// stranger says that a mail is due that somebody who isn't signed in can
// cause. There are never so many that one is dropped.
func (w *world) stranger(kind, to string) {
	w.mailed[to]++
	w.sends(kind, to)
}

// mayMail skips the step when another mail to the address would be too many.
func (w *world) mayMail(r *rapid.T, to string) {
	if w.mailed[to] >= 4 {
		r.Skip("too many mails")
	}
}

func (w *world) latest(r *rapid.T) []mail.Stored {
	all, err := w.Mail.Outbox(r.Context(), glance)
	if err != nil {
		r.Fatal(err)
	}
	return all
}

// letter is the newest mail of a kind to an address.
func (w *world) letter(r *rapid.T, kind, to string) mail.Message {
	for _, m := range w.latest(r) {
		if m.Message.Kind == kind && m.Message.To == to {
			return m.Message
		}
	}
	r.Fatalf("no mail %s to %s", kind, to)
	return mail.Message{}
}

// skipPost reads the mails of signing up.
func (w *world) skipPost(r *rapid.T) {
	w.newest = ""
	if all := w.latest(r); len(all) > 0 {
		w.newest = all[0].ID
	}
}

// readPost holds the mails that came with the last step against those that are
// due, and keeps the keys in them.
func (w *world) readPost(r *rapid.T) {
	var came []string
	all := w.latest(r)
	if at := slices.IndexFunc(all, func(m mail.Stored) bool { return m.ID == w.newest }); at >= 0 {
		all = all[:at]
	}
	for _, m := range slices.Backward(all) {
		came = append(came, m.Message.Kind+" to "+m.Message.To)
		w.keepKey(r, m.Message)
		w.newest = m.ID
	}
	slices.Sort(came)
	slices.Sort(w.due)
	if !slices.Equal(came, w.due) {
		r.Fatalf("the mails are %q, the model says %q", came, w.due)
	}
	w.due, w.told = nil, ""
}

// keepKey keeps the key of a notice with what it remembers.
func (w *world) keepKey(r *rapid.T, m mail.Message) {
	if !strings.Contains(m.Text, "/revert?token=") {
		return
	}
	if m.Kind != w.told {
		w.notice, w.told = w.notice+1, m.Kind
	}
	for _, p := range w.people {
		for _, e := range p.before.emails {
			if e.address == m.To {
				p.keys = append(p.keys, &key{apptest.TokenIn(m), e, p.before.password, p.before.at, w.notice, true})
				return
			}
		}
	}
	r.Fatalf("a key went to %s, which was nobody's", m.To)
}

// refill fills the budgets whose time is over when it has gone on by d.
func (w *world) refill(d time.Duration) {
	if d < time.Hour {
		return
	}
	clear(w.mailed)
	for _, p := range w.people {
		p.wrong, p.starts, p.adds = 0, 0, 0
		if d > 24*time.Hour {
			p.texts = 0
		}
	}
}
