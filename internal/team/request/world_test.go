package request_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
)

const (
	mine  = "/v1/me/field-requests"
	phone = "+4791234567"
	other = "+4722345678"
)

type fields = map[string]any

// office is an organization in which phone numbers are on request.
type office struct {
	*testing.T
	s                   *apptest.Server
	org                 string
	owner, admin, agent apptest.Somebody
}

func open(t *testing.T, s *apptest.Server) office {
	o := office{T: t, s: s, org: s.Organization("Halden")}
	for role, to := range map[identity.Role]*apptest.Somebody{identity.Owner: &o.owner, identity.Admin: &o.admin, identity.Agent: &o.agent} {
		*to = s.Member(string(role)+"@halden.example", o.org, role)
		to.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "The " + string(role), "phone": other}).Want(200)
	}
	s.Rule(o.org, "phone_change", `"request"`)
	return o
}

// each runs a test in an office, on both databases.
func each(t *testing.T, fn func(o office)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, s *apptest.Server) { fn(open(t, s)) })
}

func (o office) requests() string { return "/v1/orgs/" + o.org + "/field-requests" }

func (o office) asks(who apptest.Somebody, field, value string) apptest.Answer {
	o.Helper()
	return who.JSON(http.MethodPost, o.requests(), fields{"field": field, "value": value})
}

// asked is the id of a new request of the agent's.
func (o office) asked(field, value string) string {
	o.Helper()
	return o.asks(o.agent, field, value).Want(201).Map()["id"].(string)
}

func (o office) approves(who apptest.Somebody, id string) apptest.Answer {
	o.Helper()
	return who.JSON(http.MethodPost, o.requests()+"/"+id+"/approve", fields{})
}

func (o office) declines(who apptest.Somebody, id, reason string) apptest.Answer {
	o.Helper()
	return who.JSON(http.MethodPost, o.requests()+"/"+id+"/decline", fields{"reason": reason})
}

// has wants a field of somebody's profile to hold a value.
func (o office) has(who apptest.Somebody, field, value string) {
	o.Helper()
	if got := who.Get("/v1/me").Want(200).Map()[field]; got != value {
		o.Errorf("%s is %q, want %q", field, got, value)
	}
}

// stands wants the agent's requests to be in these states, the newest first.
func (o office) stands(states ...string) {
	o.Helper()
	var got []string
	for _, it := range items(o.agent.Get(mine)) {
		got = append(got, it["state"].(string))
	}
	if !slices.Equal(got, states) {
		o.Errorf("requests stand as %v, want %v", got, states)
	}
}

func items(a apptest.Answer) (all []fields) {
	for _, it := range a.Want(200).Map()["items"].([]any) {
		all = append(all, it.(fields))
	}
	return all
}

// told wants the newest mail to somebody to be of a kind and hold these words.
func (o office) told(address, kind string, words ...string) {
	o.Helper()
	m := o.s.Letter(address)
	if m.Kind != kind {
		o.Errorf("the newest mail to %s is %s, want %s", address, m.Kind, kind)
	}
	for _, w := range words {
		if !strings.Contains(m.Text, w) {
			o.Errorf("the mail to %s does not say %q:\n%s", address, w, m.Text)
		}
	}
}

// done are the actions of the organization's trail about requests.
func (o office) done() (all []string) {
	o.Helper()
	if _, err := o.s.Sealer.Seal(o.Context()); err != nil {
		o.Fatal(err)
	}
	entries, err := journal.After(o.Context(), o.s.DB, o.org, 0, 1000)
	if err != nil {
		o.Fatal(err)
	}
	for _, e := range entries {
		if e.Details["request"] != "" {
			all = append(all, e.Action)
		}
	}
	return all
}

func (o office) journaled(want ...string) {
	o.Helper()
	if got := o.done(); !slices.Equal(got, want) {
		o.Errorf("the trail says %v, want %v", got, want)
	}
}
