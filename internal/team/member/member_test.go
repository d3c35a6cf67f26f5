package member_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

type fields = map[string]any

// crew is an organization with somebody in each role.
type crew struct {
	s                                         *apptest.Server
	org                                       string
	owner, admin, supervisor, agent, billing_ apptest.Somebody
}

func assemble(s *apptest.Server) crew {
	c := crew{s: s, org: s.Organization("Halden")}
	for role, to := range map[identity.Role]*apptest.Somebody{
		identity.Owner: &c.owner, identity.Admin: &c.admin, identity.Supervisor: &c.supervisor, identity.Agent: &c.agent, identity.Billing: &c.billing_,
	} {
		*to = s.Member(string(role)+"@halden.example", c.org, role)
		to.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "The " + string(role)}).Want(200)
	}
	return c
}

func (c crew) members() string                { return "/v1/orgs/" + c.org + "/members" }
func (c crew) of(who apptest.Somebody) string { return c.members() + "/" + who.ID }

func (c crew) give(by, to apptest.Somebody, role string) apptest.Answer {
	return by.JSON(http.MethodPatch, c.of(to), fields{"role": role})
}

func names(a apptest.Answer) (all []string) {
	for _, it := range a.Want(200).Map()["items"].([]any) {
		all = append(all, it.(fields)["display_name"].(string))
	}
	return all
}

func TestMembersAreListedByNameAndFoundByPartsOfIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		if got := names(c.agent.Get(c.members())); !slices.Equal(got, []string{"The admin", "The agent", "The billing", "The owner", "The supervisor"}) {
			t.Errorf("%v", got)
		}
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Tomás 100% Ünal_x"}).Want(200)
		for q, want := range map[string]int{"tomas": 1, "UNAL": 1, "ünal": 1, "the": 4, "100%25": 1, "%25": 1, "_x": 1, "_": 1, "zzz": 0, "T%C3%B3mas": 1, "owner@halden": 1, "%5C": 0} {
			if got := names(c.owner.Get(c.members() + "?q=" + q)); len(got) != want {
				t.Errorf("%q finds %v", q, got)
			}
		}
		if got := names(c.agent.Get(c.members() + "?q=owner@halden")); len(got) != 0 {
			t.Errorf("an agent finds %v by an address", got)
		}
		if got := names(c.owner.Get(c.members() + "?role=admin")); !slices.Equal(got, []string{"The admin"}) {
			t.Errorf("%v", got)
		}
		c.owner.Get(c.members()+"?role=boss").Refused(422, "validation_failed", "role")
		c.billing_.Get(c.members()).Refused(403, "forbidden")
	})
}

func TestNamesThatArePrivateFindNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Mei", "first_name": "Meihua", "last_name": "Chen"}).Want(200)
		find := func(q string) int { return len(names(c.owner.Get(c.members() + "?q=" + q))) }
		if find("chen") != 1 || find("meihua") != 1 {
			t.Error("what the team may see is not found")
		}
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"visibility": fields{"last_name": "private", "full_name": "private"}}).Want(200)
		if find("chen") != 0 || find("meihua") != 1 {
			t.Error("a private name is found, or one that is not is lost")
		}
	})
}

func TestAMemberIsFoundByTheNewAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		since := s.Clock.Now()
		change := func(do func(tx *db.Tx) error) {
			t.Helper()
			if err := s.DB.Tx(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		found := func(q string) int { return len(names(c.owner.Get(c.members() + "?q=" + q))) }
		s.Clock.Advance(time.Second)
		change(func(tx *db.Tx) error {
			_, err := identity.SetPrimaryEmail(t.Context(), tx, c.agent.ID, "mei@new.example", s.Clock.Now())
			return err
		})
		if found("mei@new") != 1 || found("agent@halden") != 0 {
			t.Error("the list goes by the address before")
		}
		change(func(tx *db.Tx) error {
			return identity.RestoreEmail(t.Context(), tx, c.agent.ID, c.agent.Address, true, since.Add(time.Millisecond))
		})
		if found("mei@new") != 0 || found("agent@halden") != 1 {
			t.Error("the list goes by the address that was put back from")
		}
	})
}

