package request_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/team/request"
)

func TestAnApprovedRequestIsWritten(t *testing.T) {
	each(t, func(o office) {
		o.agent.JSON(http.MethodPatch, "/v1/me", fields{"phone": phone}).Refused(403, "managed_by_organization")
		id := o.asked("phone", "+47 91 23 45 67")
		o.has(o.agent, "phone", other)
		for _, boss := range []string{o.owner.Address, o.admin.Address} {
			o.told(boss, "field.requested", "The agent", "Phone", "Halden", "/settings/members/requests")
		}
		list := items(o.admin.Get(o.requests()))
		if len(list) != 1 || list[0]["value"] != phone || list[0]["user"] != o.agent.ID || list[0]["decidable"] != true || list[0]["before"] != nil {
			o.Errorf("the list says %v", list)
		}
		o.approves(o.admin, id).Want(204)
		o.has(o.agent, "phone", phone)
		o.stands("approved")
		o.told(o.agent.Address, "field.request_approved", "Halden has approved", "Phone")
		o.approves(o.owner, id).Refused(409, "request_decided")
		o.declines(o.owner, id, "Too late").Refused(409, "request_decided")
		o.agent.Delete(mine+"/"+id).Refused(409, "request_decided")
		o.journaled("field.requested", "profile.updated")
	})
}

func TestADeclineNeedsAReasonThatThePersonReads(t *testing.T) {
	each(t, func(o office) {
		id := o.asked("phone", phone)
		o.declines(o.admin, id, " ").Refused(422, "validation_failed", "reason")
		o.declines(o.admin, id, strings.Repeat("x", request.ReasonMost+1)).Refused(422, "validation_failed", "reason")
		o.declines(o.admin, id, "Not a number of ours.").Want(204)
		o.has(o.agent, "phone", other)
		o.stands("declined")
		o.told(o.agent.Address, "field.request_declined", "Not a number of ours.")
		if got := items(o.agent.Get(mine))[0]["reason"]; got != "Not a number of ours." {
			o.Errorf("the reason is %v", got)
		}
		o.journaled("field.requested", "field.request_declined")
		again := o.asked("phone", phone)
		o.approves(o.admin, again).Want(204)
		o.has(o.agent, "phone", phone)
	})
}

func TestMailsSpeakTheLanguageOfWhoReadsThem(t *testing.T) {
	each(t, func(o office) {
		o.owner.JSON(http.MethodPatch, "/v1/me", fields{"locale": "en"}).Want(200)
		o.admin.JSON(http.MethodPatch, "/v1/me", fields{"locale": "de"}).Want(200)
		o.agent.JSON(http.MethodPatch, "/v1/me", fields{"locale": "de"}).Want(200)
		o.declines(o.owner, o.asked("phone", phone), "Nein").Want(204)
		o.told(o.admin.Address, "field.requested", "bittet")
		o.told(o.owner.Address, "field.requested", "asks")
		o.told(o.agent.Address, "field.request_declined", "abgelehnt", "Begründung: Nein")
	})
}

func TestARequestIsTakenBackByWhoAsked(t *testing.T) {
	each(t, func(o office) {
		id := o.asked("phone", phone)
		o.admin.Delete(mine+"/"+id).Refused(404, "no_such_request")
		o.agent.Delete(mine + "/" + id).Want(204)
		o.agent.Delete(mine+"/"+id).Refused(409, "request_decided")
		o.approves(o.admin, id).Refused(409, "request_decided")
		o.stands("withdrawn")
		o.has(o.agent, "phone", other)
		o.journaled("field.requested", "field.request_withdrawn")
	})
}

func TestANewerRequestReplacesTheOlder(t *testing.T) {
	each(t, func(o office) {
		older := o.asked("phone", "+4790000000")
		newer := o.asked("phone", phone)
		o.stands("open", "replaced")
		o.approves(o.admin, older).Refused(409, "request_decided")
		o.approves(o.admin, newer).Want(204)
		o.has(o.agent, "phone", phone)
	})
}

func TestARequestExpiresAndSaysSo(t *testing.T) {
	each(t, func(o office) {
		id := o.asked("phone", phone)
		o.s.Clock.Advance(request.Life - time.Second)
		o.sweeps()
		o.again()
		o.stands("open")
		o.s.Clock.Advance(time.Second)
		o.again()
		o.stands("expired")
		o.approves(o.admin, id).Refused(409, "request_decided")
		o.sweeps()
		o.sweeps()
		o.told(o.agent.Address, "field.request_expired", "14 days")
		if n := len(o.s.Letters(o.agent.Address)); n != 1 {
			o.Errorf("%d mails, want 1", n)
		}
		o.journaled("field.requested", "field.request_expired")
		o.s.Clock.Advance(request.Kept)
		o.sweeps()
		o.again()
		o.stands()
	})
}

