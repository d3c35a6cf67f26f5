package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// scriptless opens a browser that runs no scripts.
func scriptless(t testing.TB, s *server) *tab {
	t.Helper()
	b := stranger(t, s)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b
}

func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	b, address := scriptless(t, common), arrival()
	b.signsUp(address, "Jonas Dahl")
	digits, err := common.code(address)
	b.must(err)
	b.the("textbox", code).types(digits)
	b.leaves(b.the("button", confirmCode).click)
	b.the("heading", profileTitle)

	b.the("button", en("ui.your_menu_of", "Name", "Jonas Dahl")).click()
	b.leaves(b.the("button", signOut).click)
	b.signsIn(address, "Wrong-"+password)
	b.sees(wrongSignIn)
	b.signsIn(address, password)
	b.the("heading", profileTitle)

	b.the("textbox", phone).types("twelve")
	b.leaves(b.the("button", saveContact).click)
	b.sees(nothingSaved, wrongPhone)
	b.the("textbox", pronouns).types("they/them")
	b.the("textbox", bio).types("Answers at night.")
	b.the("combobox", seesBio).choose(public)
	b.leaves(b.the("button", saveAbout).click)
	b.sees(updated)

	b.the("button", pictureField).file(redAndBlue(t))
	b.leaves(b.the("button", updatePicture).click)
	b.sees(pictureSaved)
	b.leaves(b.the("link", en("profile.open_card")).click)
	card := b.the("article", cardOf("Jonas Dahl"))
	if got := card.says(); !strings.Contains(got, "they/them") || !strings.Contains(got, "Answers at night.") {
		t.Errorf("the card says %q", got)
	}
	if src := card.run(`function() { return this.querySelector("img").getAttribute("src") }`); !strings.Contains(src, "256.webp") {
		t.Errorf("the card shows the picture %s", src)
	}
	b.open("/settings/profile")
	b.leaves(b.the("button", removePicture).click)
	b.sees(pictureRemoved)
}

func TestAPictureThatIsNoneIsRefusedInWordsWithoutScripts(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for file, words := range map[string]string{
		kept(t, "notes.png", []byte("These are notes.")): en("error.unsupported_media_type"),
		heavy(t): en("avatar.too_large"),
		wide(t):  en("error.picture_side_too_long"),
	} {
		b.open("/settings/profile")
		b.the("button", pictureField).file(file)
		b.leaves(b.the("button", updatePicture).click)
		b.sees(words)
		if kind := p.avatarKind(t); kind != "initials" {
			t.Errorf("the card shows a %s", kind)
		}
	}
}
