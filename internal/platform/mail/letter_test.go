package mail_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

var update = flag.Bool("update", false, "write the golden files anew")

var letter = mail.Letter{
	Subject:    "Confirm your e-mail address",
	Greeting:   "Hello Zoë <b>Müller</b>,",
	Paragraphs: []string{"Enter this code to confirm your address:", "It works for ten minutes."},
	Code:       "042817",
	Action:     &mail.Action{Label: "Confirm address", URL: "https://id.example.com/verify?token=npln_abc&x=1"},
	Closing:    []string{"Was it not you? Do nothing, and nothing changes."},
}

func TestALetterLooksAsItShould(t *testing.T) {
	for _, tag := range []string{"en", i18n.Pseudo} {
		msg := letter.Render(i18n.With(context.Background(), tag))
		if msg.Locale != tag || msg.Subject != letter.Subject {
			t.Errorf("%s: %q in %s", tag, msg.Subject, msg.Locale)
		}
		golden(t, "letter."+tag+".txt", msg.Text)
		golden(t, "letter."+tag+".html", msg.HTML)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update writes it anew): %s", name, diff)
	}
}

var (
	aLink = regexp.MustCompile(`https?://\S+`)
	aCode = regexp.MustCompile(`(?m)^\d{6}$`)
)

func TestACodeStandsAloneBeforeAnyLinkAndTheFirstLinkIsTheOneToActOn(t *testing.T) {
	hostile := mail.Letter{
		Greeting:   "Hello https://evil.example/a\n000000\n",
		Paragraphs: []string{"Eve\r\n111111\r\nhttp://evil.example invites you", "\u2028222222\u2029"},
		Code:       "042817",
		Action:     &mail.Action{Label: "Join\nhttps://evil.example", URL: "https://id.example.com/invitations/accept?token=npln_abc"},
		Closing:    []string{"Not you? https://id.example.com/revert?token=npln_def"},
	}
	for name, l := range map[string]mail.Letter{"plain": letter, "hostile": hostile} {
		text := l.Render(context.Background()).Text
		code, link := aCode.FindStringIndex(text), aLink.FindStringIndex(text)
		if link == nil || text[link[0]:link[1]] != l.Action.URL {
			t.Errorf("%s: the first link is another:\n%s", name, text)
		}
		if code == nil || code[0] > link[0] {
			t.Errorf("%s: no code stands before the link:\n%s", name, text)
		}
		if name == "plain" && text[code[0]:code[1]] != l.Code {
			t.Errorf("the code is %s", text[code[0]:code[1]])
		}
		if strings.Contains(text, "\n000000") || strings.Contains(text, "\n111111") {
			t.Errorf("%s: a text began a line of its own:\n%s", name, text)
		}
	}
}

func TestAPartThatIsMissingLeavesNoGap(t *testing.T) {
	msg := mail.Letter{Subject: "Your password was changed", Paragraphs: []string{"It was changed."}}.Render(context.Background())
	if want := "It was changed.\n\n-- \nSent by Nameplate.\n"; msg.Text != want {
		t.Errorf("got %q", msg.Text)
	}
	if strings.Contains(msg.HTML, "<strong") || strings.Contains(msg.HTML, "<a ") || strings.Contains(msg.HTML, "<p></p>") {
		t.Error(msg.HTML)
	}
}

func TestALetterLoadsNothingAndEscapesWhatPeopleWrote(t *testing.T) {
	l := letter
	l.Action = &mail.Action{Label: "Open", URL: "javascript:alert(1)"}
	html := l.Render(context.Background()).HTML
	for _, bad := range []string{"<b>", "javascript:alert", "<img", "<script", "src=", "url(", "@import"} {
		if strings.Contains(strings.ReplaceAll(html, "javascript:alert(1)</a>", ""), bad) {
			t.Errorf("it has %s in it:\n%s", bad, html)
		}
	}
}

func TestALetterIsRenderedAlthoughItsReaderHungUp(t *testing.T) {
	ctx, hangUp := context.WithCancel(context.Background())
	hangUp()
	if msg := letter.Render(ctx); !strings.Contains(msg.HTML, letter.Code) {
		t.Error("it is empty")
	}
}

func TestASubjectIsOneShortLine(t *testing.T) {
	l := mail.Letter{Subject: "Eve\r\nBcc: eve@evil.example" + strings.Repeat(" and more", 50)}
	if s := l.Render(context.Background()).Subject; len([]rune(s)) > 150 || strings.ContainsAny(s, "\r\n") || !strings.HasSuffix(s, "…") {
		t.Errorf("%q", s)
	}
	for given, want := range map[string]string{
		"Zoë":                      "Zoë",
		" Zoë\n\tMüller ":          "Zoë  Müller",
		"see https://evil.example": "see https: //evil.example",
		strings.Repeat("ü", 61):    strings.Repeat("ü", 59) + "…",
		"\xff\x00":                 "\ufffd",
		"a\u2028b":                 "a b",
	} {
		if got := mail.Snippet(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}
