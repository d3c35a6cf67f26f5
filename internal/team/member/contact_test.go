package member_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

const (
	freshPhone   = "+4722345678"
	freshAddress = "mei.tanaka@halden.example"
)

// managed is a crew whose organization has phones and addresses in its hands,
// and has verified a domain.
func managed(s *apptest.Server) crew {
	c := assemble(s)
	s.Rule(c.org, "phone_change", `"readonly"`)
	s.Rule(c.org, "email_change", `"readonly"`)
	s.Members.Domains = func(_ context.Context, _ db.Q, organizationID string) ([]string, error) {
		if organizationID != c.org {
			return nil, nil
		}
		return []string{"halden.example"}, nil
	}
	return c
}

func (c crew) set(by, to apptest.Somebody, what fields) apptest.Answer {
	return by.JSON(http.MethodPatch, c.of(to), what)
}

func TestAPhoneIsChangedByTheOrganizationWhereTheRulesSaySo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"phone": "+4722000000"}).Want(200)
		c.set(c.admin, c.agent, fields{"phone": freshPhone}).Refused(403, "held_by_person")
		if m := c.admin.Get(c.of(c.agent)).Map(); m["phone"] != nil {
			t.Errorf("a private phone is shown: %v", m)
		}
		for _, rule := range []string{`"readonly"`, `"request"`} {
			s.Rule(c.org, "phone_change", rule)
			c.set(c.admin, c.agent, fields{"phone": "22 34"}).Refused(422, "validation_failed", "phone")
			m := c.set(c.admin, c.agent, fields{"phone": "+47 22 34 56 78"}).Want(200).Map()
			if m["phone"] != freshPhone {
				t.Errorf("%v", m)
			}
			c.set(c.admin, c.agent, fields{"phone": nil}).Want(200)
		}
		if mail := s.Letter(c.agent.Address); mail.Kind != "member.phone_changed" || !strings.Contains(mail.Text, "The admin of Halden") || strings.Contains(mail.Text, freshPhone) {
			t.Errorf("%+v", mail)
		}
		if m := c.supervisor.Get(c.of(c.agent)).Map(); m["phone"] != nil || m["changeable"] != nil {
			t.Errorf("the team sees %v", m)
		}
		for _, by := range []apptest.Somebody{c.supervisor, c.agent, c.billing_} {
			c.set(by, c.agent, fields{"phone": freshPhone}).Refused(403, "forbidden")
		}
		c.set(c.admin, c.owner, fields{"phone": freshPhone}).Refused(403, "forbidden")
		c.set(c.admin, c.admin, fields{"phone": freshPhone}).Refused(403, "managed_by_organization")
		s.Belong(c.agent, s.Organization("Elsewhere"), identity.Agent)
		c.set(c.admin, c.agent, fields{"phone": freshPhone}).Refused(409, "member_not_alone")
	})
}

func TestALockedDesignationIsNotLiftedForOneself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		s.Rule(c.org, "fields.designation.lock_for_roles", `["owner","admin"]`)
		c.set(c.admin, c.admin, fields{"designation": "Chief"}).Refused(403, "managed_by_organization")
		c.set(c.owner, c.admin, fields{"designation": "Team lead"}).Want(200)
		c.set(c.admin, c.agent, fields{"designation": "Advisor"}).Want(200)
		page := c.admin.Get("/settings/members/" + c.admin.ID).Want(200).Page()
		if strings.Contains(page, `name="designation"`) {
			t.Error("the page offers what is refused")
		}
	})
}

func TestNoAddressIsGivenWhileNoDomainIsVerified(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.set(c.admin, c.agent, fields{"email": freshAddress}).Refused(403, "held_by_person")
		s.Rule(c.org, "email_change", `"readonly"`)
		before := s.Rows()
		c.set(c.admin, c.agent, fields{"email": freshAddress}).Refused(409, "domain_not_verified")
		c.set(c.admin, c.agent, fields{"email": freshAddress, "role": "supervisor", "designation": "Boss"}).Refused(409, "domain_not_verified")
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func TestAnAddressIsGivenInAVerifiedDomainAndBothAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := managed(s)
		old := c.agent.Address
		c.agent.Get("/v1/me").Want(200)
		m := c.set(c.admin, c.agent, fields{"email": "Mei.Tanaka@HALDEN.example"}).Want(200).Map()
		if m["email"] != "Mei.Tanaka@halden.example" || m["sessions"] != 0.0 {
			t.Errorf("%v", m)
		}
		c.agent.Get("/v1/me").Refused(401, "unauthenticated")
		s.Browser().JSON(http.MethodPost, "/v1/session", fields{"email": old, "password": "x"}).Want(401)
		if mail := s.Letter("Mei.Tanaka@halden.example"); mail.Kind != "email.welcome" || strings.Contains(mail.Text, notice.Path) {
			t.Errorf("the new address gets %+v", mail)
		}
		told := s.Letter(old)
		if told.Kind != "email.changed" || !strings.Contains(told.Text, "The admin of Halden") {
			t.Fatalf("the old address gets %+v", told)
		}
		if got := names(c.owner.Get(c.members() + "?q=mei.tanaka@")); len(got) != 1 {
			t.Errorf("the new address finds %v", got)
		}
		s.Browser().Form(notice.Path, "token", apptest.TokenIn(told)).Want(200, 303)
		if m := c.admin.Get(c.of(c.agent)).Map(); m["email"] != old {
			t.Errorf("after the revert the address is %v", m["email"])
		}
	})
}

func TestWhoMayGiveWhomAnAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := managed(s)
		other := s.Member("second@halden.example", c.org, identity.Admin)
		before := s.Rows()
		for _, pair := range [][2]apptest.Somebody{{c.admin, c.owner}, {c.admin, other}, {c.admin, c.admin}, {c.owner, c.owner}, {c.supervisor, c.agent}, {c.agent, c.agent}, {c.billing_, c.agent}} {
			c.set(pair[0], pair[1], fields{"email": freshAddress}).Refused(403, "forbidden")
		}
		c.set(c.admin, c.agent, fields{"email": "x"}).Refused(422, "validation_failed", "email")
		c.set(c.admin, c.agent, fields{"email": c.owner.Address}).Refused(409, "email_taken")
		for _, address := range []string{"mei@elsewhere.example", "mei@sub.halden.example", "mei@halden.example.net"} {
			c.set(c.owner, c.agent, fields{"email": address}).Refused(409, "domain_not_verified")
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		s.Clock.Advance(session.ProofLife)
		c.set(c.owner, c.agent, fields{"email": freshAddress}).Refused(403, "reauthentication_required")
		fresh := s.Enter(c.owner.ID, session.Full)
		fresh.JSON(http.MethodPatch, c.of(other), fields{"email": freshAddress}).Want(200)
		s.Belong(c.agent, s.Organization("Elsewhere"), identity.Agent)
		fresh.JSON(http.MethodPatch, c.of(c.agent), fields{"email": "a@halden.example"}).Refused(409, "member_not_alone")
	})
}

func TestADomainThatIsLostMeanwhileGivesNoAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := managed(s)
		var asked atomic.Int32
		s.Members.Domains = func(context.Context, db.Q, string) ([]string, error) {
			if asked.Add(1) > 2 { // when the change begins, twice
				return nil, nil
			}
			return []string{"halden.example"}, nil
		}
		c.set(c.admin, c.agent, fields{"email": freshAddress}).Refused(409, "domain_not_verified")
		c.agent.Get("/v1/me").Want(200)
	})
}

func TestAChangeOfEverythingIsOneEntry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := managed(s)
		tag := c.owner.Get(c.of(c.agent)).Header.Get("ETag")
		entries := func() int { rows := s.Rows(); return len(rows["journal"]) + len(rows["journal_inbox"]) }
		before := entries()
		with := c.owner.Copy()
		with.Header.Set("If-Match", tag)
		all := fields{"email": freshAddress, "phone": freshPhone, "designation": "Advisor", "role": "supervisor"}
		m := with.JSON(http.MethodPatch, c.of(c.agent), all).Want(200).Map()
		for name, want := range all {
			if m[name] != want {
				t.Errorf("%s is %v, want %v", name, m[name], want)
			}
		}
		if n := entries() - before; n != 2 { // one in the organization's trail, one in the person's
			t.Errorf("%d entries", n)
		}
		with.JSON(http.MethodPatch, c.of(c.agent), fields{"phone": "+4722000000"}).Refused(412, "precondition_failed")
	})
}

func TestThePageShowsAndChangesWhatTheOrganizationHasInItsHands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		page, post := "/settings/members/"+c.agent.ID, "/settings/members/"+c.org+"/"+c.agent.ID+"/contact"
		got := c.admin.Get(page).Want(200).Page()
		if strings.Contains(got, `name="phone"`) || strings.Contains(got, `name="email"`) || !strings.Contains(got, "own hands") {
			t.Error("the page offers what is in the person's hands")
		}
		c.admin.Form(post, "phone", freshPhone).Want(403)
		s.Rule(c.org, "phone_change", `"request"`)
		c.admin.Form(post, "phone", "12").Want(422).Contains(`value="12"`)
		c.admin.Form(post, "phone", freshPhone).Want(303)
		c.admin.Get(page).Want(200).Contains(freshPhone)
		s.Rule(c.org, "email_change", `"readonly"`)
		c.admin.Get(page).Want(200).Contains("no domain yet")
		c.admin.Form(post, "phone", freshPhone, "email", freshAddress).Want(422).Contains("not verified")
		s.Members.Domains = func(context.Context, db.Q, string) ([]string, error) { return []string{"halden.example"}, nil }
		c.admin.Form(post, "phone", "", "email", "mei@elsewhere.example").Want(422).Contains("not verified")
		c.admin.Form(post, "phone", "", "email", freshAddress).Want(303)
		c.admin.Get(page).Want(200).Contains(freshAddress).Contains("In halden.example.")
	})
}
