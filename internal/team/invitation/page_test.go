package invitation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

const settings = "/settings/members/invitations"

// page is where the forms of the organization's page are posted.
func (o *office) page() string { return settings + "/" + o.org }

func (o *office) send(people string) apptest.Answer {
	o.t.Helper()
	return o.boss.Form(o.page(), "people", people, "role", "agent", "designation", "")
}

func TestThePageInvitesAListAndKeepsWhoCouldNotBe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		o.boss.Get(settings).Want(200).Contains("Nobody is invited yet.")
		a := o.send("Mia Berg <" + mia + ">, supervisor\njonas@halden\nbo@example.com").Want(422)
		a.Contains("2 invitations are on their way.").Contains("jonas@halden: ").Contains(">\njonas@halden</textarea>")
		o.stand("bo@example.com agent pending", mia+" supervisor pending")
		o.send("jonas@example.com, Supervisor").Want(303)
		o.boss.Get(settings).Want(200).Contains("1 invitation is on its way.").Contains("Supervisor, invited by you").Contains("7 days left")
		o.send(" \n").Want(422).Contains("Enter at least one address.")
		o.send(strings.Repeat("x@example.com\n", 201)).Want(422).Contains("at most 200")
		o.boss.Form(o.page(), "people", "y@example.com", "role", "king").Want(422).Contains("There is no such role.").Contains("y@example.com</textarea>")
	})
}

func TestThePageSendsAgainAndRevokes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Admin)
		inv, old := o.invites(mia, "agent")
		o.boss.Form(o.page() + "/" + inv.ID + "/resend").Want(303)
		o.boss.Get(settings).Contains("A new link is on its way.")
		accept(s.Browser(), old).Refused(422, "invalid_token")
		o.boss.Form(o.page() + "/" + inv.ID + "/revoke").Want(303)
		o.boss.Get(settings).Contains("The invitation is revoked.").Contains("Revoked")
		o.boss.Form(o.page() + "/" + inv.ID + "/revoke").Want(409)
	})
}

func TestThePageIsForWhoMayInvite(t *testing.T) {
	s := apptest.OnSQLite(t)
	for role, want := range map[identity.Role]int{identity.Owner: 200, identity.Admin: 200, identity.Supervisor: 403, identity.Agent: 403, identity.Billing: 403} {
		b := s.Member(string(role)+"@example.net", s.Organization("Halden Energy"), role)
		a := b.Get(settings).Want(want)
		if may := strings.Contains(a.Page(), `<option value="owner">`); may != (role == identity.Owner) {
			t.Errorf("%s is offered to make owners: %v", role, may)
		}
		if led := strings.Contains(b.Get("/settings/members").Page(), `href="`+settings+`"`); led != (want == 200) {
			t.Errorf("%s is led to the page: %v", role, led)
		}
	}
}

func TestAListWithAnAdminGoesOnAfterTheProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		first := s.Join(ownr) // who signs up first owns the first organization
		all, err := identity.Memberships(t.Context(), s.DB, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		o := &office{s, t, all[0].OrganizationID, first}
		s.Clock.Advance(11 * time.Minute)
		a := o.boss.Form(o.page(), "people", mia+", admin\nbo@example.com", "role", "agent").Want(403)
		if len(s.Letters(mia))+len(s.Letters("bo@example.com")) > 0 {
			t.Error("mail was sent before the proof")
		}
		_, rest, _ := strings.Cut(a.Page(), `name="stopped" value="`)
		stopped, _, _ := strings.Cut(rest, `"`)
		o.boss.Form("/reauthenticate", "stopped", stopped, "password", apptest.Password).Want(303)
		o.stand("bo@example.com agent pending", mia+" admin pending")
	})
}

func TestTheLinkShowsTheInvitationInTheReadersLanguageAndChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		_, token := o.invites(mia, "supervisor")
		before := s.Sum(apptest.BySealer...)
		b := s.Browser()
		a := b.Get("/invitations/accept?token=" + token).Want(200)
		a.Contains("Join Halden Energy").Contains("Somebody has invited you").Contains("Supervisor").Contains(mia).Contains("12 characters")
		if got := a.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("the referrer policy is %q", got)
		}
		german := s.Browser()
		german.Header.Set("Accept-Language", "de-AT, en;q=0.5")
		german.Get("/invitations/accept?token=" + token).Want(200).Contains("Halden Energy beitreten")
		if s.Sum(apptest.BySealer...) != before {
			t.Error("looking has changed rows")
		}
		b.Form("/invitations/accept", "token", token, "password", "short").Want(422).Contains(`aria-invalid="true"`)
		b.Form("/invitations/accept", "token", token, "password", apptest.Password, "display_name", "Mia").Want(303)
		if got := o.belongs(b); got != "supervisor" {
			t.Errorf("she is %q", got)
		}
	})
}

func TestWhoHasAnAccountSignsInOnTheWay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		s.Join(mia)
		_, token := o.invites(mia, "agent")
		b := s.Browser()
		b.Get("/invitations/accept?token=" + token).Want(200).Contains("Sign in to join")
		b.Form("/invitations/accept", "token", token, "password", apptest.Password).Want(403)
		a := b.Form("/invitations/sign-in", "token", token).Want(303)
		if to := a.Header.Get("Location"); to != "/sign-in?return_to=%2Finvitations%2Faccept" {
			t.Errorf("it leads to %s", to)
		}
		c := a.Cookie("np-invitation")
		if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 {
			t.Errorf("the cookie is %+v", c)
		}
		to := b.Form("/sign-in", "email", mia, "password", apptest.Password, "return_to", "/invitations/accept").Want(303).Header.Get("Location")
		b.Get(to).Want(200).Contains("Join Halden Energy").Contains(token)
		gone := b.Form("/invitations/accept", "token", token).Want(303).Cookie("np-invitation")
		if gone == nil || gone.MaxAge >= 0 {
			t.Errorf("the cookie stays: %+v", gone)
		}
		if got := o.belongs(b); got != "agent" {
			t.Errorf("she is %q", got)
		}
	})
}

func TestSomebodyElseSignsOutAndGoesOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		_, token := o.invites(mia, "agent")
		shared := s.Join("other@example.com")
		before := shared.Copy()
		shared.Get("/invitations/accept?token=" + token).Want(200).Contains("Sign out and go on")
		shared.Form("/invitations/accept", "token", token, "password", apptest.Password).Want(403)
		if to := shared.Form("/invitations/sign-in", "token", token).Want(303).Header.Get("Location"); to != "/invitations/accept" {
			t.Errorf("it leads to %s", to)
		}
		before.Get("/v1/me").Refused(401, "unauthenticated")
		shared.Get("/invitations/accept").Want(200).Contains(mia)
		shared.Form("/invitations/accept", "token", token, "password", apptest.Password).Want(303)
		if got := o.belongs(shared.Browser); got != "agent" {
			t.Errorf("she is %q", got)
		}
	})
}
