package e2e

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// arrival is an address that nobody has used.
func arrival() string { return fmt.Sprintf("arrival%d@halden.example", people.Add(1)) }

// signsUp fills in the sign-up page and waits for the page that asks for a code.
func (b *tab) signsUp(address, name string) {
	b.t.Helper()
	b.open("/sign-up")
	b.the("textbox", signUpMail).types(address)
	b.the("textbox", signUpName).types(name)
	b.the("textbox", signUpWord).types(password)
	b.leaves(b.the("button", createAccount).click)
	b.the("heading", codeTitle)
}

func TestSigningUpIsProvedByTheCodeInTheMail(t *testing.T) {
	t.Parallel()
	b, address := stranger(t, common), arrival()
	b.signsUp(address, "Jonas")
	b.the("textbox", code).types("000000")
	b.leaves(b.the("button", confirmCode).click)
	b.sees(en("error.wrong_code"))
	digits, err := common.code(address)
	b.must(err)
	b.the("textbox", code).types(digits[:3] + " " + digits[3:])
	b.leaves(b.the("button", confirmCode).click)
	b.the("heading", profileTitle)
	b.sees(address)
}

var verifyLink = regexp.MustCompile(`/verify\?token=[\w-]+`)

func TestTheLinkInAnotherBrowserAsksForANewPassword(t *testing.T) {
	t.Parallel()
	const other = "Brave-Heron-Lands-9"
	first, address := stranger(t, common), arrival()
	first.signsUp(address, "Jonas")
	text, err := common.mail(address)
	first.must(err)
	link := verifyLink.FindString(text)

	second := stranger(t, common)
	second.open(link)
	second.sees(otherBrowser)
	second.the("textbox", signUpWord).types("short")
	second.leaves(second.the("button", confirmLink).click)
	second.sees(en("error.password_too_short", "Min", 12))
	second.the("textbox", signUpWord).types(other)
	second.leaves(second.the("button", confirmLink).click)
	second.the("heading", profileTitle)

	first.open(link)
	first.sees(deadLink)
	first.signsIn(address, password)
	first.sees(wrongSignIn)
	first.signsIn(address, other)
	first.the("heading", profileTitle)
}

func TestTheLinkInTheSameBrowserSignsIn(t *testing.T) {
	t.Parallel()
	b, address := stranger(t, common), arrival()
	b.signsUp(address, "Jonas")
	text, err := common.mail(address)
	b.must(err)
	b.open(verifyLink.FindString(text))
	b.leaves(b.the("button", confirmLink).click)
	b.the("heading", profileTitle)
}

// signsIn fills in the sign-in page and sends it.
func (b *tab) signsIn(address, word string) {
	b.t.Helper()
	b.open("/sign-in")
	b.the("textbox", signInMail).types(address)
	b.the("textbox", signInWord).types(word)
	b.leaves(b.the("button", signIn).click)
}

func TestSigningOutAndInAgainLeadsBackToWhereOneWanted(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")
	b.the("button", en("ui.your_menu_of", "Name", p.Name)).click()
	b.leaves(b.the("button", signOut).click)
	b.the("heading", signInTitle)

	b.open("/settings/profile#contact")
	b.the("heading", signInTitle)
	b.the("textbox", signInMail).types(p.Email)
	b.the("textbox", signInWord).types("Wrong-" + password)
	b.leaves(b.the("button", signIn).click)
	b.sees(wrongSignIn)
	if got := b.the("textbox", signInMail).value(); got != p.Email {
		t.Errorf("of the typed address there is %q", got)
	}
	b.the("textbox", signInWord).types(password)
	b.leaves(b.the("button", signIn).click)
	b.the("heading", profileTitle)
	if got := b.path(); !strings.HasPrefix(got, "/settings/profile") {
		t.Errorf("after signing in the address is %s", got)
	}
}

func TestALanguageIsChosenAtTheDoorAndStays(t *testing.T) {
	t.Parallel()
	b := stranger(t, common)
	b.open("/sign-in")
	b.leaves(b.the("link", "Deutsch").click)
	b.speaks("de")
	b.open("/sign-up")
	b.speaks("de")
	b.leaves(b.the("link", "English").click)
	b.speaks("en")
}

func (b *tab) speaks(tag string) {
	b.t.Helper()
	if got := eval[string](b, `document.documentElement.lang`); got != tag {
		b.t.Errorf("%s speaks %q, want %q", b.path(), got, tag)
	}
}

func TestTheKeyboardAloneSignsInAndSavesAProfile(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := stranger(t, p.Server)
	b.open("/sign-in")
	b.keys(p.Email)
	b.reaches("textbox", signInWord)
	b.keys(password)
	b.leaves(func() { b.keys(kb.Enter) })
	b.the("heading", profileTitle)

	b.keys(kb.Tab)
	if skip := b.the("link", en("ui.skip")); !skip.focused() {
		t.Error("the first stop of the page does not lead to its content")
	}
	b.keys(kb.Enter)
	b.reaches("textbox", designation)
	b.keys("Night shift")
	b.reaches("combobox", seesBio)
	b.keys(kb.ArrowUp)
	b.reaches("textbox", bio)
	b.keys("Asks twice.")
	b.reaches("button", saveAbout)
	b.leaves(func() { b.keys(" ") })
	b.sees(updated)
	for _, want := range []string{"Night shift", "Asks twice."} {
		if card := p.card(t); !strings.Contains(card, want) {
			t.Errorf("the card lacks %q: %s", want, card)
		}
	}

	b.reaches("button", en("ui.your_menu_of", "Name", p.Name))
	b.keys(kb.Enter)
	b.reaches("button", signOut)
	b.keys(kb.Escape)
	b.no("button", signOut)
}

// most is how many stops a page may have.
const most = 80

// reaches tabs until the thing has the focus. Each stop on the way has to show
// that it has it.
func (b *tab) reaches(role, name string) {
	b.t.Helper()
	x := b.the(role, name)
	for range most {
		b.keys(kb.Tab)
		stop := eval[string](b, `(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			if (e === document.body) return "";
			const shown = [e, e.closest(".vis, .select")].some((x) => x && getComputedStyle(x).outlineStyle !== "none")
				|| s.boxShadow !== "none";
			return shown ? "" : e.outerHTML.slice(0, 200);
		})()`)
		if stop != "" {
			b.t.Errorf("the focus does not show on %s", stop)
		}
		if x.focused() {
			return
		}
	}
	b.t.Fatal(errors.New("the keyboard does not reach " + x.String()))
}

func TestAPasswordIsNotCoveredByItsButtonFromRightToLeft(t *testing.T) {
	t.Parallel()
	b := stranger(t, common)
	for _, language := range []string{"en", "ar-XB"} {
		b.open("/sign-in?lang=" + language)
		apart := eval[bool](b, `(() => {
			const input = document.querySelector("input[type=password]"), button = input.parentElement.querySelector("button");
			const text = getComputedStyle(input), box = input.getBoundingClientRect();
			const from = box.left + parseFloat(text.paddingLeft), to = box.right - parseFloat(text.paddingRight);
			const over = button.getBoundingClientRect();
			return over.right <= from || over.left >= to;
		})()`)
		if !apart {
			t.Errorf("in %s the button lies over the password", language)
		}
	}
}
