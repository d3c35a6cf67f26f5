package model_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/db"
)

// check holds the server against the model: the mails that came, every
// browser, and what one of the people is shown of the account.
func (w *world) check(r *rapid.T) {
	w.readPost(r)
	for _, p := range w.people {
		for i, b := range p.browsers {
			want := http.StatusUnauthorized
			if w.fully(b) {
				want = http.StatusOK
			}
			a := b.Get("/v1/me")
			if a.Status != want {
				r.Fatalf("browser %d of %s: status %d, the model says %d\n%s", i, p.primary(), a.Status, want, a.Body)
			}
			if want == http.StatusOK {
				w.whoIs(r, p, b, a)
			}
		}
		p.before = w.momentOf(p)
	}
	w.shown(r, rapid.SampledFrom(w.people).Draw(r, "who looks"))
}

func (w *world) whoIs(r *rapid.T, p *person, b *browser, a apptest.Answer) {
	if now := w.Clock.Now(); now.Sub(b.seen) >= time.Minute {
		b.seen = now
	}
	if me := a.Map(); me["email"] != p.primary() || me["id"] != p.id {
		r.Fatalf("the browser of %s is signed in as %v", p.primary(), me["email"])
	}
}

// shown holds the lists of a person against the model, in the first browser
// that is signed in.
func (w *world) shown(r *rapid.T, p *person) {
	at := slices.IndexFunc(p.browsers[:], w.fully)
	if at < 0 {
		return
	}
	b := p.browsers[at]
	w.same(r, p, "addresses", shownIn(b.Get("/v1/me/emails"), "email", "primary", "verified"), w.addresses(p))
	factors := b.Get("/v1/me/factors")
	w.same(r, p, "factors", shownIn(factors, "kind", "confirmed"), w.factors(p))
	left := factors.Map()["backup_codes"].(map[string]any)["remaining"]
	w.same(r, p, "backup codes", []string{fmt.Sprint(left)}, []string{fmt.Sprint(len(p.backup))})
	if got, want := len(shownIn(b.Get("/v1/me/sessions"), "id")), w.signedIn(p); got != want {
		r.Fatalf("%s is shown %d sessions, the model says %d", p.primary(), got, want)
	}
	w.showsMove(r, p, b)
}

// shownIn lists some fields of each thing in a list.
func shownIn(a apptest.Answer, names ...string) (lines []string) {
	items, _ := a.Map()["items"].([]any)
	for _, one := range items {
		line := ""
		for _, name := range names {
			line += fmt.Sprint(one.(map[string]any)[name], " ")
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func (w *world) same(r *rapid.T, p *person, what string, got, want []string) {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.Fatalf("%s of %s: %q, the model says %q", what, p.primary(), got, want)
	}
}

// signedIn counts the sessions of a person.
func (w *world) signedIn(p *person) (n int) {
	for _, b := range p.browsers {
		if w.fully(b) {
			n++
		}
	}
	return n
}

// oldToken tries a token that was replaced.
func (w *world) oldToken(r *rapid.T, _ *person, b *browser) {
	if len(b.replaced) == 0 {
		r.Skip("none was replaced")
	}
	old := b.Copy()
	old.Cookies["np"] = rapid.SampledFrom(b.replaced).Draw(r, "old token")
	w.expect(r, old.Get("/v1/me"), http.StatusUnauthorized)
}

var trailOf = db.Rows[int64](`
	SELECT (SELECT count(*) FROM journal WHERE trail = s.pseudonym) + (SELECT count(*) FROM journal_inbox WHERE trail = s.pseudonym)
	FROM subjects s WHERE s.user_id = $1 AND s.trail = 'self'`)

// trails holds the number of entries in each person's own trail against what
// has succeeded.
func (w *world) trails(r *rapid.T) {
	for _, p := range w.people {
		n, err := trailOf.One(r.Context(), w.DB, p.id)
		if err != nil {
			r.Fatal(err)
		}
		if n != int64(p.acts) {
			r.Errorf("the trail of %s has %d entries, the model says %d", p.primary(), n, p.acts)
		}
	}
}
