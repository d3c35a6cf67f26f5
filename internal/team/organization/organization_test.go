package organization_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

type fields = map[string]any

// staffed is an organization with an owner, an admin, an agent and somebody for
// the bills.
type staffed struct {
	s                            *apptest.Server
	org                          string
	owner, admin, agent, billing apptest.Somebody
}

func staff(s *apptest.Server) staffed {
	org := s.Organization("Halden")
	member := func(role identity.Role) apptest.Somebody {
		return s.Member(string(role)+"@halden.example", org, role)
	}
	return staffed{s, org, member(identity.Owner), member(identity.Admin), member(identity.Agent), member(identity.Billing)}
}

func (c staffed) path() string { return "/v1/orgs/" + c.org }

func (c staffed) patch(by apptest.Somebody, body any) apptest.Answer {
	return by.JSON(http.MethodPatch, c.path(), body)
}

func TestDetailsAreSavedByFieldAndReadByEverybodyInIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		first := c.patch(c.admin, fields{
			"name": "  Halden Energy ", "phone": "+47 22 34 56 00", "website": "https://halden.example", "time_zone": "Europe/Oslo",
			"address":     fields{"line1": "Tollbugata 14", "postal_code": "0152", "city": "Oslo", "country": "NO"},
			"role_labels": fields{"owner": "Account holder"},
		}).Want(200)
		c.patch(c.admin, fields{"address": fields{"line2": "3rd floor"}, "role_labels": fields{"admin": "Administrator"}}).Want(200)
		for _, who := range []apptest.Somebody{c.owner, c.admin, c.agent, c.billing} {
			m := who.Get(c.path()).Want(200).Map()
			if m["name"] != "Halden Energy" || m["phone"] != "+4722345600" || m["website"] != "https://halden.example" || m["time_zone"] != "Europe/Oslo" {
				t.Errorf("%v", m)
			}
			if a := m["address"].(fields); a["line1"] != "Tollbugata 14" || a["line2"] != "3rd floor" || a["country"] != "NO" {
				t.Errorf("%v", a)
			}
			if l := m["role_labels"].(fields); l["owner"] != "Account holder" || l["admin"] != "Administrator" {
				t.Errorf("%v", l)
			}
			if e := m["editors"].([]any); len(e) != 2 || e[0].(fields)["role"] != "owner" {
				t.Errorf("%v", e)
			}
		}
		if label := c.owner.Get("/v1/me").Map()["memberships"].([]any)[0].(fields)["role_label"]; label != "Account holder" {
			t.Errorf("the label is %v", label)
		}
		c.patch(c.admin, fields{"address": nil, "role_labels": nil, "phone": nil}).Want(200)
		m := c.agent.Get(c.path()).Map()
		if m["phone"] != "" || m["address"].(fields)["line1"] != "" || len(m["role_labels"].(fields)) != 0 || m["website"] == "" {
			t.Errorf("null did not empty what it should: %v", m)
		}
		with := c.admin.Copy()
		with.Header.Set("If-Match", first.Header.Get("ETag"))
		with.JSON(http.MethodPatch, c.path(), fields{"phone": "+4722345601"}).Refused(412, "precondition_failed")
	})
}

func TestANewNameIsOnTheCardAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		live := s.Browser().Open("/v1/cards/" + c.agent.ID + "/live")
		live.Next()
		c.patch(c.owner, fields{"name": "Haldenstrom"}).Want(200)
		if event := live.Next(); !strings.Contains(event, "Haldenstrom") {
			t.Error(event)
		}
	})
}

func TestBillingIsForOwnersAndTheBillingRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		bill := fields{"billing": fields{"name": "Halden AS", "email": "invoice@halden.example", "tax_id": "918 273 645 MVA", "address": fields{"country": "NO"}}}
		c.patch(c.billing, bill).Want(200)
		c.patch(c.owner, fields{"billing": fields{"address": fields{"city": "Oslo"}}}).Want(200)
		before := s.Rows()
		c.patch(c.admin, bill).Refused(403, "forbidden")
		c.patch(c.admin, fields{"billing": nil}).Refused(403, "forbidden")
		c.patch(c.billing, fields{"name": "Mine"}).Refused(403, "forbidden")
		c.patch(c.agent, bill).Refused(403, "forbidden")
		c.patch(c.agent, fields{}).Refused(403, "forbidden")
		c.admin.Form("/settings/organization/"+c.org+"/save/billing", "version", "3", "billing.name", "x").Want(403)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		for who, sees := range map[*apptest.Browser]bool{c.owner.Browser: true, c.billing.Browser: true, c.admin.Browser: false, c.agent.Browser: false} {
			m := who.Get(c.path()).Map()
			if (m["billing"] != nil) != sees {
				t.Errorf("%v", m)
			}
			if page := who.Get("/settings/organization").Want(200).Page(); strings.Contains(page, "918 273 645") != sees {
				t.Error("the page shows billing to the wrong people")
			}
		}
	})
}

