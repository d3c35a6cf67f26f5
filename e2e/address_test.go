package e2e

import (
	"net/http"
	"regexp"
	"testing"
)

const (
	security = "/settings/security"
	myChange = "/v1/me/email-change"
	myEmails = "/v1/me/emails"
)

var cancelLink = regexp.MustCompile(`/email-change/cancel\?token=[\w-]+`)

// moving wants another address and has entered the code of the present one.
func moving(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.moves(t, arrival())
	digits, err := p.Server.code(p.Email)
	if err == nil {
		err = p.call(http.MethodPost, myChange+"/confirm", map[string]string{"current_code": digits}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *person) moves(t testing.TB, to string) {
	t.Helper()
	if err := p.call(http.MethodPost, myChange, map[string]string{"new_email": to}, nil); err != nil {
		t.Fatal(err)
	}
}

// reachable has two further addresses, one of which waits for its code.
func reachable(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.adds(t, "a-rather-long-address-for-a-small-telephone@customer-care.halden.example")
	to := arrival()
	id := p.adds(t, to)
	digits, err := p.Server.code(to)
	if err == nil {
		err = p.call(http.MethodPost, myEmails+"/"+id+"/verify", map[string]string{"code": digits}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *person) adds(t testing.TB, to string) (id string) {
	t.Helper()
	var made struct{ ID string }
	if err := p.call(http.MethodPost, myEmails, map[string]string{"email": to}, &made); err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// cancelling is the link of a mail about a change.
func cancelling(b *tab) string {
	b.t.Helper()
	p, to := newcomer(b.t, "Leila Haddad"), arrival()
	p.moves(b.t, to)
	text, err := p.Server.mail(to)
	b.must(err)
	return b.server.URL + cancelLink.FindString(text)
}

func TestAnAddressIsChangedByTheCodesOfBothMails(t *testing.T) {
	t.Parallel()
	first, old := joins(t)
	next := arrival()
	second := stranger(t, common)
	second.signsIn(old, password)
	second.the("heading", profileTitle)

	first.open("/settings/profile")
	first.leaves(first.the("link", en("profile.change_email")+" "+en("profile.of_email")).click)
	first.the("heading", en("address.title"))
	first.the("textbox", en("address.new")).types(next)
	first.leaves(first.the("button", en("address.start")).click)
	first.the("heading", en("address.changing", "Address", next))

	first.the("textbox", en("address.code_new")).types("000000")
	first.leaves(first.the("button", en("address.confirm", "Count", 2)).click)
	first.sees(en("error.wrong_code"), en("address.tries_left", "Count", 4))
	digits, err := common.code(next)
	first.must(err)
	first.the("textbox", en("address.code_new")).types(digits)
	first.leaves(first.the("button", en("address.confirm", "Count", 2)).click)
	first.sees(en("address.right"), en("address.waiting_one"))
	second.open("/settings/profile")
	second.sees(old)

	digits, err = common.code(old)
	first.must(err)
	first.the("textbox", en("address.code_current")).types(digits)
	first.leaves(first.the("button", en("address.confirm", "Count", 1)).click)
	first.sees(en("address.said_changed", "Count", 1), next)

	second.open("/settings/profile")
	second.the("heading", signInTitle)
	second.signsIn(old, password)
	second.sees(wrongSignIn)
	second.signsIn(next, password)
	second.the("heading", profileTitle)
	second.sees(next)
}

func TestAChangeOfAddressIsCancelledByTheLinkInAMail(t *testing.T) {
	t.Parallel()
	p, next := newcomer(t, "Mia Berg"), arrival()
	b := as(t, p)
	b.open(security)
	b.the("textbox", en("address.new")).types(next)
	b.leaves(b.the("button", en("address.start")).click)
	text, err := p.Server.mail(p.Email)
	b.must(err)
	reader := stranger(t, p.Server)
	reader.open(cancelLink.FindString(text))
	reader.leaves(reader.the("button", en("address.cancel")).click)
	reader.the("heading", en("address.cancelled_title"))
	b.open(security)
	b.the("textbox", en("address.new"))
}

func TestAFurtherAddressIsAddedWithoutScriptsAndRemovedAgain(t *testing.T) {
	t.Parallel()
	p, more := newcomer(t, "Mia Berg"), arrival()
	b := scriptless(t, p.Server)
	b.signsIn(p.Email, password)
	b.open(security)
	b.the("textbox", en("address.add_label")).types(more)
	b.leaves(b.the("button", en("address.add")).click)
	b.sees(en("address.said_waits"), en("address.not_verified"))
	digits, err := p.Server.code(more)
	b.must(err)
	b.the("textbox", en("address.code")).types(digits)
	b.leaves(b.the("button", en("address.verify")+" "+more).click)
	b.sees(en("address.said_added"))
	b.leaves(b.the("button", en("address.make_primary")+" "+more).click)
	b.the("heading", en("address.changing", "Address", more))
	b.leaves(b.the("button", en("address.cancel")).click)
	b.sees(en("address.said_cancelled"))
	b.leaves(b.the("button", en("address.remove")+" "+more).click)
	b.sees(en("address.said_removed"))
}
