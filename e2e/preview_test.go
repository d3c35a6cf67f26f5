package e2e

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestThePreviewFollowsWhatIsTypedAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")

	b.the("textbox", designation).types("Night shift")
	b.the("textbox", pronouns).types("she/her")
	b.previews("Mia Berg", "she/her", "Night shift")

	b.the("combobox", seesDesignation).choose(team)
	b.previewsNot("Night shift")
	b.the("combobox", seesDesignation).choose(public)
	b.previews("Night shift")

	b.the("textbox", bio).types("Asks twice, answers once.")
	b.previewsNot("Asks twice")
	b.the("combobox", seesBio).choose(public)
	b.previews("Asks twice, answers once.")

	b.the("textbox", displayName).types("")
	b.the("textbox", firstName).types("Mia")
	b.the("textbox", lastName).types("Bergström")
	b.previews("Mia Bergström")

	if card := p.card(t); strings.Contains(card, "Night shift") || strings.Contains(card, "Asks twice") {
		t.Errorf("customers see what was only typed: %s", card)
	}
	b.the("button", discardAbout).click()
	b.previews("Mia Berg")
	b.previewsNot("Bergström", "Night shift", "Asks twice")
}

func TestThePreviewIsWhatCustomersGetOnceItIsSaved(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")
	b.the("textbox", designation).types("Night shift")
	b.the("textbox", bio).types("Asks twice, answers once.")
	b.the("combobox", seesBio).choose(public)
	preview := b.the("article", ownCard).says()
	b.leaves(b.the("button", saveAbout).click)
	b.open("/c/" + p.ID)
	if card := b.the("article", cardOf("Mia Berg")).says(); card != preview {
		t.Errorf("customers see\n%s\nand the preview showed\n%s", card, preview)
	}
}

func TestWhatIsNotPublicIsInNoByteThatCustomersGet(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia")
	secrets := map[string]string{
		"first_name": "Wilhelmina", "last_name": "Zwicky", "full_name": "Wilhelmina Q. Zwicky", "bio": "Hidden hobbies", "phone": "+4722345678",
		"designation": "Undercover auditor", "pronouns": "xe/xem", "time_zone": "Pacific/Chatham",
	}
	fields := map[string]any{"visibility": map[string]string{
		"first_name": "private", "last_name": "private", "full_name": "private", "bio": "team", "phone": "private",
		"designation": "team", "pronouns": "private", "time_zone": "team",
	}}
	for name, value := range secrets {
		fields[name] = value
	}
	p.change(t, fields)
	page, err := read(http.Get(p.Server.URL + "/c/" + p.ID))
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]string{"card": p.card(t), "page": page, "stream": p.firstEvent(t)}
	secrets["email"], secrets["offset"] = p.Email, "+13:45"
	for where, text := range places {
		if !strings.Contains(text, "Mia") {
			t.Errorf("the %s lacks the display name: %s", where, text)
		}
		for field, value := range secrets {
			for _, part := range append(strings.Fields(value), strings.Trim(value, "+")) {
				if len(part) > 2 && strings.Contains(text, part) {
					t.Errorf("the %s holds %q of %s:\n%s", where, part, field, text)
				}
			}
		}
	}
}

// firstEvent returns what the card's stream says at once.
func (p *person) firstEvent(t testing.TB) string {
	t.Helper()
	r, err := http.Get(p.Server.URL + "/v1/cards/" + p.ID + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, chunk := "", make([]byte, 4096)
	for strings.Count(text, "\n\n") < 2 {
		n, err := r.Body.Read(chunk)
		if text += string(chunk[:n]); err != nil {
			t.Fatal(err, text)
		}
	}
	return text
}

// previews waits until the preview beside the form shows the words.
func (b *tab) previews(words ...string) {
	b.t.Helper()
	b.eventually("the preview", func() error {
		card := b.the("article", ownCard).says()
		for _, w := range words {
			if !strings.Contains(card, w) {
				return errors.New("it does not show " + w + ":\n" + card)
			}
		}
		return nil
	})
}

// previewsNot waits until it shows none of them.
func (b *tab) previewsNot(words ...string) {
	b.t.Helper()
	b.eventually("the preview", func() error {
		card := b.the("article", ownCard).says()
		for _, w := range words {
			if strings.Contains(card, w) {
				return errors.New("it shows " + w + ":\n" + card)
			}
		}
		return nil
	})
}
