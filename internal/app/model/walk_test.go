package model_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/sms/smstest"
)

type fields = map[string]string

// TestMain walks the same ways each time, so that a test that was green stays
// so; -rapid.seed, -rapid.checks and -rapid.steps walk others, more, or longer
// ones.
func TestMain(m *testing.M) {
	usual := map[string]string{"rapid.seed": "20261121", "rapid.checks": "16", "rapid.steps": "120"}
	flag.Parse()
	flag.Visit(func(f *flag.Flag) { delete(usual, f.Name) })
	for name, value := range usual {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestAccountsDoWhatTheModelSays(t *testing.T) {
	walk := func(t *testing.T, start func(testing.TB, ...apptest.Setting) *apptest.Server) {
		t.Parallel()
		twilio := smstest.Start(t)
		s := start(t, apptest.Texting(twilio))
		s.Clock.Tick(time.Microsecond)
		s.Join("first@example.com") // is the owner, whom codes by SMS are not for
		rapid.Check(t, func(r *rapid.T) {
			w := begin(r, t, s, twilio)
			r.Repeat(w.steps())
			w.trails(r)
		})
	}
	t.Run("sqlite", func(t *testing.T) { walk(t, apptest.OnSQLite) })
	t.Run("postgres", func(t *testing.T) { walk(t, apptest.OnPostgres) })
}

// step is something that a person does in a browser.
type step func(*rapid.T, *person, *browser)

// steps are what can happen. Each draws who does it, and in which browser. Most
// of what needs a fresh proof is done with one.
func (w *world) steps() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){"": w.check, "time passes": w.passes, "time goes on": w.passes}
	for name, do := range w.entries() {
		all[name] = w.drawn(do)
	}
	for name, do := range w.changes() {
		all[name] = w.drawn(func(r *rapid.T, p *person, b *browser) {
			if rapid.IntRange(0, 5).Draw(r, "unprepared") > 0 {
				w.prepare(r, p, b)
			}
			do(r, p, b)
		})
	}
	return all
}

func (w *world) drawn(do step) func(*rapid.T) {
	return func(r *rapid.T) {
		p := rapid.SampledFrom(w.people).Draw(r, "person")
		do(r, p, p.browsers[rapid.IntRange(0, len(p.browsers)-1).Draw(r, "browser")])
	}
}

// entries are the ways in and out, and what needs nobody to be signed in.
func (w *world) entries() map[string]step {
	return map[string]step{
		"sign in":                      w.signIn,
		"sign in, wrongly":             w.signInWrongly,
		"sign in by another address":   w.signInElsewhere,
		"sign in by a passkey":         w.enter,
		"sign out":                     w.signOut,
		"sign out others":              w.signOutOthers,
		"an old token":                 w.oldToken,
		"prove again":                  w.proveAgain,
		"app code":                     w.appCode,
		"app code, wrong":              w.appCodeWrongly,
		"backup code":                  w.backupCode,
		"spent backup code":            w.spentCode,
		"passkey beside":               w.besidePasskey,
		"ask for a text":               w.askText,
		"text code":                    w.textCode,
		"text code, wrong":             w.textCodeWrongly,
		"ask for a reset":              w.askReset,
		"ask for a reset of nobody's":  w.askNobody,
		"reset":                        w.doReset,
		"reset by a dead link":         w.deadReset,
		"cancel the move by its link":  w.cancelByLink,
		"cancel a move by a dead link": w.deadCancel,
		"use a revert key":             w.useKey,
		"use another revert key":       w.useKey,
	}
}

// changes are what somebody does to an account who is signed in.
func (w *world) changes() map[string]step {
	return map[string]step{
		"change password":        w.changePassword,
		"begin an app":           w.beginApp,
		"confirm the app":        w.confirmApp,
		"remove the app":         w.removeApp,
		"renew backup codes":     w.renewCodes,
		"add a passkey":          w.addPasskey,
		"remove a passkey":       w.removePasskey,
		"begin a phone":          w.beginPhone,
		"confirm the phone":      w.confirmPhone,
		"remove a phone":         w.removePhone,
		"add an address":         w.addEmail,
		"verify the address":     w.verifyEmail,
		"remove an address":      w.removeEmail,
		"move to an address":     w.startMove,
		"codes of the move":      w.confirmMove,
		"both codes of the move": w.finishMove,
		"new codes of the move":  w.resendMove,
		"cancel the move":        w.cancelMove,
	}
}

func (w *world) passes(r *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{
		31 * time.Second, 61 * time.Second, 61 * time.Second, 11 * time.Minute, 61 * time.Minute, 4 * 24 * time.Hour, 8 * 24 * time.Hour,
	}).Draw(r, "time")
	w.Clock.Advance(d)
	w.refill(d)
}
