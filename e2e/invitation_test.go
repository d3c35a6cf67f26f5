package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
)

var invitationLink = regexp.MustCompile(`/invitations/accept\?token=\w+`)

// organization is the id of the one that the person owns.
func (p *person) organization() (id string, err error) {
	var me struct {
		Memberships []struct{ Organization struct{ ID string } }
	}
	if err := p.call(http.MethodGet, "/v1/me", nil, &me); err != nil {
		return "", err
	}
	return me.Memberships[0].Organization.ID, nil
}

// invites invites an address, by the API.
func (p *person) invites(address, role string) error {
	org, err := p.organization()
	if err != nil {
		return err
	}
	return p.call(http.MethodPost, "/v1/orgs/"+org+"/invitations", map[string]string{"email": address, "role": role}, nil)
}

// invitation waits for the link in the mail to an address.
func (s *server) invitation(to string) (path string, err error) {
	err = soon(func() error {
		text, err := s.mail(to)
		path = invitationLink.FindString(text)
		if err == nil && path == "" {
			err = fmt.Errorf("no invitation in the mail to %s", to)
		}
		return err
	})
	return path, err
}

// inviting has invited some people.
func inviting(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	nobody := people.Add(1) // whom no other test invites: an address gets few mails an hour
	for role, address := range map[string]string{
		"agent": "samira.oduya%d@halden.example", "supervisor": "tomas.ferreira.da.silva.e.albuquerque%d@customer-care.halden.example",
	} {
		if err := p.invites(fmt.Sprintf(address, nobody), role); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// invitedTo is the page of a fresh invitation to an address.
func (b *tab) invitedTo(address string) string {
	b.t.Helper()
	b.must(newcomer(b.t, "Leila Haddad").invites(address, "agent"))
	link, err := b.server.invitation(address)
	b.must(err)
	return b.server.URL + link
}

func invitedNew(b *tab) string { return b.invitedTo(arrival()) }

func invitedKnown(b *tab) string { return b.invitedTo(newcomer(b.t, "Mia Berg").Email) }

func TestAListOfPeopleIsInvitedAndOneJoins(t *testing.T) {
	t.Parallel()
	boss, address := as(t, newcomer(t, "Leila Haddad")), arrival()
	boss.open("/settings/members/invitations")
	boss.the("textbox", inviteField).types("Mia Berg <" + address + ">, supervisor\njonas@halden")
	boss.leaves(boss.the("button", sendInvitations).click)
	boss.sees(oneInvited)
	boss.sees("jonas@halden: ")
	if left := boss.the("textbox", inviteField).value(); left != "jonas@halden" {
		t.Errorf("%q is left in the form", left)
	}

	link, err := common.invitation(address)
	boss.must(err)
	b := stranger(t, common)
	b.open(link)
	b.the("heading", en("invitation.join_title", "Organization", "Leila Haddad & Co"))
	b.the("textbox", signUpName).types("Mia Berg")
	b.the("textbox", signUpWord).types("short")
	join := en("invitation.join", "Organization", "Leila Haddad & Co")
	b.leaves(b.the("button", join).click)
	b.sees(en("error.password_too_short", "Min", 12))
	b.the("textbox", signUpWord).types(password)
	b.leaves(b.the("button", join).click)
	b.the("heading", profileTitle)
	b.sees("Leila Haddad & Co")

	boss.open("/settings/members/invitations")
	boss.sees(en("invitation.accepted"))
	other := stranger(t, common)
	other.open(link)
	other.the("heading", en("invitation.dead"))
}

func TestWhoHasAnAccountSignsInAndJoins(t *testing.T) {
	t.Parallel()
	her := newcomer(t, "Mia Berg")
	if err := newcomer(t, "Leila Haddad").invites(her.Email, "agent"); err != nil {
		t.Fatal(err)
	}
	link, err := common.invitation(her.Email)
	if err != nil {
		t.Fatal(err)
	}
	b := stranger(t, common)
	b.open(link)
	b.leaves(b.the("button", en("invitation.sign_in")).click)
	b.the("textbox", signInMail).types(her.Email)
	b.the("textbox", signInWord).types(password)
	b.leaves(b.the("button", signIn).click)
	b.leaves(b.the("button", en("invitation.join", "Organization", "Leila Haddad & Co")).click)
	b.the("heading", profileTitle)
	b.sees("Leila Haddad & Co")
}

func TestAnInvitationIsSentAgainAndRevoked(t *testing.T) {
	t.Parallel()
	p, address := newcomer(t, "Leila Haddad"), arrival()
	if err := p.invites(address, "agent"); err != nil {
		t.Fatal(err)
	}
	b := as(t, p)
	b.open("/settings/members/invitations")
	b.leaves(b.the("button", en("invitation.resend")+" "+en("invitation.resend_to", "Who", address)).click)
	b.sees(en("invitation.said_resent"))
	b.leaves(b.the("button", en("invitation.revoke")+" "+en("invitation.of", "Who", address)).click)
	b.sees(en("invitation.said_revoked"))
	b.no("button", en("invitation.revoke")+" "+en("invitation.of", "Who", address))
}
