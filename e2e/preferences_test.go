package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// consenting has a verified phone and has agreed to WhatsApp, and works in the
// dark on a clock of twelve hours.
func consenting(t testing.TB) *person {
	t.Helper()
	p := texted(t)
	p.must(t, http.MethodPatch, "/v1/me/interaction", map[string]any{"whatsapp": true, "audio_output": true}, nil)
	p.must(t, http.MethodPatch, "/v1/me/configuration", map[string]any{"clock": "12", "first_day_of_week": "saturday", "send_with_enter": true}, nil)
	return p
}

func TestAThemeHoldsOnEveryPageFromItsFirstFrame(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.wears("light")
	b.open("/settings/interaction")
	b.the("radio", en("interaction.theme_dark")).click()
	b.sees(unsaved(en("interaction.theme")))
	b.leaves(b.the("button", en("interaction.save_theme")).click)
	b.sees(en("preferences.saved"))
	film := b.films(func() {
		for _, path := range []string{"/settings/profile", "/help", "/nowhere", "/settings/interaction"} {
			b.open(path)
			b.painted()
			if got := eval[string](b, `getComputedStyle(document.documentElement).colorScheme`); got != "dark" {
				t.Errorf("%s is %s", path, got)
			}
		}
	})
	for i, frame := range film {
		if got := corner(t, frame); got > brightest {
			t.Errorf("frame %d of %d flashes: brightness %d of 65535", i+1, len(film), got)
		}
	}
}

func TestPreferencesAreSavedWithoutScripts(t *testing.T) {
	t.Parallel()
	p := texted(t)
	b := as(t, p)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/settings/interaction")
	b.the("checkbox", en("interaction.whatsapp_agree")+" "+en("interaction.whatsapp_note")).click()
	b.leaves(b.the("button", en("interaction.save_whatsapp")).click)
	b.open("/settings/configuration")
	b.the("radio", en("configuration.clock.12")).click()
	b.leaves(b.the("button", en("configuration.save")).click)
	var i struct {
		WhatsApp bool
		At       string `json:"whatsapp_consented_at"`
	}
	p.must(t, http.MethodGet, "/v1/me/interaction", nil, &i)
	var c struct{ Clock string }
	p.must(t, http.MethodGet, "/v1/me/configuration", nil, &c)
	if !i.WhatsApp || i.At == "" || c.Clock != "12" {
		t.Errorf("%+v %+v", i, c)
	}
}
