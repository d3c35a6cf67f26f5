package e2e

import (
	"strings"
	"testing"
)

func TestUnsavedChangesAreNamedAndLeavingAsksOnce(t *testing.T) {
	t.Parallel()
	b := as(t, newcomer(t, "Mia Berg"))
	b.open("/settings/profile")
	b.leaves(b.the("link", guide).click)
	b.asks(0, "leaving a page without changes")

	b.open("/settings/profile")
	b.the("textbox", designation).types("Night shift")
	b.sees(unsaved("Designation"))
	b.the("textbox", phone).types("+47 22 34 56 78")
	b.sees(unsaved("Phone"))
	b.the("combobox", seesBio).choose(public)
	b.sees(unsaved("Designation and Bio"))

	b.stay(true)
	b.the("link", guide).click()
	b.asks(1, "leaving with changes in two sections")
	if got := b.the("textbox", designation).value(); got != "Night shift" {
		t.Errorf("whoever stays finds %q in the field", got)
	}
	b.stay(false)
	b.leaves(b.the("link", guide).click)
	b.asks(2, "leaving the second time")

	b.open("/settings/profile")
	b.the("textbox", designation).types("Night shift")
	b.leaves(b.the("button", saveAbout).click)
	b.sees(updated)
	b.seesNot(unsavedMany)
	b.asks(2, "saving")
	b.the("textbox", designation).types("Day shift")
	b.the("button", discardAbout).click()
	b.seesNot(unsavedMany)
	b.leaves(b.the("link", guide).click)
	b.asks(2, "leaving after discarding")
}

// asks holds how often the browser has asked before leaving against want.
func (b *tab) asks(want int, after string) {
	b.t.Helper()
	eval[any](b, `0`) // whatever was to be asked has been asked by now
	if got := b.questions(); got != want {
		b.t.Errorf("after %s the browser has asked %d times, want %d", after, got, want)
	}
}

func TestOfTwoTabsTheSecondSaveIsRefusedAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	first := as(t, p)
	first.open("/settings/profile")
	second := first.another()
	second.open("/settings/profile")

	first.the("textbox", designation).types("Night shift")
	first.leaves(first.the("button", saveAbout).click)
	first.sees(updated)

	second.the("textbox", bio).types("Asks twice,\nanswers once.")
	second.the("combobox", seesBio).choose(public)
	second.leaves(second.the("button", saveAbout).click)
	second.sees(changedElsewhere, notSaved)
	if got := second.the("textbox", bio).value(); got != "Asks twice,\nanswers once." {
		t.Errorf("of what was typed there is %q", got)
	}
	if card := p.card(t); strings.Contains(card, "Asks twice") || !strings.Contains(card, "Night shift") {
		t.Errorf("the second tab has written over the first: %s", card)
	}
	second.leaves(second.the("button", saveAbout).click)
	second.sees(updated)
	if card := p.card(t); !strings.Contains(card, "Asks twice") || !strings.Contains(card, "Night shift") {
		t.Errorf("after saving again, both changes are wanted: %s", card)
	}
}

func TestAnErrorNamesTheFieldAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")
	b.the("textbox", phone).types("twelve")
	b.leaves(b.the("button", saveContact).click)
	b.sees(nothingSaved, notSaved)
	field := b.the("textbox", phone)
	if got := field.value(); got != "twelve" {
		t.Errorf("of what was typed there is %q", got)
	}
	if got, want := field.description(), wrongPhone; !strings.Contains(got, want) {
		t.Errorf("the field is described by %q, want %q in it", got, want)
	}
	if got := eval[string](b, `document.title`); !strings.HasPrefix(got, "Check Phone") {
		t.Errorf("the window is called %q", got)
	}
	if got := eval[string](b, `document.activeElement.innerText`); !strings.Contains(got, nothingSaved) {
		t.Errorf("the focus is on %q, want the summary", got)
	}
	b.the("link", wrongPhone).click()
	if !field.focused() {
		t.Error("the summary does not lead to the field")
	}
}