func TestTheListComesInPagesAndTakesNoForgedCursor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		var got []string
		path, cursor := c.members()+"?limit=2", ""
		for range 3 {
			a := c.owner.Get(path + cursor).Want(200)
			got = append(got, names(a)...)
			next, _ := a.Map()["next_cursor"].(string)
			cursor = "&cursor=" + next
			if strings.Contains(next, c.owner.ID) || strings.Contains(next, "agent") {
				t.Errorf("the cursor tells something: %s", next)
			}
			if len(got) == 5 && next != "" || len(got) < 5 && next == "" {
				t.Errorf("after %d: %q", len(got), next)
			}
		}
		if len(got) != 5 || len(slices.Compact(got)) != 5 {
			t.Errorf("%v", got)
		}
		a := c.owner.Get(path).Want(200).Map()["next_cursor"].(string)
		for _, forged := range []string{"x", "AAAA", a[1:], a + "A", c.owner.ID, "%00", strings.Repeat("A", 5000)} {
			c.owner.Get(c.members()+"?cursor="+forged).Refused(400, "malformed_request")
		}
		elsewhere := s.Member("x@example.net", s.Organization("Elsewhere"), identity.Owner)
		mine := elsewhere.Get("/v1/orgs").Map()["items"].([]any)[0].(fields)["id"].(string)
		elsewhere.Get("/v1/orgs/"+mine+"/members?cursor="+a).Refused(400, "malformed_request")
		for _, limit := range []string{"0", "-1", "201", "1000000000", "x"} {
			c.owner.Get(c.members()+"?limit="+limit).Refused(422, "validation_failed")
		}
	})
}

func TestWhatASeesOfBDependsOnTheRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{
			"bio": "Team words", "phone": "+47 22 34 56 78", "pronouns": "they/them", "designation": "Advisor",
			"visibility": fields{"pronouns": "private", "designation": "private"},
		}).Want(200)
		team, admin := c.supervisor.Get(c.of(c.agent)).Want(200).Map(), c.admin.Get(c.of(c.agent)).Want(200).Map()
		for _, m := range []fields{team, admin} {
			if m["bio"] != "Team words" || m["phone"] != nil || m["pronouns"] != nil || m["role"] != "agent" || m["id"] != c.agent.ID || m["user"] != c.agent.ID {
				t.Errorf("%v", m)
			}
		}
		if team["designation"] != "" || admin["designation"] != "Advisor" {
			t.Errorf("designations %v and %v", team["designation"], admin["designation"])
		}
		for _, f := range []string{"email", "state", "second_factor", "sessions", "last_sign_in_at"} {
			if team[f] != nil {
				t.Errorf("the team sees %s", f)
			}
		}
		if admin["email"] != c.agent.Address || admin["state"] != "active" || admin["second_factor"] != false || admin["sessions"] != 1.0 {
			t.Errorf("%v", admin)
		}
		s.Protect(c.agent)
		if m := c.owner.Get(c.of(c.agent)).Map(); m["second_factor"] != true {
			t.Errorf("%v", m)
		}
		err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			p := policy.Policies{Clock: s.Clock, Journal: s.Journal}
			actor := identity.Actor{Operator: true, Origin: identity.Command}
			return p.Set(t.Context(), tx, actor, policy.Scope{OrganizationID: c.org}, "fields.bio.visibility", []byte(`"private"`))
		})
		if err != nil {
			t.Fatal(err)
		}
		if m := c.supervisor.Get(c.of(c.agent)).Map(); m["bio"] != nil {
			t.Errorf("what the organization pins as private is shown: %v", m)
		}
		c.supervisor.Get(c.members()+"/usr_01h455vb4pex5vsknk084sn02q").Refused(404, "no_such_member")
	})
}

func TestTheLadderOfRoles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		other := s.Member("other@halden.example", c.org, identity.Owner)
		for _, by := range []apptest.Somebody{c.supervisor, c.agent, c.billing_} {
			c.give(by, c.agent, "supervisor").Refused(403, "forbidden")
			by.Delete(c.of(c.admin)).Refused(403, "forbidden")
			for _, act := range []string{"/sign-out", "/reset-link", "/reset-factors"} {
				by.JSON(http.MethodPost, c.of(c.agent)+act, "{}").Refused(403, "forbidden")
			}
		}
		before := s.Rows()
		c.give(c.admin, c.owner, "agent").Refused(403, "forbidden")
		c.give(c.admin, c.agent, "owner").Refused(403, "forbidden")
		c.give(c.admin, c.admin, "owner").Refused(403, "forbidden")
		c.admin.JSON(http.MethodPatch, c.of(c.owner), fields{"designation": "Clown"}).Refused(403, "forbidden")
		c.admin.Delete(c.of(c.owner)).Refused(403, "forbidden")
		for _, act := range []string{"/sign-out", "/reset-link", "/reset-factors"} {
			c.admin.JSON(http.MethodPost, c.of(c.owner)+act, "{}").Refused(403, "forbidden")
		}
		c.owner.JSON(http.MethodPost, c.of(other)+"/reset-factors", "{}").Refused(403, "forbidden")
		c.admin.JSON(http.MethodPost, c.of(c.admin)+"/reset-factors", "{}").Refused(403, "forbidden")
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		c.give(c.owner, c.agent, "boss").Refused(422, "validation_failed", "role")
		if m := c.give(c.admin, c.agent, "supervisor").Want(200).Map(); m["role"] != "supervisor" {
			t.Errorf("%v", m)
		}
		c.give(c.owner, c.agent, "owner").Want(200)
		if mail := s.Letter(c.agent.Address); !strings.Contains(mail.Text, "The owner") || mail.Kind != "member.role_changed" {
			t.Errorf("%+v", mail)
		}
		c.agent.Get("/settings/organization/" + c.org + "/delete").Want(200)
		c.give(c.agent, c.owner, "agent").Want(200)
		c.give(c.owner, c.admin, "owner").Refused(403, "forbidden")
	})
}