func TestWhatIsWrongIsToldFieldByField(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		before := s.Rows()
		for name, body := range map[string]fields{
			"name":                {"name": " "},
			"email":               {"email": "nobody"},
			"phone":               {"phone": "12"},
			"website":             {"website": "javascript:alert(1)"},
			"time_zone":           {"time_zone": "Mars/Base"},
			"address.country":     {"address": fields{"country": "no"}},
			"address.postal_code": {"address": fields{"country": "NO", "postal_code": "015"}},
			"address.region":      {"address": fields{"country": "US", "region": "Bavaria"}},
			"address.line1":       {"address": fields{"line1": strings.Repeat("x", 101)}},
			"address.city":        {"address": fields{"city": "a\u202eb"}},
			"billing.email":       {"billing": fields{"email": "a@b@c"}},
			"billing.tax_id":      {"billing": fields{"tax_id": "12", "address": fields{"country": "DE"}}},
			"role_labels.boss":    {"role_labels": fields{"boss": "Boss"}},
			"role_labels.owner":   {"role_labels": fields{"owner": strings.Repeat("x", 33)}},
			"owner":               {"owner": true},
			"logo":                {"logo": "https://evil.example/x.svg"},
			"address.street":      {"address": fields{"street": "x"}},
			"Name":                {"Name": "x"},
			"email_verified":      {"email_verified": true},
			"billing.stripe_id":   {"billing": fields{"stripe_id": "x"}},
		} {
			c.patch(c.owner, body).Refused(422, "validation_failed", name)
		}
		for _, bad := range []string{"halden", "ftp://halden.example", "https://", "https://user@halden.example", "https://localhost", "//halden.example", "https://a b.example"} {
			c.patch(c.owner, fields{"website": bad}).Refused(422, "validation_failed", "website")
		}
		c.patch(c.owner, fields{"phone": "x", "website": "x"}).Refused(422, "validation_failed", "phone", "website")
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		for _, good := range []fields{
			{"address": fields{"country": "US", "region": "CA", "postal_code": "94103-1234"}}, {"address": fields{"country": "DE", "region": "Bavaria", "postal_code": "80331"}},
			{"address": fields{"country": "AE", "region": "Anything", "postal_code": "none"}}, {"billing": fields{"tax_id": "DE 123 456 789", "address": fields{"country": "DE"}}},
			{"billing": fields{"tax_id": "ATU12345678"}}, {"billing": fields{"tax_id": "12-3456789", "address": fields{"country": "US"}}},
		} {
			c.patch(c.owner, good).Want(200)
		}
	})
}

func TestTheAddressIsVerifiedByTheCodeThatWentThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		const to = "hello@halden.example"
		verify := func(by apptest.Somebody, code string) apptest.Answer {
			return by.JSON(http.MethodPost, c.path()+"/email/verify", fields{"code": code})
		}
		verify(c.admin, "123456").Refused(409, "organization_email_settled")
		if m := c.patch(c.admin, fields{"email": to}).Want(200).Map(); m["email"] != to || m["email_verified"] != false {
			t.Errorf("%v", m)
		}
		code := apptest.CodeIn(s.Letter(to))
		verify(c.agent, code).Refused(403, "forbidden")
		verify(c.admin, "000000").Refused(422, "validation_failed", "code")
		if m := verify(c.admin, code).Want(200).Map(); m["email_verified"] != true {
			t.Errorf("%v", m)
		}
		verify(c.admin, code).Refused(409, "organization_email_settled")
		c.patch(c.admin, fields{"email": "other@halden.example"}).Want(200)
		verify(c.admin, code).Refused(422, "validation_failed", "code")
		old := apptest.CodeIn(s.Letter("other@halden.example"))
		c.admin.JSON(http.MethodPost, c.path()+"/email/code", "{}").Want(202)
		verify(c.admin, old).Refused(422, "validation_failed", "code")
		c.admin.Form("/settings/organization/"+c.org+"/email/verify", "code", apptest.CodeIn(s.Letter("other@halden.example"))).Want(303)
		c.admin.Get("/settings/organization").Want(200).Contains("The address is verified")
		if m := c.admin.Get(c.path()).Map(); m["email_verified"] != true {
			t.Errorf("%v", m)
		}
		for i := range 2 {
			c.patch(c.admin, fields{"email": fmt.Sprintf("a%d@halden.example", i)}).Want(200)
		}
		c.patch(c.admin, fields{"email": "victim@example.net"}).Refused(429, "too_many_requests")
	})
}

func TestPageAndAPIDriveOneChangeTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		version := strings.Trim(c.patch(c.owner, fields{"name": "Halden Energy"}).Header.Get("ETag"), `"`)
		save := func(part string, pairs ...string) apptest.Answer {
			return c.owner.Form("/settings/organization/"+c.org+"/save/"+part, append([]string{"version", version}, pairs...)...)
		}
		save("address", "address.country", "NO", "address.postal_code", "015").Want(422).Contains("Postal codes in Norway look like 0152")
		save("address", "address.country", "NO", "address.postal_code", "0152", "address.city", "Oslo", "name", "Hacked").Want(303)
		if m := c.agent.Get(c.path()).Map(); m["address"].(fields)["postal_code"] != "0152" || m["name"] != "Halden Energy" {
			t.Errorf("%v", m)
		}
		save("details", "name", "Late").Want(422).Contains(`value="Late"`)
		c.agent.Get("/settings/organization").Want(200).Contains("0152 Oslo")
		c.agent.Form("/settings/organization/"+c.org+"/save/details", "version", "1", "name", "x").Want(403)
	})
}

func TestSavesAtTheSameTimeLoseNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		bodies := []string{`{"phone":"+4722345600"}`, `{"website":"https://halden.example"}`, `{"time_zone":"Europe/Oslo"}`, `{"address":{"city":"Oslo"}}`, `{"billing":{"name":"X"}}`, `{"role_labels":{"agent":"Crew"}}`}
		var group sync.WaitGroup
		for _, body := range bodies {
			group.Go(func() {
				b := c.owner.Copy()
				if a, err := b.Try(b.Request(http.MethodPatch, c.path(), "application/json", strings.NewReader(body))); err != nil || a.Status != 200 {
					t.Errorf("%d %v %s", a.Status, err, a.Body)
				}
			})
		}
		group.Wait()
		m := c.owner.Get(c.path()).Map()
		if m["phone"] == "" || m["website"] == "" || m["time_zone"] == "" || m["address"].(fields)["city"] == "" || m["billing"].(fields)["name"] == "" || len(m["role_labels"].(fields)) != 1 {
			t.Errorf("%v", m)
		}
	})
}

func TestAnybodyMakesOrganizationsUpToABound(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		me.JSON(http.MethodPost, "/v1/orgs", fields{"name": ""}).Refused(422, "validation_failed", "name")
		var group sync.WaitGroup
		var mu sync.Mutex
		made := map[int]int{}
		for i := range 24 {
			group.Go(func() {
				b := me.Copy()
				a, err := b.Try(b.Request(http.MethodPost, "/v1/orgs", "application/json", strings.NewReader(fmt.Sprintf(`{"name":"Ada's %d"}`, i))))
				mu.Lock()
				defer mu.Unlock()
				if made[a.Status]++; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if !maps.Equal(made, map[int]int{201: 20, 409: 4}) {
			t.Errorf("%v", made)
		}
		me.JSON(http.MethodPost, "/v1/orgs", fields{"name": "One more"}).Refused(409, "too_many_organizations")
		all := me.Get("/v1/orgs?limit=15").Want(200).Map()
		rest := me.Get("/v1/orgs?cursor=" + all["next_cursor"].(string)).Want(200).Map()["items"].([]any)
		if n := len(all["items"].([]any)); n != 15 || len(rest) != 5 || rest[0].(fields)["role"] != "owner" {
			t.Errorf("%d and %d", n, len(rest))
		}
		me.Get("/v1/orgs?cursor=org_x").Refused(400, "malformed_request")
	})
}

func TestTheMainOrganizationIsOnTheCard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		other := c.agent.JSON(http.MethodPost, "/v1/orgs", fields{"name": "Other"}).Want(201).Map()["id"].(string)
		shown := func() any { return s.Browser().Get("/v1/cards/" + c.agent.ID).Map()["organization"].(fields)["id"] }
		if shown() != c.org {
			t.Error("the oldest is not the main one")
		}
		c.agent.JSON(http.MethodPut, "/v1/me/main-organization", fields{"organization": other}).Want(204)
		if shown() != other {
			t.Error("the card shows another one")
		}
		c.agent.Form("/settings/organizations/"+c.org+"/main", "a", "b").Want(303)
		if shown() != c.org {
			t.Error("the page has changed nothing")
		}
		foreign := s.Organization("Foreign")
		c.agent.JSON(http.MethodPut, "/v1/me/main-organization", fields{"organization": foreign}).Refused(404, "no_such_membership")
	})
}

