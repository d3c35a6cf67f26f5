package e2e

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// normal is a function that gives the first card in a document without what
// only a script adds: the button that opens a long bio, and the class of a card
// that has just changed.
const normal = `(root) => {
	const card = root.querySelector("article.card").cloneNode(true);
	card.querySelectorAll(".card-more").forEach((e) => e.remove());
	card.querySelectorAll("img").forEach((e) => e.setAttribute("src", new URL(e.getAttribute("src"), location.href).href));
	const write = (node) => {
		if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\s+/g, " ").trim();
		const attributes = [...node.attributes].map((a) => a.name + "=" + a.value.split(" ").filter((c) => c !== "changed" && c !== "open").join(" ")).sort();
		return "<" + [node.localName, ...attributes].join(" ") + ">" + [...node.childNodes].map(write).filter(Boolean).join("|") + "</>";
	};
	return write(card);
}`

func TestTheServerAndTheScriptDrawTheSameCard(t *testing.T) {
	t.Parallel()
	for name, who := range map[string]func(testing.TB) *person{"fresh": fresh, "filled": filled, "long": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := who(t)
			b := stranger(t, p.Server)
			b.open("/c/" + p.ID)
			p.change(t, map[string]any{"pronouns": "he/him"})
			b.sees("he/him") // the script has drawn this
			r, err := http.Get(p.Server.URL + "/c/" + p.ID)
			b.must(err)
			defer r.Body.Close()
			page, err := io.ReadAll(r.Body)
			b.must(err)
			server := eval[string](b, `(`+normal+`)(new DOMParser().parseFromString(%s, "text/html"))`, string(page))
			script := eval[string](b, `(`+normal+`)(document)`)
			if server != script {
				t.Errorf("the server draws\n%s\nand the script\n%s", server, script)
			}
		})
	}
}

func TestACardThatIsOpenHearsOfAStoppedAndStartedServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s, err := start(data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.join("leila@halden.example", "Leila Haddad", "Halden Energy")
	if err != nil {
		t.Fatal(err)
	}
	b := stranger(t, s)
	b.open("/c/" + p.ID)
	b.sees("Leila Haddad")
	b.must(s.stop())
	b.must(s.again())
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	p.change(t, map[string]any{"designation": "Night shift"})
	b.eventually("the card catches up", func() error {
		if !strings.Contains(b.text(), "Night shift") {
			return errors.New("it does not")
		}
		return nil
	})
	b.forgives("net::ERR_CONNECTION_REFUSED", "net::ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET")
}
