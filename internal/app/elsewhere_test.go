package app_test

import (
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

// TestARoleElsewhereIsWorthNothingHere asks every route with an organization in
// its path as an agent of it who owns another one, which is the session's: with
// the other one's id in query and body, too. Each answer is that of an agent
// who owns nothing.
func TestARoleElsewhereIsWorthNothingHere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		mixed := s.Member("mixed@example.net", c.strangOr, identity.Owner)
		s.Belong(mixed, c.org, identity.Agent)
		plain := s.Member("plain@example.com", c.org, identity.Agent)
		for _, r := range s.Table.Routes() {
			if !strings.Contains(r.Pattern, "{org}") || strings.HasSuffix(r.Pattern, "/leave") {
				continue
			}
			want, got := c.as(plain.Browser, r, c.org, c.strangOr), c.as(mixed.Browser, r, c.org, c.strangOr)
			if got.Status != want.Status {
				t.Errorf("%s %s: %d, for an agent who owns nothing %d", r.Method, r.Pattern, got.Status, want.Status)
			}
		}
	})
}

// TestOthersOfAnotherOrganizationAreStrangersToo asks as everybody who is not
// of the organization, whatever they are elsewhere.
func TestOthersOfAnotherOrganizationAreStrangersToo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := gather(s)
		askers := map[string]*apptest.Browser{"somebody of none": c.browser("none")}
		for _, role := range identity.Roles {
			askers["a foreign "+string(role)] = s.Member("foreign-"+string(role)+"@example.net", c.strangOr, role).Browser
		}
		before := s.Rows()
		for who, b := range askers {
			for _, r := range s.Table.Routes() {
				if !strings.Contains(r.Pattern, "{org}") {
					continue
				}
				if a := c.as(b, r, c.org, c.strangOr); a.Status != http.StatusNotFound {
					t.Errorf("%s %s as %s: %d", r.Method, r.Pattern, who, a.Status)
				}
			}
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}
