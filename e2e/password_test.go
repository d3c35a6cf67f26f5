package e2e

import (
	"regexp"
	"testing"
)

const nextPassword = "Brave-Heron-Lands-9"

var resetLink = regexp.MustCompile(`/reset-password\?token=[\w-]+`)

// joins signs somebody up and proves the address.
func joins(t testing.TB) (b *tab, address string) {
	b, address = stranger(t, common), arrival()
	b.signsUp(address, "Jonas")
	digits, err := common.code(address)
	b.must(err)
	b.the("textbox", code).types(digits)
	b.leaves(b.the("button", confirmCode).click)
	b.the("heading", profileTitle)
	return b, address
}

func TestANewPasswordSignsOutTheOtherDevice(t *testing.T) {
	t.Parallel()
	first, address := joins(t)
	second := stranger(t, common)
	second.signsIn(address, password)
	second.the("heading", profileTitle)

	first.open("/settings/security")
	first.the("textbox", currentWord).types(password)
	first.the("textbox", newWord).types(nextPassword)
	first.the("textbox", repeatWord).types(nextPassword + "x")
	first.leaves(first.the("button", updatePassword).click)
	first.sees(en("error.passwords_differ"))
	first.the("textbox", currentWord).types(password)
	first.the("textbox", newWord).types(nextPassword)
	first.the("textbox", repeatWord).types(nextPassword)
	first.leaves(first.the("button", updatePassword).click)
	first.sees("This device stays signed in. 1 other device was signed out.")

	second.open("/settings/profile")
	second.the("heading", signInTitle)
	second.signsIn(address, nextPassword)
	second.the("heading", profileTitle)
	second.open("/settings/sessions")
	second.leaves(second.the("button", signOutOthers).click)
	second.sees(othersAreOut)
	first.open("/settings/security")
	first.the("heading", signInTitle)
}

func TestAForgottenPasswordIsSetByTheLinkInTheMail(t *testing.T) {
	t.Parallel()
	_, address := joins(t)
	b := stranger(t, common)
	b.open("/forgot-password")
	b.the("textbox", signInMail).types(address)
	b.leaves(b.the("button", sendLink).click)
	b.the("heading", askedTitle)
	text, err := common.mail(address)
	b.must(err)
	b.open(resetLink.FindString(text))
	b.the("textbox", newWord).types(nextPassword)
	b.leaves(b.the("button", setPassword).click)
	b.the("heading", doneTitle)
	b.signsIn(address, nextPassword)
	b.the("heading", profileTitle)
}
