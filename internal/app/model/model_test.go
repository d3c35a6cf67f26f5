package model_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
)

// level is how far a browser has come.
type level int

const (
	out level = iota
	half
	full
)

// browser is one of a person's, as the model sees it.
type browser struct {
	*apptest.Browser
	level        level
	opened, seen time.Time
	provedAt     time.Time
	replaced     []string // tokens that it had before
	lastOne      string
}

// person is somebody with an account.
type person struct {
	address  string
	password string
	browsers [3]*browser

	app     string // secret of the authenticator app that is on; empty: none
	factor  string // its id
	step    int64  // the newest step of the clock that was taken
	pending string // secret of an app that waits for its first code
	begun   time.Time
	backup  []string // codes that were not used
	spent   []string // codes and links that were

	reset   string // the link that works
	resetAt time.Time

	wrong int // guesses since the budgets were full
	mails int // that a stranger has caused, likewise
	acts  int // entries in the own trail
}

// world is the server and the people of one walk.
type world struct {
	*apptest.Server
	people []*person
}

// walks keeps the addresses of walks on one server apart.
var walks atomic.Int64

func begin(r *rapid.T, s *apptest.Server) *world {
	w := &world{Server: s}
	for _, name := range []string{"ada", "bob"} {
		p := &person{address: fmt.Sprintf("%s%d@example.com", name, walks.Add(1)), password: apptest.Password}
		for i := range p.browsers {
			p.browsers[i] = &browser{Browser: s.Browser()}
		}
		w.signUp(r, p)
		w.people = append(w.people, p)
	}
	return w
}

func (w *world) signUp(r *rapid.T, p *person) {
	b := p.browsers[0]
	a := b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": p.address, "password": p.password})
	w.expect(r, a, http.StatusCreated)
	if a.Map()["status"] == "verification_required" {
		code := apptest.CodeIn(w.Letter(p.address))
		w.expect(r, b.JSON(http.MethodPost, "/v1/signup/verify", map[string]string{"email": p.address, "code": code}), http.StatusOK)
	}
	w.opened(b, full)
	p.acts++
}

// expect ends the walk unless the status is the one that the model says.
func (w *world) expect(r *rapid.T, a apptest.Answer, status int) {
	if a.Status != status {
		r.Fatalf("status %d, the model says %d\n%s", a.Status, status, a.Body)
	}
}

func (w *world) opened(b *browser, l level) {
	now := w.Clock.Now()
	b.level, b.opened, b.seen, b.provedAt = l, now, now, now
	w.newToken(b)
}

// newToken notes the token that a browser has now; the one before is dead.
func (w *world) newToken(b *browser) {
	if b.lastOne != "" && b.lastOne != b.Session() {
		b.replaced = append(b.replaced, b.lastOne)
	}
	b.lastOne = b.Session()
}

// alive reports whether the browser's session still counts.
func (w *world) alive(b *browser) bool {
	now := w.Clock.Now()
	switch b.level {
	case half:
		return now.Sub(b.opened) < session.HalfLife
	case full:
		return now.Sub(b.opened) < session.Lifetime && now.Sub(b.seen) < session.Idle
	}
	return false
}

// fully reports whether the browser is signed in.
func (w *world) fully(b *browser) bool { return b.level == full && w.alive(b) }

// proved reports whether its proof is fresh.
func (w *world) proved(b *browser) bool { return w.Clock.Now().Sub(b.provedAt) < session.ProofLife }

// endOthers is what a change of the account's safety does.
func (w *world) endOthers(p *person, keep *browser) {
	for _, b := range p.browsers {
		if b != keep {
			b.level = out
		}
	}
	if keep != nil {
		w.newToken(keep)
	}
}

// status is what a call that needs a session and, maybe, a fresh proof answers.
func (w *world) status(b *browser, fresh bool, otherwise int) int {
	switch {
	case !w.fully(b):
		return http.StatusUnauthorized
	case fresh && !w.proved(b):
		return http.StatusForbidden
	}
	return otherwise
}

// code is what the app shows now, and the step of the clock that it is of.
func (w *world) code(secret string) (string, int64) {
	now := w.Clock.Now()
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		panic(err)
	}
	return code, now.Unix() / 30
}

// check holds every browser against the model.
func (w *world) check(r *rapid.T) {
	for _, p := range w.people {
		for i, b := range p.browsers {
			want := http.StatusUnauthorized
			if w.fully(b) {
				want = http.StatusOK
			}
			a := b.Get("/v1/me")
			if a.Status != want {
				r.Fatalf("browser %d of %s: status %d, the model says %d\n%s", i, p.address, a.Status, want, a.Body)
			}
			if want == http.StatusOK {
				w.whoIs(r, p, b, a)
			}
		}
	}
}

func (w *world) whoIs(r *rapid.T, p *person, b *browser, a apptest.Answer) {
	if now := w.Clock.Now(); now.Sub(b.seen) >= time.Minute {
		b.seen = now
	}
	if got := a.Map()["email"]; got != p.address {
		r.Fatalf("the browser of %s is signed in as %v", p.address, got)
	}
}

// dead tries a token that was replaced.
func (w *world) dead(r *rapid.T, b *browser) {
	if len(b.replaced) == 0 {
		return
	}
	old := b.Copy()
	old.Cookies["np"] = rapid.SampledFrom(b.replaced).Draw(r, "old token")
	w.expect(r, old.Get("/v1/me"), http.StatusUnauthorized)
}

// take removes a value from a list.
func take(list []string, value string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == value })
}

func strong(r *rapid.T) string {
	return "Quiet-Lantern7-" + strings.ToUpper(rapid.StringMatching(`[b-df-hj-np-tv-z]{8}`).Draw(r, "password"))
}
