package model_test

import (
	"flag"
	"net/http"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/db"
)

type fields = map[string]string

// TestMain walks the same ways each time, so that a test that was green stays
// so; -rapid.seed and -rapid.checks walk others.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		if err := flag.Set("rapid.seed", "20261121"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestAccountsDoWhatTheModelSays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		rapid.Check(t, func(r *rapid.T) {
			w := begin(r, s)
			r.Repeat(w.steps())
			w.trails(r)
		})
	})
}

// steps are what can happen. Each draws who does it, and in which browser.
func (w *world) steps() map[string]func(*rapid.T) {
	one := func(step func(*rapid.T, *person, *browser)) func(*rapid.T) {
		return func(r *rapid.T) {
			p := w.people[rapid.IntRange(0, len(w.people)-1).Draw(r, "person")]
			i := rapid.IntRange(0, len(p.browsers)-1).Draw(r, "browser")
			step(r, p, p.browsers[i])
		}
	}
	return map[string]func(*rapid.T){
		"":                     w.check,
		"time passes":          w.passes,
		"sign in":              one(w.signIn),
		"sign in, wrongly":     one(w.signInWrongly),
		"app code":             one(w.appCode),
		"app code, wrong":      one(w.appCodeWrongly),
		"backup code":          one(w.backupCode),
		"spent backup code":    one(w.spentCode),
		"sign out":             one(w.signOut),
		"sign out others":      one(w.signOutOthers),
		"prove again":          one(w.proveAgain),
		"change password":      one(w.changePassword),
		"ask for a reset":      one(w.askReset),
		"reset":                one(w.doReset),
		"reset by a dead link": one(w.deadReset),
		"begin an app":         one(w.beginApp),
		"confirm the app":      one(w.confirmApp),
		"remove the app":       one(w.removeApp),
		"renew backup codes":   one(w.renewCodes),
		"an old token":         one(func(r *rapid.T, _ *person, b *browser) { w.dead(r, b) }),
	}
}

func (w *world) passes(r *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{31 * time.Second, 11 * time.Minute, 61 * time.Minute, 4 * 24 * time.Hour, 8 * 24 * time.Hour}).Draw(r, "time")
	w.Clock.Advance(d)
	if d < time.Hour {
		return
	}
	for _, p := range w.people {
		p.wrong, p.mails = 0, 0
	}
}

func (w *world) signIn(r *rapid.T, p *person, b *browser) {
	a := b.JSON(http.MethodPost, "/v1/session", fields{"email": p.address, "password": p.password})
	if p.password == "" {
		w.expect(r, a, http.StatusUnauthorized)
		return
	}
	w.expect(r, a, http.StatusOK)
	if p.app == "" {
		w.opened(b, full)
		p.acts++
		return
	}
	if a.Map()["status"] != "second_factor_required" {
		r.Fatalf("signed in without the second factor\n%s", a.Body)
	}
	w.opened(b, half)
}

// guess lets a walk guess as often as no budget ends.
func guess(r *rapid.T, p *person) {
	if p.wrong >= 4 {
		r.Skip("too many guesses")
	}
	p.wrong++
}

func (w *world) signInWrongly(r *rapid.T, p *person, b *browser) {
	guess(r, p)
	w.expect(r, b.JSON(http.MethodPost, "/v1/session", fields{"email": p.address, "password": "x" + p.password}), http.StatusUnauthorized)
}

// second sends a code of the second factor: to sign in, or for a fresh proof.
func (w *world) second(r *rapid.T, p *person, b *browser, method, code string, right bool) {
	if !w.alive(b) {
		w.expect(r, b.JSON(http.MethodPost, "/v1/session/second-factor", fields{"method": method, "code": code}), http.StatusUnauthorized)
		return
	}
	path, good := "/v1/session/second-factor", http.StatusOK
	if b.level == full {
		path, good = "/v1/session/reauthenticate", http.StatusNoContent
	}
	a := b.JSON(http.MethodPost, path, fields{"method": method, "code": code})
	if !right {
		w.expect(r, a, http.StatusUnprocessableEntity)
		return
	}
	w.expect(r, a, good)
	if b.level == full {
		b.provedAt = w.Clock.Now()
		return
	}
	w.opened(b, full)
	p.acts++
}

