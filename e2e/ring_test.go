package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ears puts an analyser between a page and its speaker, and notes when it is
// loud.
const ears = `{
	const connect = AudioNode.prototype.connect;
	window.loud = [];
	AudioNode.prototype.connect = function (to, ...rest) {
		if (!(to instanceof AudioDestinationNode)) return connect.call(this, to, ...rest);
		if (!window.ear) {
			window.ear = new AnalyserNode(to.context, {fftSize: 4096});
			connect.call(window.ear, to);
			const wave = new Float32Array(4096);
			setInterval(() => {
				window.ear.getFloatTimeDomainData(wave);
				if (wave.some((v) => Math.abs(v) > 0.01)) window.loud.push(Date.now());
			}, 20);
		}
		return connect.call(this, window.ear);
	};
}`

// listens gives the pages that a tab opens from now on ears.
func (b *tab) listens() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: ears})
	b.must(err)
}

// heard is how often the page has sounded: what is loud with a second of
// silence before it is another sound.
func (b *tab) heard() int {
	b.t.Helper()
	return eval[int](b, `loud.filter((at, i) => i === 0 || at - loud[i - 1] > 1000).length`)
}

func (b *tab) hears(times int, who ...*tab) {
	b.t.Helper()
	b.eventually(fmt.Sprintf("hear %d sounds", times), func() error {
		n := b.heard()
		for _, o := range who {
			n += o.heard()
		}
		if n != times {
			return fmt.Errorf("%d sounds", n)
		}
		return nil
	})
}

// quiet waits until what sounds has ended.
func (b *tab) quiet() {
	b.t.Helper()
	b.eventually("silence", func() error {
		if !eval[bool](b, `loud.length === 0 || Date.now() - loud.at(-1) > 1200`) {
			return errors.New("it still sounds")
		}
		return nil
	})
}

func TestItRingsOnceHoweverManyTabsAreOpen(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Leila Haddad")
	p.must(t, http.MethodPatch, "/v1/me/notifications", map[string]any{
		"audio": map[string]any{"tone": "drops", "only_when_hidden": false, "repeat": true},
	}, nil)
	one := as(t, p)
	two := one.another()
	for _, b := range []*tab{one, two} {
		b.listens()
		b.open("/settings/notifications")
		b.sees(en("notify.blocked"))
		if b.heard() > 0 {
			t.Error("it sounds before anybody has done anything")
		}
		b.the("button", en("notify.play")+" "+en("notify.play_object")).click()
		b.hears(1)
		b.seesNot(en("notify.blocked"))
		b.quiet()
	}
	tells := func(id, kind string) {
		p.tells(t, map[string]any{"id": id, "type": kind, "assignee": p.ID, "reader": p.ID})
	}
	tells("e1", "message.created")
	for _, b := range []*tab{one, two} {
		b.sees("Heat pump is cold")
		b.eventually("count in the title", func() error {
			if title := eval[string](b, `document.title`); !strings.HasPrefix(title, "(1) ") {
				return errors.New(title)
			}
			return nil
		})
		if !eval[bool](b, `document.querySelector("link[rel=icon]").href.endsWith("/favicon-ring.svg")`) {
			t.Error("the icon does not say that it rings")
		}
	}
	one.hears(3, two)
	one.quiet()
	two.quiet()
	if n := one.heard() + two.heard(); n != 3 {
		t.Errorf("%d sounds, want the two that were asked for and one", n)
	}
	tells("e2", "conversation.read")
	two.seesNot("Heat pump is cold")

	one.open("/help") // the tab that holds the stream, or the other: one of them goes on
	tells("e3", "message.created")
	two.sees("Heat pump is cold")
	two.the("button", en("ui.dismiss")).click()
	two.seesNot("Heat pump is cold")
	if title := eval[string](two, `document.title`); strings.HasPrefix(title, "(") {
		t.Errorf("the title is %s", title)
	}
}