func TestTheMenuSwitchesTheOrganization(t *testing.T) {
	s := apptest.OnSQLite(t)
	c := staff(s)
	other := c.agent.JSON(http.MethodPost, "/v1/orgs", fields{"name": "Other"}).Want(201).Map()["id"].(string)
	c.agent.Get("/settings/profile").Want(200).Contains(`action="/session/organization"`)
	a := c.agent.Form("/session/organization", "organization", other, "return_to", "/settings/sessions").Want(303)
	if a.Header.Get("Location") != "/settings/sessions" {
		t.Errorf("%v", a.Header)
	}
	c.agent.Get("/settings/organization").Want(200).Contains("What Other is called")
	c.agent.Form("/session/organization", "organization", s.Organization("Foreign")).Want(404)
	if to := c.agent.Form("/session/organization", "organization", c.org, "return_to", "//evil.example").Header.Get("Location"); strings.Contains(to, "evil") {
		t.Error(to)
	}
}

func TestOwnershipIsHandedOverOnlyToWhoAccepts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		transfer := c.path() + "/transfer-ownership"
		offer := func(by apptest.Somebody, to string) apptest.Answer {
			return by.JSON(http.MethodPost, transfer, fields{"user": to})
		}
		offer(c.admin, c.agent.ID).Refused(403, "forbidden")
		offer(c.owner, "usr_01h455vb4pex5vsknk084sn02q").Refused(422, "validation_failed", "user")
		offer(c.owner, s.Member("x@example.net", "", "").ID).Refused(422, "validation_failed", "user")
		offer(c.owner, c.owner.ID).Refused(409, "transfer_to_owner")
		if m := offer(c.owner, c.agent.ID).Want(202).Map(); m["state"] != "pending" || m["user"] != c.agent.ID {
			t.Errorf("%v", m)
		}
		if link := apptest.LinkIn(s.Letter(c.agent.Address)); !strings.HasSuffix(link, "/settings/organization/"+c.org+"/ownership") {
			t.Errorf("the mail leads to %s", link)
		}
		c.agent.Get(transfer).Want(200)
		c.owner.Get(transfer).Want(200)
		c.admin.Get(transfer).Refused(404, "no_transfer")
		for _, other := range []apptest.Somebody{c.admin, c.owner, c.billing} {
			other.JSON(http.MethodPost, transfer+"/confirm", "{}").Refused(404, "no_transfer")
		}
		s.Clock.Advance(session.ProofLife)
		c.agent.JSON(http.MethodPost, transfer+"/confirm", "{}").Refused(403, "reauthentication_required")
		fresh := s.Enter(c.agent.ID, session.Full)
		fresh.Form("/settings/organization/"+c.org+"/ownership", "a", "b").Want(303)
		role := func(b *apptest.Browser) any { return b.Get("/v1/orgs").Map()["items"].([]any)[0].(fields)["role"] }
		if role(fresh) != "owner" || role(c.owner.Browser) != "admin" {
			t.Errorf("%v and %v", role(fresh), role(c.owner.Browser))
		}
		if mail := s.Letter(c.owner.Address); mail.Kind != "ownership.transferred" {
			t.Errorf("%+v", mail)
		}
		fresh.JSON(http.MethodPost, transfer+"/confirm", "{}").Refused(404, "no_transfer")
	})
}

