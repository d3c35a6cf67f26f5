package e2e

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

//go:embed testdata/axe/axe.min.js
var axe string

var (
	languages = []string{"en", "de", "ar-XB"}
	themes    = []string{"light", "dark"}
	widths    = []int64{390, 768, 1440}
)

// narrowest is a phone's width at double zoom.
const narrowest = 320

// TestEveryPageIsSoundInEveryDress walks over every page in its states, in
// each language, theme and width. axe finds nothing, nothing scrolls sideways,
// and the browser has nothing to complain about.
func TestEveryPageIsSoundInEveryDress(t *testing.T) {
	sheet := newSheet(*shots)
	t.Run("of", func(t *testing.T) {
		for _, v := range views {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				b, path := v.visitor(t)
				for _, language := range languages {
					v.reach(b, path, language)
					b.dressed(func(theme string, width int64) {
						b.sound(fmt.Sprintf("%s, %s, %d px", language, theme, width), rulesFor(language, theme, width))
						sheet.take(b, v.name, language, theme, width)
					})
				}
			})
		}
	})
	sheet.finish(t)
}

// dressed calls look with the page in each theme and width.
func (b *tab) dressed(look func(theme string, width int64)) {
	b.t.Helper()
	for _, theme := range themes {
		b.wears(theme)
		for _, width := range widths {
			b.resize(width)
			look(theme, width)
		}
	}
	b.resize(narrowest)
	b.fits("320 px")
}

// wears sets what the system asks of pages: a theme, and no motion.
func (b *tab) wears(theme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (b *tab) resize(width int64) {
	b.t.Helper()
	b.stretch(width, 900)
}

func (b *tab) stretch(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// rulesFor returns the rules of axe that a dress is held against. In the second theme
// only the colours are new, in another language only the words, for which one
// width will do.
func rulesFor(language, theme string, width int64) string {
	first := language == languages[0]
	switch {
	case theme == themes[0] && (first || width == widths[0]):
		return `{resultTypes: ["violations"]}`
	case first:
		return `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`
	}
	return ""
}

// sound holds a page against rules of axe, if there are any, and against the
// edge of the window.
func (b *tab) sound(dress, rules string) {
	b.t.Helper()
	b.fits(dress)
	if rules == "" {
		return
	}
	if !eval[bool](b, `"axe" in window`) {
		_, err := try[any](b, axe+";0")
		b.must(err)
	}
	found := eval[[]string](b, `axe.run(`+rules+`).then((r) => r.violations.flatMap((v) =>
		v.nodes.map((n) => v.id + ": " + n.html.slice(0, 300) + "\n" + n.failureSummary)))`)
	for _, f := range found {
		b.t.Errorf("%s: %s", dress, f)
	}
}

// fits says what reaches over the edge of the window, if anything does.
func (b *tab) fits(dress string) {
	b.t.Helper()
	over := eval[string](b, `(() => {
		const root = document.scrollingElement;
		if (root.scrollWidth <= root.clientWidth) return "";
		const rtl = getComputedStyle(root).direction === "rtl";
		const past = [...document.querySelectorAll("body *")].filter((e) => {
			const box = e.getBoundingClientRect();
			return box.width > 0 && (rtl ? box.left < -1 : box.right > root.clientWidth + 1);
		});
		return root.scrollWidth + " px wide because of " + (past.at(-1)?.outerHTML.slice(0, 300) ?? "nothing to be seen");
	})()`)
	if over != "" {
		b.t.Errorf("%s: the page scrolls sideways: %s", dress, over)
	}
}

func TestNoPageMovesForThoseWhoWantNoMotion(t *testing.T) {
	t.Parallel()
	b := as(t, newcomer(t, "Mia Berg"))
	b.wears("light")
	for _, path := range []string{"/settings/profile", "/dev/components"} {
		b.open(path)
		moving := eval[[]string](b, `[...document.querySelectorAll("*")].flatMap((e) => ["", "::before", "::after"].flatMap((p) => {
			const s = getComputedStyle(e, p);
			const long = (times) => times.split(",").some((t) => parseFloat(t) > 0.01);
			return long(s.transitionDuration) || (s.animationName !== "none" && long(s.animationDuration)) ? [e.outerHTML.slice(0, 120) + p] : [];
		}))`)
		if len(moving) > 0 {
			t.Errorf("%s: %d things move, the first is %s", path, len(moving), moving[0])
		}
	}
}

func TestAPageIsLight(t *testing.T) {
	p := newcomer(t, "Mia Berg")
	for _, c := range []struct {
		path string
		most int // KiB over the wire, with all it needs, for a browser that has nothing yet
	}{{"/sign-in", 60}, {"/settings/profile", 60}, {"/c/" + p.ID, 60}} {
		b := as(t, p)
		if c.path == "/sign-in" {
			b = stranger(t, common)
		}
		b.open(c.path)
		weight := eval[float64](b, `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
			.filter((e) => !e.name.endsWith("/live")).reduce((sum, e) => sum + e.transferSize, 0)`) / 1024
		t.Logf("%s weighs %.1f KiB", strings.ReplaceAll(c.path, p.ID, "{user}"), weight)
		if weight > float64(c.most) {
			t.Errorf("%s weighs %.1f KiB, want at most %d", c.path, weight, c.most)
		}
	}
}