func (o office) sweeps() {
	o.Helper()
	if err := o.s.Requests.Expire(o.Context()); err != nil {
		o.Fatal(err)
	}
}

// again signs everybody in anew, because sessions end before requests do.
func (o *office) again() {
	o.agent.Browser = o.s.Enter(o.agent.ID, session.Full)
	o.admin.Browser = o.s.Enter(o.admin.ID, session.Full)
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	each(t, func(o office) {
		for _, c := range []struct {
			field, value, code string
			status             int
			at                 []string
		}{
			{"shoe_size", "42", "validation_failed", 422, []string{"field"}},
			{"phone", "twelve", "validation_failed", 422, []string{"value"}},
			{"phone", other, "validation_failed", 422, []string{"value"}},
			{"bio", "Hello", "request_not_needed", 409, nil},
		} {
			o.asks(o.agent, c.field, c.value).Refused(c.status, c.code, c.at...)
		}
		o.s.Rule(o.org, "fields.bio.state", `"readonly"`)
		o.asks(o.agent, "bio", "Hello").Refused(403, "managed_by_organization")
		stranger := o.s.Member("stranger@example.net", o.s.Organization("Elsewhere"), identity.Owner)
		o.asks(stranger, "phone", phone).Refused(404, "not_found")
		stranger.Get(o.requests()).Refused(404, "not_found")
		o.agent.Get(o.requests()).Refused(403, "forbidden")
		id := o.asked("phone", phone)
		o.approves(o.agent, id).Refused(403, "forbidden")
		elsewhere := "/v1/orgs/" + o.org + "/field-requests/"
		stranger.JSON(http.MethodPost, elsewhere+id+"/approve", fields{}).Refused(404, "not_found")
		o.admin.Get(o.requests()+"?cursor=forged").Refused(400, "malformed_request")
		o.admin.Get(o.requests()+"?state=odd").Refused(422, "validation_failed", "state")
		for range 9 {
			o.asks(o.agent, "phone", phone).Want(201)
		}
		o.asks(o.agent, "phone", phone).Refused(429, "too_many_requests")
	})
}

func TestNobodyDecidesAboutAnOwnRequestUnlessNobodyElseCould(t *testing.T) {
	each(t, func(o office) {
		id := o.asks(o.admin, "phone", phone).Want(201).Map()["id"].(string)
		o.approves(o.admin, id).Refused(403, "request_own")
		o.declines(o.admin, id, "No").Refused(403, "request_own")
		o.approves(o.owner, id).Want(204)
		o.has(o.admin, "phone", phone)

		// An owner is above admins, so the only one is alone.
		id = o.asks(o.owner, "phone", phone).Want(201).Map()["id"].(string)
		o.approves(o.admin, id).Refused(403, "forbidden")
		o.approves(o.owner, id).Want(204)
		o.has(o.owner, "phone", phone)
		o.s.Member("second@halden.example", o.org, identity.Owner)
		id = o.asks(o.owner, "phone", other).Want(201).Map()["id"].(string)
		o.approves(o.owner, id).Refused(403, "request_own")
	})
}

func TestAnApprovalWritesOnlyOverWhatThePersonSaw(t *testing.T) {
	each(t, func(o office) {
		id := o.asked("phone", phone)
		o.s.Rule(o.org, "phone_change", `"self"`)
		o.agent.JSON(http.MethodPatch, "/v1/me", fields{"phone": "+4790000000"}).Want(200)
		o.s.Rule(o.org, "phone_change", `"request"`)
		o.approves(o.admin, id).Refused(409, "request_outdated")
		o.has(o.agent, "phone", "+4790000000")
		o.stands("open")

		id = o.asked("phone", phone)
		o.s.Rule(o.org, "phone_change", `"readonly"`)
		o.approves(o.admin, id).Refused(409, "request_overtaken")
		o.has(o.agent, "phone", "+4790000000")
	})
}

func TestWhatEndsAllCredentialsEndsARequest(t *testing.T) {
	each(t, func(o office) {
		id := o.asked("phone", phone)
		raise(o, o.agent.ID)
		o.again()
		o.stands("expired")
		o.approves(o.admin, id).Refused(409, "request_decided")
		o.has(o.agent, "phone", other)
	})
}