func (w *world) appCode(r *rapid.T, p *person, b *browser) {
	if p.app == "" {
		r.Skip("no app")
	}
	code, step := w.code(p.app)
	right := step > p.step
	if !right {
		guess(r, p)
	}
	living := w.alive(b)
	w.second(r, p, b, "totp", code, right)
	if right && living {
		p.step = step
	}
}

func (w *world) appCodeWrongly(r *rapid.T, p *person, b *browser) {
	if p.app == "" {
		r.Skip("no app")
	}
	guess(r, p)
	w.second(r, p, b, "totp", "000000", false)
}

func (w *world) backupCode(r *rapid.T, p *person, b *browser) {
	if len(p.backup) == 0 {
		r.Skip("no backup code")
	}
	code := rapid.SampledFrom(p.backup).Draw(r, "code")
	living := w.alive(b)
	w.second(r, p, b, "backup_code", code, true)
	if living {
		p.backup, p.spent = take(p.backup, code), append(p.spent, code)
		p.acts++
	}
}

func (w *world) spentCode(r *rapid.T, p *person, b *browser) {
	if len(p.spent) == 0 || p.app == "" {
		r.Skip("none is spent")
	}
	guess(r, p)
	w.second(r, p, b, "backup_code", rapid.SampledFrom(p.spent).Draw(r, "code"), false)
}

func (w *world) signOut(r *rapid.T, p *person, b *browser) {
	living := w.alive(b)
	a := b.Delete("/v1/session")
	if !living {
		w.expect(r, a, http.StatusUnauthorized)
		return
	}
	w.expect(r, a, http.StatusNoContent)
	b.level = out
	p.acts++
}

func (w *world) signOutOthers(r *rapid.T, p *person, b *browser) {
	a := b.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", "{}")
	want := w.status(b, false, http.StatusOK)
	w.expect(r, a, want)
	if want != http.StatusOK {
		return
	}
	others := 0
	for _, other := range p.browsers {
		if other == b {
			continue
		}
		if w.fully(other) {
			others++
		}
		other.level = out
	}
	if got := a.Map()["signed_out"]; got != float64(others) {
		r.Fatalf("%v were signed out, the model says %d", got, others)
	}
	if others > 0 {
		p.acts++
	}
}

func (w *world) proveAgain(r *rapid.T, p *person, b *browser) {
	if p.password == "" {
		r.Skip("no password")
	}
	want := w.status(b, false, http.StatusNoContent)
	if p.app != "" && want == http.StatusNoContent {
		want = http.StatusUnprocessableEntity
	}
	w.expect(r, b.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"password": p.password}), want)
	if want == http.StatusNoContent {
		b.provedAt = w.Clock.Now()
	}
}

