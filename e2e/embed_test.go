package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// host is somebody else's site with a card in it. Its policy allows only what
// the card needs, and its own sheet where it has one.
func host(t testing.TB, p *person, sheet string) string {
	t.Helper()
	policy := strings.ReplaceAll("default-src 'none'; script-src NP; connect-src NP; img-src NP", "NP", p.Server.URL)
	head := ""
	if sheet != "" {
		policy += "; style-src 'self'"
		head = `<link rel="stylesheet" href="/host.css">`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Halden Energy</title>%s
			<script src="%s/embed.js" defer></script></head>
			<body><h1>Talk to us</h1><nameplate-card user="%s"></nameplate-card></body></html>`, head, p.Server.URL, p.ID)
	})
	mux.HandleFunc("GET /host.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, sheet)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site.URL
}

func TestAnEmbeddedCardIsLiveUnderAStrictPolicyOfTheHost(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	p.change(t, map[string]any{"designation": "Night shift"})
	b := stranger(t, p.Server)
	b.opens(host(t, p, ""))
	card := b.the("article", cardOf("Mia Berg"))
	if got := card.says(); !strings.Contains(got, "Night shift") {
		t.Errorf("the card says %q", got)
	}
	if got := card.run(`function() { const img = this.querySelector("img"); return img.decode().then(() => img.naturalWidth > 0) }`); got != "true" {
		t.Errorf("the picture of the card is not there: %s", got)
	}
	p.change(t, map[string]any{"designation": "Day shift"})
	b.eventually("the card changes", func() error {
		if got := b.the("article", cardOf("Mia Berg")).says(); !strings.Contains(got, "Day shift") {
			return errors.New("it says " + got)
		}
		return nil
	})
}

func TestTheHostsStyleDoesNotReachIntoAnEmbeddedCard(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	p.change(t, map[string]any{"designation": "Night shift", "bio": "Asks twice.", "visibility": map[string]string{"bio": "public"}})
	looks := func(sheet string) string {
		b := stranger(t, p.Server)
		b.opens(host(t, p, sheet))
		return b.the("article", cardOf("Mia Berg")).run(`function() {
			return [this, ...this.querySelectorAll("*")].map((e) => {
				const s = getComputedStyle(e), box = e.getBoundingClientRect();
				return [e.className, s.color, s.backgroundColor, s.font, s.letterSpacing, s.textTransform, s.textAlign, s.lineHeight,
					s.display, s.padding, s.border, Math.round(box.width), Math.round(box.height)].join(" ");
			});
		}`)
	}
	plain := listOf(t, looks(""))
	hostile := listOf(t, looks(`
		* { color: red !important; background: yellow !important; padding: 30px !important; border: 9px solid red !important; font: 40px cursive !important; }
		body { text-align: right; text-transform: uppercase; letter-spacing: 9px; line-height: 3; font: italic 30px serif; word-spacing: 20px; }
		article, .card, p, img { display: none !important; }`))
	for i := range plain {
		if i >= len(hostile) || plain[i] != hostile[i] {
			t.Fatalf("with the host's sheet a part of the card is\n%s\nwant\n%s", hostile[min(i, len(hostile)-1)], plain[i])
		}
	}
}

func listOf(t testing.TB, list string) []string {
	t.Helper()
	var all []string
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		t.Fatal(err)
	}
	return all
}
