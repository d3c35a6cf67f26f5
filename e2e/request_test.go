package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// onRequest is a firm in which phone numbers, addresses and designations are
// asked for.
func onRequest(t testing.TB) firm {
	t.Helper()
	h := halden(t)
	h.agent.change(t, map[string]any{"phone": "+4722345678", "designation": "Customer Care, Meters"})
	h.owner.rule(t, map[string]any{"phone_change": "request", "email_change": "request", "fields.designation.state": "request", "fields.bio.state": "request"})
	return h
}

func (h firm) requests() string { return "/v1/orgs/" + h.id + "/field-requests" }

// asks asks for a change, by the API, and returns the id of the request.
func (h firm) asks(t testing.TB, p *person, field, value string) string {
	t.Helper()
	var made struct{ ID string }
	p.must(t, http.MethodPost, h.requests(), map[string]string{"field": field, "value": value}, &made)
	return made.ID
}

func (h firm) approves(t testing.TB, id string) {
	t.Helper()
	h.admin.must(t, http.MethodPost, h.requests()+"/"+id+"/approve", map[string]string{}, nil)
}

func (h firm) declines(t testing.TB, id, reason string) {
	t.Helper()
	h.admin.must(t, http.MethodPost, h.requests()+"/"+id+"/decline", map[string]string{"reason": reason}, nil)
}

// asking waits for a decision about a phone number.
func asking(t testing.TB) *person {
	t.Helper()
	h := onRequest(t)
	h.asks(t, h.agent, "phone", "+4791234567")
	return h.agent
}

func refusedPerson(t testing.TB) *person {
	t.Helper()
	h := onRequest(t)
	h.declines(t, h.asks(t, h.agent, "phone", "+4791234567"), "That is your private phone. Ask for one of the numbers that begin with +47 22.")
	return h.agent
}

func agreedPerson(t testing.TB) *person {
	t.Helper()
	h := onRequest(t)
	h.approves(t, h.asks(t, h.agent, "email", "mei.tanaka@halden.example"))
	return h.agent
}

// decider is an owner with requests in every state.
func decider(t testing.TB) *person {
	t.Helper()
	h := onRequest(t)
	tomas := h.joined(t, "Tomás Ferreira da Silva e Albuquerque", "supervisor")
	h.declines(t, h.asks(t, h.agent, "phone", "+4791234567"), "That is your private phone. Ask for one of the numbers that begin with +47 22.")
	h.approves(t, h.asks(t, tomas, "designation", "Head of Customer Care, Grid and Heat Pumps"))
	h.approves(t, h.asks(t, h.agent, "email", "mei.tanaka@halden.example"))
	withdrawn := h.asks(t, tomas, "phone", "+4791111111")
	tomas.must(t, http.MethodDelete, "/v1/me/field-requests/"+withdrawn, nil, nil)
	h.asks(t, h.agent, "phone", "+4722345699")
	h.asks(t, tomas, "bio", "I look after the people who look after your bill.\nBefore that I read meters for nine years.")
	h.asks(t, h.owner, "phone", "+4722345600")
	return h.owner
}

func TestSomebodyAsksForAChangeUntilItIsApproved(t *testing.T) {
	t.Parallel()
	h := onRequest(t)
	m, b := as(t, h.agent), as(t, h.admin)
	ofPhone := " " + en("request.of", "Field", en("profile.phone"))
	asks := func(number string) {
		m.the("textbox", optional("profile.phone")).types(number)
		m.leaves(m.the("button", en("request.send")).click)
		m.sees(en("request.said_sent"))
	}
	opens := func() {
		b.open("/settings/profile")
		b.leaves(b.the("link", en("app.nav_members")+" 1").click)
		b.leaves(b.the("link", en("request.see_all")).click)
		b.the("heading", en("request.team_title"))
	}
	mailed := func(words string) {
		t.Helper()
		text, err := common.mail(h.agent.Email)
		m.must(err)
		if !strings.Contains(text, words) {
			t.Errorf("the mail does not say %q:\n%s", words, text)
		}
	}

	m.open("/settings/profile")
	m.leaves(m.the("link", en("request.ask")+ofPhone).click)
	asks("+47 91 23 45 67")

	opens()
	b.sees("Mei Tanaka", "+4791234567")
	eval[any](b, `document.querySelector(".unfold summary").click()`)
	b.the("textbox", en("request.reason")).types("That is your private phone.")
	b.leaves(b.the("button", en("request.decline")+" "+en("request.of_whom", "Name", "Mei Tanaka")).click)
	b.sees(en("request.said_declined"), en("request.none"), "That is your private phone.")
	mailed("That is your private phone.")

	m.open("/settings/profile")
	m.leaves(m.the("link", en("request.ask")+ofPhone).click)
	m.sees("That is your private phone.")
	asks("+47 22 34 56 99")
	opens()
	b.leaves(b.the("button", en("request.approve")+" "+en("request.of_whom", "Name", "Mei Tanaka")).click)
	b.sees(en("request.said_approved"), en("request.none"))
	mailed("Halden Energy has approved")
	m.open("/settings/profile")
	m.sees("+4722345699")
}
