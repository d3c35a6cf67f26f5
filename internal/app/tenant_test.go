package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/route"
)

// nowhere is an organization that there is not.
const nowhere = "org_01h455vb4pex5vsknk084sn02q"

// ofRequest is what differs between two answers that say the same.
var ofRequest = regexp.MustCompile(`req_[0-9a-z]{26}|org_[0-9a-z]{26}`)

// TestAForeignOrganizationIsOneThatIsNotThere asks every route with an
// organization in its path as the owner of another one: with ids of the
// foreign organization and of its people in path, query and body. Nothing
// changes, and nothing tells that there is such an organization.
func TestAForeignOrganizationIsOneThatIsNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		stranger := c.browser("stranger")
		stranger.Get("/settings/organization").Want(200)
		before := s.Rows()
		asked := 0
		for _, r := range s.Table.Routes() {
			if !strings.Contains(r.Pattern, "{org}") {
				continue
			}
			asked++
			foreign, none := c.as(stranger, r, c.org, c.org), c.as(stranger, r, nowhere, c.org)
			if foreign.Status != http.StatusNotFound || same(foreign) != same(none) {
				t.Errorf("%s %s: %d, where there is none %d", r.Method, r.Pattern, foreign.Status, none.Status)
			}
			if strings.Contains(r.Pattern, "{user}") {
				if a := c.as(stranger, r, c.strangOr, c.org); a.Status != http.StatusNotFound {
					t.Errorf("%s %s with a foreign person: %d\n%s", r.Method, r.Pattern, a.Status, a.Body)
				}
			}
		}
		if asked < 25 {
			t.Errorf("only %d routes have an organization", asked)
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func same(a apptest.Answer) string { return ofRequest.ReplaceAllString(string(a.Body), "…") }

// as asks a route about an organization, with ids of another one's in all else
// that the route takes.
func (c *crowd) as(b *apptest.Browser, r route.Route, org, other string) apptest.Answer {
	path := strings.NewReplacer("{org}", org, "{user}", c.users["agent"], "{part}", "details").Replace(r.Pattern)
	path += "?organization=" + org + "&user=" + c.users["agent"]
	switch r.Body {
	case route.JSON, route.Batch:
		if strings.HasSuffix(r.Pattern, "/channels/{channel}") {
			return b.Copy().JSON(r.Method, strings.Replace(path, "{channel}", "chat", 1), map[string]bool{"enabled": true})
		}
		body := map[string]string{"user": c.users["agent"], "organization": other}
		if strings.Contains(r.Pattern, "{user}") {
			body = map[string]string{"role": "owner"}
		}
		return b.Copy().JSON(r.Method, path, body)
	case route.Form:
		return b.Copy().Form(path, "user", "agent@example.com", "organization", other, "role", "owner", "confirm", "Ours")
	}
	return b.Copy().Do(r.Method, path, "", nil)
}
