package model_test

import (
	"net/http"
	"slices"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/db"
)

// setUpLife is how long an app or a phone waits for its first code.
const setUpLife = time.Hour

// factors is what the list of factors shows.
func (w *world) factors(p *person) (all []string) {
	for range p.passkeys {
		all = append(all, "webauthn true")
	}
	if p.app != "" {
		all = append(all, "totp true")
	}
	for range p.phones {
		all = append(all, "sms true")
	}
	if p.pending != "" && w.since(p.begun) < setUpLife {
		all = append(all, "totp false")
	}
	if p.phone != nil && w.since(p.phone.at) < setUpLife {
		all = append(all, "sms false")
	}
	return all
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

func (w *world) appCode(r *rapid.T, p *person, b *browser) {
	if p.app == "" {
		r.Skip("no app")
	}
	code, step := w.code(p.app)
	right := step > p.step
	if !right {
		guess(r, p)
	}
	if w.second(r, p, b, "totp", code, right) && right {
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
	if w.second(r, p, b, "backup_code", code, true) {
		w.tells(p, "backup_code.used")
		p.backup, p.spent = without(p.backup, code), append(p.spent, code)
		p.acts++
	}
}

func (w *world) spentCode(r *rapid.T, p *person, b *browser) {
	if len(p.spent) == 0 || !p.guarded() {
		r.Skip("none is spent")
	}
	guess(r, p)
	w.second(r, p, b, "backup_code", rapid.SampledFrom(p.spent).Draw(r, "code"), false)
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
	if p.pending == "" && p.app == "" {
		w.beginApp(r, p, b)
		w.check(r)
	}
	if p.pending == "" || p.app != "" {
		r.Skip("no app waits")
	}
	code, step := w.code(p.pending)
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && w.since(p.begun) >= setUpLife {
		want = http.StatusConflict
	}
	a := b.JSON(http.MethodPost, "/v1/me/factors/totp/confirm", fields{"code": code})
	w.expect(r, a, want)
	if want != http.StatusOK {
		return
	}
	first := !p.guarded()
	p.app, p.appAt, p.step, p.pending = p.pending, w.Clock.Now(), step, ""
	w.added(r, p, b, first, a)
}

// added is what follows when a factor is on. Backup codes come with the first
// one.
func (w *world) added(r *rapid.T, p *person, b *browser, first bool, a apptest.Answer) {
	codes, _ := a.Map()["backup_codes"].([]any)
	if first != (len(codes) == 10) || len(codes)%10 != 0 {
		r.Fatalf("%d backup codes came with a factor; the first one: %t", len(codes), first)
	}
	if first {
		w.newCodes(p, codes)
	}
	w.tells(p, "factor.added")
	w.endOthers(p, b)
	p.acts++
}

func (w *world) newCodes(p *person, codes []any) {
	p.endCodes()
	p.backupAt = w.Clock.Now()
	for _, code := range codes {
		p.backup = append(p.backup, code.(string))
	}
}

func (p *person) endCodes() { p.spent, p.backup = append(p.spent, p.backup...), nil }

// removed is what follows when a factor is off. The codes go with the last one.
func (w *world) removed(p *person, b *browser) {
	if !p.guarded() {
		p.endCodes()
	}
	w.tells(p, "factor.removed")
	w.endOthers(p, b)
	p.acts++
}

// idsOf finds the factors of a kind that are on.
var idsOf = db.Rows[string](`SELECT id FROM factors WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL`)

func (w *world) removeApp(r *rapid.T, p *person, b *browser) {
	if p.app == "" {
		r.Skip("no app")
	}
	id, err := idsOf.One(r.Context(), w.DB, p.id, "totp")
	if err != nil {
		r.Fatal(err)
	}
	want := w.status(b, true, http.StatusNoContent)
	w.expect(r, b.Delete("/v1/me/factors/"+id), want)
	if want == http.StatusNoContent {
		p.app = ""
		w.removed(p, b)
	}
}

func (w *world) renewCodes(r *rapid.T, p *person, b *browser) {
	want := w.status(b, true, http.StatusOK)
	if want == http.StatusOK && !p.guarded() {
		want = http.StatusConflict
	}
	a := b.JSON(http.MethodPost, "/v1/me/factors/backup-codes", "{}")
	w.expect(r, a, want)
	if want == http.StatusOK {
		w.newCodes(p, a.Map()["backup_codes"].([]any))
		w.tells(p, "backup_codes.renewed")
		w.endOthers(p, b)
		p.acts++
	}
}

// dropFactorsSince is what a revert key does.
func (p *person) dropFactorsSince(at time.Time) {
	if !p.appAt.Before(at) {
		p.app = ""
	}
	young := func(k *passkey) bool { return !k.at.Before(at) }
	for _, k := range p.passkeys {
		if young(k) {
			p.gone = append(p.gone, k)
		}
	}
	p.passkeys = slices.DeleteFunc(p.passkeys, young)
	p.phones = slices.DeleteFunc(p.phones, func(f *phone) bool { return !f.on.Before(at) })
	p.pending, p.phone = "", nil
	if !p.guarded() || !p.backupAt.Before(at) {
		p.endCodes()
	}
}