func TestARoleNeedsAFreshProofAndAPresentState(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		tag := c.owner.Get(c.of(c.agent)).Header.Get("ETag")
		with := c.owner.Copy()
		with.Header.Set("If-Match", tag)
		with.JSON(http.MethodPatch, c.of(c.agent), fields{"designation": "Advisor"}).Want(200)
		with.JSON(http.MethodPatch, c.of(c.agent), fields{"role": "supervisor"}).Refused(412, "precondition_failed")
		s.Clock.Advance(session.ProofLife)
		c.give(c.owner, c.agent, "supervisor").Refused(403, "reauthentication_required")
		c.owner.JSON(http.MethodPost, c.of(c.agent)+"/reset-factors", "{}").Refused(403, "reauthentication_required")
		c.give(c.agent, c.owner, "supervisor").Refused(403, "forbidden")
		c.owner.JSON(http.MethodPost, c.of(c.agent)+"/sign-out", "{}").Want(204)
	})
}

func TestNobodyWritesAnothersNamesOrSecrets(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		columns, err := s.DB.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		foreign := map[string]bool{}
		for _, table := range columns {
			for _, name := range table {
				foreign[name] = true
			}
		}
		for _, name := range []string{"emails", "password", "avatar", "full_name", "owner", "is_admin", "channels", "capacity", "Role", "organization", "memberships"} {
			foreign[name] = true
		}
		delete(foreign, "role")
		delete(foreign, "designation")
		delete(foreign, "phone")
		delete(foreign, "email")
		before := s.Rows()
		for name := range foreign {
			c.owner.JSON(http.MethodPatch, c.of(c.agent), fields{name: "x"}).Refused(422, "validation_failed", name)
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

// roles counts the owners who can sign in.
func owners(t *testing.T, s *apptest.Server, org string) (n int) {
	t.Helper()
	for _, row := range s.Rows()["memberships"] {
		if strings.Contains(row, org) && strings.Contains(row, "role=owner") {
			n++
		}
	}
	return n
}

func TestTheLastOwnerStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.give(c.owner, c.owner, "admin").Refused(409, "last_owner")
		c.owner.Delete(c.of(c.owner)).Refused(409, "last_owner")
		page := c.owner.Form("/settings/organization/"+c.org+"/leave", "a", "b").Want(422).Page()
		if !strings.Contains(page, "An organization needs an owner.") {
			t.Error("the page does not say why")
		}
		c.owner.Form("/settings/members/"+c.org+"/"+c.owner.ID+"/role", "role", "agent").Want(422).Contains("An organization needs an owner.")
		second := s.Member("second@halden.example", c.org, identity.Owner)
		c.owner.Delete(c.of(c.owner)).Want(204)
		second.Delete(c.of(second)).Refused(409, "last_owner")
		if n := owners(t, s, c.org); n != 1 {
			t.Errorf("%d owners", n)
		}
	})
}