func TestAnOfferDiesWithTimeWithdrawalAndTheGiversOwnership(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		transfer := c.path() + "/transfer-ownership"
		offer := func() {
			t.Helper()
			b := s.Enter(c.owner.ID, session.Full)
			b.JSON(http.MethodPost, transfer, fields{"user": c.agent.ID}).Want(202)
		}
		dead := func() {
			t.Helper()
			s.Enter(c.agent.ID, session.Full).JSON(http.MethodPost, transfer+"/confirm", "{}").Refused(404, "no_transfer")
		}
		offer()
		c.admin.Delete(transfer).Refused(404, "no_transfer")
		c.agent.Delete(transfer).Want(204)
		dead()
		offer()
		c.owner.Form("/settings/organization/"+c.org+"/ownership/withdraw", "a", "b").Want(303)
		dead()
		offer()
		s.Clock.Advance(7 * 24 * time.Hour)
		dead()
		offer()
		second := s.Member("second@halden.example", c.org, identity.Owner)
		second.JSON(http.MethodPatch, c.path()+"/members/"+c.owner.ID, fields{"role": "agent"}).Want(200)
		dead()
	})
}

func TestManyAcceptAtOnceAndOneOwns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		transfer := c.path() + "/transfer-ownership"
		c.owner.JSON(http.MethodPost, transfer, fields{"user": c.agent.ID}).Want(202)
		var group sync.WaitGroup
		var mu sync.Mutex
		status := map[int]int{}
		for range 64 {
			group.Go(func() {
				b := c.agent.Copy()
				a, err := b.Try(b.Request(http.MethodPost, transfer+"/confirm", "application/json", strings.NewReader("{}")))
				mu.Lock()
				defer mu.Unlock()
				if status[a.Status]++; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if status[204] != 1 || status[404] != 63 {
			t.Errorf("%v", status)
		}
	})
}

func TestAnOrganizationIsDeletedByItsTypedNameAndItsPeopleStay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := staff(s)
		second := s.Member("second@halden.example", c.org, identity.Owner)
		other := c.agent.JSON(http.MethodPost, "/v1/orgs", fields{"name": "Other"}).Want(201).Map()["id"].(string)
		c.patch(c.owner, fields{"email": "hello@halden.example", "address": fields{"city": "Oslo"}}).Want(200)
		c.owner.JSON(http.MethodPost, c.path()+"/transfer-ownership", fields{"user": c.admin.ID}).Want(202)
		erase := func(by *apptest.Browser, name string) apptest.Answer {
			return by.JSON(http.MethodDelete, c.path(), fields{"confirm": name})
		}
		before := s.Rows()
		erase(c.admin.Browser, "Halden").Refused(403, "forbidden")
		for _, wrong := range []string{"", "halden", "Halden x"} {
			erase(c.owner.Browser, wrong).Refused(422, "validation_failed", "confirm")
		}
		c.owner.Form("/settings/organization/"+c.org+"/delete", "confirm", "halden").Want(422).Contains("exactly as it stands")
		c.owner.Get("/settings/organization/" + c.org + "/delete").Want(200).Contains("5 memberships end")
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		s.Clock.Advance(session.ProofLife)
		erase(c.owner.Browser, "Halden").Refused(403, "reauthentication_required")
		erase(s.Enter(c.owner.ID, session.Full), " Halden ").Want(204)
		c.owner.Get(c.path()).Refused(404, "not_found")
		c.owner.Get("/settings/profile").Want(200)
		if items := c.agent.Get("/v1/orgs").Map()["items"].([]any); len(items) != 1 || items[0].(fields)["id"] != other {
			t.Errorf("%v", items)
		}
		if m := s.Browser().Get("/v1/cards/" + c.owner.ID).Want(200).Map(); m["organization"] != nil {
			t.Errorf("the card still says %v", m["organization"])
		}
		if mail := s.Letter(second.Address); mail.Kind != "organization.deleted" {
			t.Errorf("%+v", mail)
		}
		rows := s.Rows()
		trail := false
		for _, r := range slices.Concat(rows["journal"], rows["journal_inbox"]) {
			trail = trail || strings.Contains(r, "action=organization.deleted")
		}
		if !trail || len(rows["organization_details"])+len(rows["ownership_transfers"]) != 0 {
			t.Errorf("the trail is %v; left: %v %v", trail, rows["organization_details"], rows["ownership_transfers"])
		}
	})
}
