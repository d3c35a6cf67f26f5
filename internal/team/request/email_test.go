package request_test

import (
	"net/http"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/team/request"
)

const (
	change = "/v1/me/email-change"
	fresh  = "mei@halden.example"
)

// codes are those of the newest change of the agent's address.
func (o office) codes(to string) fields {
	o.Helper()
	code := func(address, kind string) string {
		for _, m := range o.s.Letters(address) {
			if m.Kind == kind {
				return apptest.CodeIn(m)
			}
		}
		o.Fatalf("no %s to %s", kind, address)
		return ""
	}
	return fields{"new_code": code(to, "email.code_new"), "current_code": code(o.agent.Address, "email.code_current")}
}

func (o office) starts(address string) apptest.Answer {
	o.Helper()
	return o.agent.JSON(http.MethodPost, change, fields{"new_email": address})
}

func TestAnApprovedAddressIsStillToBeProved(t *testing.T) {
	each(t, func(o office) {
		o.s.Rule(o.org, "email_change", `"request"`)
		o.starts(fresh).Refused(403, "managed_by_organization")
		o.asks(o.agent, "email", "mei@").Refused(422, "validation_failed", "value")
		o.asks(o.agent, "email", "AGENT@halden.example").Refused(422, "validation_failed", "value")
		id := o.asked("email", fresh)
		o.starts(fresh).Refused(403, "managed_by_organization")
		o.approves(o.admin, id).Want(204)
		o.told(o.agent.Address, "field.request_approved", "7 days", "/settings/security#email")
		o.has(o.agent, "email", o.agent.Address)
		if got := o.agent.Get("/v1/me").Map()["controls"].(fields)["email"].(fields)["state"]; got != "request" {
			o.Errorf("the control says %v", got)
		}

		o.starts("another@halden.example").Refused(403, "managed_by_organization")
		o.agent.JSON(http.MethodPost, "/v1/me/emails", fields{"email": fresh}).Refused(403, "managed_by_organization")
		o.agent.Get("/settings/security").Want(200).Contains("You may change to " + fresh)
		o.starts("MEI@halden.example").Want(202)
		o.agent.JSON(http.MethodPost, change+"/confirm", o.codes("MEI@halden.example")).Want(200)
		o.has(o.agent, "email", "MEI@halden.example")

		// It was for this one change.
		o.starts(fresh).Refused(403, "managed_by_organization")
		o.journaled("field.requested", "field.request_approved")
	})
}

func TestAnApprovedAddressDoesNotWaitForEver(t *testing.T) {
	for name, ends := range map[string]func(o *office){
		"its days are over":            func(o *office) { o.s.Clock.Advance(request.Agreed); o.again() },
		"all credentials have ended":   func(o *office) { raise(*o, o.agent.ID); o.again() },
		"the rule fixes addresses":     func(o *office) { o.s.Rule(o.org, "email_change", `"readonly"`) },
		"the person asks for another":  func(o *office) { o.asked("email", "third@halden.example") },
		"another organization says no": func(o *office) { strict(*o) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(o office) {
				o.s.Rule(o.org, "email_change", `"request"`)
				o.approves(o.admin, o.asked("email", fresh)).Want(204)
				ends(&o)
				o.starts(fresh).Refused(403, "managed_by_organization")
			})
		})
	}
}

// strict lets the agent join an organization that fixes addresses.
func strict(o office) {
	b := o.s.Organization("Strict")
	o.s.Belong(o.agent, b, "agent")
	o.s.Rule(b, "email_change", `"readonly"`)
}

func TestAChangeOfAnApprovedAddressEndsWithTheApproval(t *testing.T) {
	each(t, func(o office) {
		o.s.Rule(o.org, "email_change", `"request"`)
		o.approves(o.admin, o.asked("email", fresh)).Want(204)
		o.starts(fresh).Want(202)
		codes := o.codes(fresh)
		o.approves(o.admin, o.asked("email", "third@halden.example")).Want(204)
		o.agent.JSON(http.MethodPost, change+"/confirm", codes).Refused(403, "managed_by_organization")
		o.has(o.agent, "email", o.agent.Address)
	})
}

func TestATakenAddressIsAskedForLikeAFreeOne(t *testing.T) {
	each(t, func(o office) {
		o.s.Rule(o.org, "email_change", `"request"`)
		o.approves(o.admin, o.asked("email", o.owner.Address)).Want(204)
		o.starts(o.owner.Address).Want(202)
	})
}