// TestNoRaceLeavesAnOrganizationWithoutOwner lets all owners of an organization
// leave, demote themselves and demote each other at once.
func TestNoRaceLeavesAnOrganizationWithoutOwner(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		const rounds, crowd = 6, 16
		for round := range rounds {
			org := s.Organization("Race")
			c := crew{s: s, org: org}
			var all []apptest.Somebody
			for i := range crowd {
				all = append(all, s.Member(fmt.Sprintf("race%d-%d@halden.example", round, i), org, identity.Owner))
			}
			start := make(chan struct{})
			var group sync.WaitGroup
			do := func(b *apptest.Browser, method, path, body string) {
				group.Go(func() {
					<-start
					a, err := b.Try(b.Request(method, path, "application/json", strings.NewReader(body)))
					if err != nil || a.Status >= 500 {
						t.Errorf("%s %s: %d %v %s", method, path, a.Status, err, a.Body)
					}
				})
			}
			for i, one := range all {
				next := all[(i+1)%crowd]
				do(one.Copy(), http.MethodDelete, c.of(one), "")
				do(one.Copy(), http.MethodPatch, c.of(one), `{"role":"agent"}`)
				do(one.Copy(), http.MethodPatch, c.of(next), `{"role":"admin"}`)
				do(one.Copy(), http.MethodDelete, c.of(next), "")
			}
			close(start)
			group.Wait()
			if n := owners(t, s, org); n != 1 {
				t.Fatalf("round %d: %d owners are left", round, n)
			}
		}
	})
}

func TestARightThatIsLostIsLostAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		for range 8 {
			var group sync.WaitGroup
			statuses := make(chan int, 2)
			promote := func(b *apptest.Browser, method, path, body string) {
				group.Go(func() {
					a, err := b.Try(b.Request(method, path, "application/json", strings.NewReader(body)))
					if err != nil {
						t.Error(err)
					}
					statuses <- a.Status
				})
			}
			promote(c.owner.Copy(), http.MethodPatch, c.of(c.admin), `{"role":"agent"}`)
			promote(c.admin.Copy(), http.MethodPatch, c.of(c.agent), `{"role":"admin"}`)
			group.Wait()
			first, second := <-statuses, <-statuses
			if first >= 500 || second >= 500 {
				t.Fatal(first, second)
			}
			c.give(c.admin, c.billing_, "agent").Refused(403, "forbidden")
			c.give(c.owner, c.admin, "admin").Want(200)
			c.give(c.owner, c.agent, "agent").Want(200)
		}
	})
}

func TestWhoeverIsRemovedIsOutAtOnceAndStaysAPerson(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		own := c.agent.JSON(http.MethodPost, "/v1/orgs", fields{"name": "Own"}).Want(201).Map()["id"].(string)
		c.agent.JSON(http.MethodPut, "/v1/session/organization", fields{"organization": c.org}).Want(200)
		live := s.Browser().Open("/v1/cards/" + c.agent.ID + "/live?organization=" + c.org)
		live.Next()
		c.admin.Delete(c.of(c.agent)).Want(204)
		if event := live.Next(); !strings.Contains(event, "gone") {
			t.Errorf("the card of the organization is still there: %s", event)
		}
		c.agent.Get(c.members()).Refused(404, "not_found")
		me := c.agent.Get("/v1/me").Want(200).Map()["memberships"].([]any)
		if len(me) != 1 || me[0].(fields)["organization"].(fields)["id"] != own {
			t.Errorf("%v", me)
		}
		c.agent.Get("/settings/organization").Want(200).Contains("Own")
		if mail := s.Letter(c.agent.Address); mail.Kind != "member.left" || !strings.Contains(mail.Text, "Halden") {
			t.Errorf("%+v", mail)
		}
		c.admin.Delete(c.of(c.agent)).Refused(404, "no_such_member")
		c.supervisor.Delete(c.of(c.supervisor)).Want(204)
	})
}

func TestAnAdminHelpsWithSigningIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.admin.JSON(http.MethodPost, c.of(c.agent)+"/sign-out", "{}").Want(204)
		c.agent.Get("/v1/me").Want(401)
		if mail := s.Letter(c.agent.Address); !strings.Contains(mail.Text, "The admin") {
			t.Errorf("%s", mail.Text)
		}
		a := c.admin.JSON(http.MethodPost, c.of(c.agent)+"/reset-link", "{}").Want(202)
		token := apptest.TokenIn(s.Letter(c.agent.Address))
		if token == "" || strings.Contains(string(a.Body), token) {
			t.Errorf("the link is %q, the answer %s", token, a.Body)
		}
		s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": token, "new_password": apptest.Password}).Want(204)
		for range 8 {
			c.admin.JSON(http.MethodPost, c.of(c.agent)+"/reset-link", "{}").Want(202)
		}
		sent := 0
		for _, m := range s.Letters(c.agent.Address) {
			if m.Kind == "password.reset" {
				sent++
			}
		}
		if sent > 5 {
			t.Errorf("%d mails with a link were sent within an hour", sent)
		}
	})
}