func (w *world) changePassword(r *rapid.T, p *person, b *browser) {
	if p.password == "" {
		r.Skip("no password")
	}
	fresh := strong(r)
	want := w.status(b, false, http.StatusNoContent)
	w.expect(r, b.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": p.password, "new_password": fresh}), want)
	if want != http.StatusNoContent {
		return
	}
	p.password, p.reset = fresh, ""
	w.endOthers(p, b)
	p.acts++
}

func (w *world) askReset(r *rapid.T, p *person, b *browser) {
	if p.mails >= 4 {
		r.Skip("too many mails")
	}
	p.mails++
	w.expect(r, w.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": p.address}), http.StatusAccepted)
	if p.reset != "" {
		p.spent = append(p.spent, p.reset)
	}
	p.reset, p.resetAt = apptest.TokenIn(w.Letter(p.address)), w.Clock.Now()
}

func (w *world) doReset(r *rapid.T, p *person, _ *browser) {
	if p.reset == "" {
		r.Skip("no link")
	}
	fresh, want := strong(r), http.StatusNoContent
	if w.Clock.Now().Sub(p.resetAt) >= time.Hour {
		want = http.StatusUnprocessableEntity
	}
	w.expect(r, w.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": p.reset, "new_password": fresh}), want)
	p.reset = ""
	if want != http.StatusNoContent {
		return
	}
	p.password = fresh
	w.endOthers(p, nil)
	p.acts++
}

func (w *world) deadReset(r *rapid.T, p *person, _ *browser) {
	for _, dead := range p.spent {
		if len(dead) > 20 {
			w.expect(r, w.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": dead, "new_password": strong(r)}), http.StatusUnprocessableEntity)
			return
		}
	}
	r.Skip("no dead link")
}

func (w *world) beginApp(r *rapid.T, p *person, b *browser) {
	want := w.status(b, true, http.StatusCreated)
	a := b.JSON(http.MethodPost, "/v1/me/factors/totp", "{}")
	w.expect(r, a, want)
	if want == http.StatusCreated {
		p.pending, p.begun = a.Map()["secret"].(string), w.Clock.Now()
	}
}

func (w *world) confirmApp(r *rapid.T, p *person, b *browser) {
	if p.pending == "" || p.app != "" {
		r.Skip("no app waits")
	}
	code, step := w.code(p.pending)
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && w.Clock.Now().Sub(p.begun) >= time.Hour {
		want = http.StatusConflict
	}
	a := b.JSON(http.MethodPost, "/v1/me/factors/totp/confirm", fields{"code": code})
	w.expect(r, a, want)
	if want != http.StatusOK {
		return
	}
	p.app, p.step, p.pending = p.pending, step, ""
	w.newCodes(p, a)
	w.endOthers(p, b)
	p.acts++
}

func (w *world) newCodes(p *person, a apptest.Answer) {
	p.spent, p.backup = append(p.spent, p.backup...), nil
	for _, code := range a.Map()["backup_codes"].([]any) {
		p.backup = append(p.backup, code.(string))
	}
}

func (w *world) removeApp(r *rapid.T, p *person, b *browser) {
	if p.app == "" {
		r.Skip("no app")
	}
	want := w.status(b, true, http.StatusNoContent)
	w.expect(r, b.Delete("/v1/me/factors/"+w.appOf(r, p)), want)
	if want != http.StatusNoContent {
		return
	}
	p.app, p.backup, p.spent = "", nil, nil
	w.endOthers(p, b)
	p.acts++
}

func (w *world) renewCodes(r *rapid.T, p *person, b *browser) {
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && p.app == "" {
		want = http.StatusConflict
	}
	a := b.JSON(http.MethodPost, "/v1/me/factors/backup-codes", "{}")
	w.expect(r, a, want)
	if want == http.StatusOK {
		w.newCodes(p, a)
		w.endOthers(p, b)
		p.acts++
	}
}

var (
	idOf     = db.Rows[string](`SELECT user_id FROM emails WHERE address = $1`)
	appOfOne = db.Rows[string](`SELECT id FROM factors WHERE user_id = $1 AND confirmed_at IS NOT NULL`)
	entries  = db.Rows[int64](`
		SELECT (SELECT count(*) FROM journal WHERE trail = s.pseudonym) + (SELECT count(*) FROM journal_inbox WHERE trail = s.pseudonym)
		FROM subjects s WHERE s.user_id = $1 AND s.trail = 'self'`)
)

func (w *world) id(r *rapid.T, p *person) string {
	id, err := idOf.One(r.Context(), w.DB, p.address)
	if err != nil {
		r.Fatal(err)
	}
	return id
}

func (w *world) appOf(r *rapid.T, p *person) string {
	id, err := appOfOne.One(r.Context(), w.DB, w.id(r, p))
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// trails holds the number of entries in each person's own trail against what
// has succeeded.
func (w *world) trails(r *rapid.T) {
	for _, p := range w.people {
		n, err := entries.One(r.Context(), w.DB, w.id(r, p))
		if err != nil {
			r.Fatal(err)
		}
		if n != int64(p.acts) {
			r.Errorf("the trail of %s has %d entries, the model says %d", p.address, n, p.acts)
		}
	}
}
