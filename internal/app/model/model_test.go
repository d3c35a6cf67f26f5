package model_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/sms/smstest"
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
	known        bool     // the account knows it
	replaced     []string // tokens that it had before
	lastOne      string
	text         text // of its half sign-in
}

// person is somebody with an account.
type person struct {
	id       string
	password string
	browsers [3]*browser

	emails  []*email // the primary one and the further ones
	waiting []*waiting
	move    *move
	dead    []string // links of moves that cancel nothing any more

	app      string // secret of the authenticator app that is on; empty: none
	appAt    time.Time
	step     int64  // the newest step of the clock that was taken
	pending  string // the secret of an app that waits for its first code
	begun    time.Time
	passkeys []*passkey
	gone     []*passkey // that were removed
	phones   []*phone
	phone    *phone   // that waits for its first code
	backup   []string // codes that were not used
	backupAt time.Time
	spent    []string // codes that were

	reset   string // the link that works
	resetAt time.Time
	resets  []string // links that don't any more
	hold    *hold

	keys   []*key
	before moment

	wrong  int // guesses since the budgets were full
	starts int // mails to move the address, likewise
	adds   int // mails to further addresses, likewise
	texts  int // likewise, but by day
	acts   int // entries in the own trail
}

// world is the server and the people of one walk.
type world struct {
	*apptest.Server
	t      testing.TB
	twilio *smstest.Twilio
	people []*person
	pool   []string // every address that somebody may have
	mailed map[string]int
	post
}

// walks keeps the addresses of walks on one server apart.
var walks atomic.Int64

func begin(r *rapid.T, t testing.TB, s *apptest.Server, twilio *smstest.Twilio) *world {
	w := &world{Server: s, t: t, twilio: twilio, mailed: map[string]int{}}
	w.Clock.Advance(25 * time.Hour) // the texts of the walk before count no more
	walk := walks.Add(1)
	for _, name := range []string{"ada", "bob", "cleo", "dora", "emil"} {
		w.pool = append(w.pool, fmt.Sprintf("%s%d@example.com", name, walk))
	}
	for _, address := range w.pool[:2] {
		p := &person{password: apptest.Password}
		for i := range p.browsers {
			p.browsers[i] = &browser{Browser: s.Browser()}
		}
		w.signUp(r, p, address)
		w.people = append(w.people, p)
	}
	w.skipPost(r)
	return w
}

func (w *world) signUp(r *rapid.T, p *person, address string) {
	b := p.browsers[0]
	a := b.JSON(http.MethodPost, "/v1/signup", fields{"email": address, "password": p.password})
	w.expect(r, a, http.StatusCreated)
	if a.Map()["status"] == "verification_required" {
		code := apptest.CodeIn(w.Letter(address))
		w.expect(r, b.JSON(http.MethodPost, "/v1/signup/verify", fields{"email": address, "code": code}), http.StatusOK)
	}
	p.id = b.Get("/v1/me").Map()["id"].(string)
	p.emails = []*email{{address: address, primary: true, at: w.Clock.Now()}}
	w.opened(b, full)
	b.known = true
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
	b.level, b.opened, b.seen, b.provedAt, b.text = l, now, now, now, text{}
	w.newToken(b)
}

// newToken notes the token that a browser has now; the one before is dead.
func (w *world) newToken(b *browser) {
	if b.lastOne != "" && b.lastOne != b.Session() {
		b.replaced = append(b.replaced, b.lastOne)
	}
	b.lastOne = b.Session()
}

// since is how long ago a moment was.
func (w *world) since(at time.Time) time.Duration { return w.Clock.Now().Sub(at) }

// alive reports whether the browser's session still counts.
func (w *world) alive(b *browser) bool {
	switch b.level {
	case half:
		return w.since(b.opened) < session.HalfLife
	case full:
		return w.since(b.opened) < session.Lifetime && w.since(b.seen) < session.Idle
	}
	return false
}

// fully reports whether the browser is signed in.
func (w *world) fully(b *browser) bool { return b.level == full && w.alive(b) }

// proved reports whether its proof is fresh.
func (w *world) proved(b *browser) bool { return w.since(b.provedAt) < session.ProofLife }

// endOthers is what a change of the account's safety does. What waits for a
// code ends with the sessions.
func (w *world) endOthers(p *person, keep *browser) {
	for _, b := range p.browsers {
		if b != keep {
			b.level = out
		}
	}
	if keep != nil {
		w.newToken(keep)
	}
	p.waiting = nil
	p.endMove()
}

// forgetBrowsers is what an event does that ends every credential.
func (p *person) forgetBrowsers() {
	for _, b := range p.browsers {
		b.known = false
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

// guess lets a walk guess as often as no budget ends.
func guess(r *rapid.T, p *person) { within(r, &p.wrong, 4) }

// within skips the step when a budget would end with it.
func within(r *rapid.T, taken *int, most int) {
	if *taken >= most {
		r.Skip("the budget is spent")
	}
	*taken++
}

// without returns a list without one value.
func without[T comparable](list []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return v == one })
}

func strong(r *rapid.T) string {
	return "Quiet-Lantern7-" + strings.ToUpper(rapid.StringMatching(`[b-df-hj-np-tv-z]{8}`).Draw(r, "password"))
}