func TestSecondFactorsAreTakenAwayWithANoticeAndOnlyWhereThePersonBelongs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		c.admin.JSON(http.MethodPost, c.of(c.agent)+"/reset-factors", "{}").Refused(409, "no_factor")
		phone := s.Protect(c.agent)
		s.Clock.Advance(time.Second)
		c.admin.JSON(http.MethodPost, c.of(c.agent)+"/reset-factors", "{}").Want(204)
		c.agent.Get("/v1/me").Want(401)
		mail := s.Letter(c.agent.Address)
		if mail.Kind != "factors.reset" || !strings.Contains(apptest.LinkIn(mail), "/revert?token=") || !strings.Contains(mail.Text, "The admin of Halden") {
			t.Errorf("%+v", mail)
		}
		rows := s.Rows()
		if len(rows["factors"])+len(rows["backup_codes"]) != 0 {
			t.Errorf("left: %v %v, %v", rows["factors"], rows["backup_codes"], phone.Backup)
		}
		back := apptest.Somebody{Browser: s.Enter(c.agent.ID, session.Full), ID: c.agent.ID, Address: c.agent.Address}
		s.Protect(back)
		back.JSON(http.MethodPost, "/v1/orgs", fields{"name": "Own"}).Want(201)
		before := s.Rows()
		c.owner.JSON(http.MethodPost, c.of(back)+"/reset-factors", "{}").Refused(409, "member_elsewhere")
		if changed := apptest.Changed(before, s.Rows(), append(apptest.BySealer, "sessions")...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func TestEachActStandsInTheTrailOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		entries := func(action string) (n int) {
			rows := s.Rows()
			for _, r := range append(rows["journal"], rows["journal_inbox"]...) {
				if strings.Contains(r, "action="+action+" ") && strings.Contains(r, "trail="+c.org+" ") {
					n++
				}
			}
			return n
		}
		c.give(c.owner, c.agent, "supervisor").Want(200)
		c.give(c.owner, c.agent, "supervisor").Want(200)
		c.owner.JSON(http.MethodPost, c.of(c.agent)+"/sign-out", "{}").Want(204)
		c.owner.JSON(http.MethodPost, c.of(c.agent)+"/reset-link", "{}").Want(202)
		c.owner.Delete(c.of(c.agent)).Want(204)
		c.owner.Delete(c.of(c.agent)).Want(404)
		for _, action := range []string{"member.role_changed", "session.ended_by_admin", "password.reset_sent", "member.left"} {
			if n := entries(action); n != 1 {
				t.Errorf("%s stands there %d times", action, n)
			}
		}
	})
}

func TestPageAndAPIDriveOneChangeTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := assemble(s)
		list := c.admin.Get("/settings/members?q=agent&role=agent").Want(200).Page()
		if !strings.Contains(list, "The agent") || strings.Contains(list, "The supervisor<") || !strings.Contains(list, c.agent.Address) {
			t.Error("the page does not find who was looked for")
		}
		if page := c.agent.Get("/settings/members").Want(200).Page(); strings.Contains(page, c.owner.Address) {
			t.Error("an agent sees an address")
		}
		c.admin.Form("/settings/members/"+c.org+"/"+c.agent.ID+"/designation", "designation", "Advisor").Want(303)
		c.admin.Form("/settings/members/"+c.org+"/"+c.agent.ID+"/role", "role", "supervisor").Want(303)
		c.admin.Get("/settings/members/" + c.agent.ID).Want(200).Contains("The role is changed")
		if m := c.owner.Get(c.of(c.agent)).Map(); m["role"] != "supervisor" || m["designation"] != "Advisor" {
			t.Errorf("%v", m)
		}
		page := c.agent.Get("/settings/members/" + c.owner.ID).Want(200).Page()
		for _, no := range []string{c.owner.Address, "Change role", "Sign-in", "Remove"} {
			if strings.Contains(page, no) {
				t.Errorf("a supervisor sees %q", no)
			}
		}
		c.admin.Form("/settings/members/"+c.org+"/"+c.owner.ID+"/role", "role", "agent").Want(403)
		c.admin.Get("/settings/members?cursor=x").Want(422)
		c.admin.Get("/settings/members?q=nobodyatall").Want(200).Contains("Nobody found.")
		c.owner.Form("/settings/members/"+c.org+"/"+c.agent.ID+"/remove", "a", "b").Want(303)
		c.owner.Get("/settings/members").Want(200).Contains("The person was removed")
	})
}