func TestEachOrganizationWhoseRuleSaysSoIsAsked(t *testing.T) {
	each(t, func(o office) {
		b, free := o.s.Organization("Bergen"), o.s.Organization("Free")
		boss := o.s.Member("boss@bergen.example", b, identity.Admin)
		o.s.Belong(o.agent, b, identity.Agent)
		o.s.Belong(o.agent, free, identity.Agent)
		o.s.Rule(b, "phone_change", `"request"`)
		in := "/v1/orgs/" + b + "/field-requests/"

		id := o.asked("phone", phone)
		o.told(boss.Address, "field.requested", "Bergen")
		o.approves(o.admin, id).Want(204)
		o.has(o.agent, "phone", other)
		o.stands("open")
		o.approves(o.admin, id).Refused(409, "request_decided")
		o.declines(o.admin, id, "Second thoughts").Refused(409, "request_decided")
		boss.JSON(http.MethodPost, in+id+"/approve", fields{}).Want(204)
		o.has(o.agent, "phone", phone)
		o.journaled("field.requested", "field.request_approved", "profile.updated")

		// One decline is enough.
		id = o.asked("phone", other)
		boss.JSON(http.MethodPost, in+id+"/decline", fields{"reason": "No"}).Want(204)
		o.approves(o.admin, id).Refused(409, "request_decided")
		o.has(o.agent, "phone", phone)

		// Nobody waits for an organization that the person has left.
		id = o.asked("phone", other)
		o.approves(o.admin, id).Want(204)
		o.agent.Delete("/v1/orgs/" + b + "/members/" + o.agent.ID).Want(204)
		boss.JSON(http.MethodPost, in+id+"/approve", fields{}).Refused(404, "no_such_request")
		o.stands("open", "declined", "approved")
	})
}

func TestADesignationIsAskedForInItsOwnOrganizationAlone(t *testing.T) {
	each(t, func(o office) {
		b := o.s.Organization("Bergen")
		o.s.Belong(o.agent, b, identity.Agent)
		o.s.Rule(o.org, "fields.designation.state", `"request"`)
		o.s.Rule(b, "fields.designation.state", `"request"`)
		id := o.asked("designation", "Head of Meters")
		if got := items(o.agent.Get(mine))[0]["organizations"].([]any); len(got) != 1 {
			o.Errorf("%v are asked", got)
		}
		o.approves(o.admin, id).Want(204)
		o.has(o.agent, "designation", "Head of Meters")
		if got := o.agent.Get("/v1/me?organization=" + b).Map()["designation"]; got != "" {
			o.Errorf("the designation elsewhere is %q", got)
		}
	})
}

func TestOfApprovalsDeclinesAndAWithdrawalExactlyOneWins(t *testing.T) {
	each(t, func(o office) {
		for range 6 {
			id := o.asked("phone", phone)
			var calls []*http.Request
			var by []apptest.Somebody
			add := func(who apptest.Somebody, method, path, body string) {
				who.Browser = who.Copy()
				by, calls = append(by, who), append(calls, who.Request(method, path, "application/json", strings.NewReader(body)))
			}
			for range 3 {
				add(o.admin, http.MethodPost, o.requests()+"/"+id+"/approve", "{}")
				add(o.owner, http.MethodPost, o.requests()+"/"+id+"/approve", "{}")
				add(o.owner, http.MethodPost, o.requests()+"/"+id+"/decline", `{"reason":"No"}`)
				add(o.agent, http.MethodDelete, mine+"/"+id, "")
			}
			won := atOnce(o, by, calls)
			if len(won) != 1 {
				o.Fatalf("%v have won", won)
			}
			want := other
			if strings.HasSuffix(won[0], "/approve") {
				want = phone
			}
			o.has(o.agent, "phone", want)
			if want == phone { // the next round begins where this one did
				o.s.Rule(o.org, "phone_change", `"self"`)
				o.agent.JSON(http.MethodPatch, "/v1/me", fields{"phone": other}).Want(200)
				o.s.Rule(o.org, "phone_change", `"request"`)
			}
		}
	})
}

// atOnce sends calls at the same time and returns those that were granted. All
// others found the request decided.
func atOnce(o office, by []apptest.Somebody, calls []*http.Request) (won []string) {
	var all sync.WaitGroup
	start, answers := make(chan struct{}), make([]apptest.Answer, len(calls))
	for i, r := range calls {
		all.Go(func() {
			<-start
			var err error
			if answers[i], err = by[i].Try(r); err != nil {
				o.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	for i, a := range answers {
		if a.Status == http.StatusNoContent {
			won = append(won, calls[i].Method+" "+calls[i].URL.Path)
			continue
		}
		a.Refused(409, "request_decided")
	}
	return won
}

// raise ends every credential of a user, as a reset does.
func raise(o office, userID string) {
	o.Helper()
	err := o.s.DB.Tx(o.Context(), func(tx *db.Tx) error {
		_, err := o.s.Sessions.EndEverything(o.Context(), tx, userID, "")
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
}
