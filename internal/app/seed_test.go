package app_test

import (
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/app/seed"
	"nameplate/internal/kernel/identity"
)

func TestTheSeedHasOnePersonInEveryRoleWithACardThatLooksReal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		seeded, err := s.Seed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		roles := map[identity.Role]bool{}
		pictures := map[string]bool{}
		for i, p := range seeded.People {
			roles[p.Role] = true
			u, err := identity.Get(t.Context(), s.DB, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if u.Full() != p.Name || p.Email != seed.People[i].Email || (u.Picture == "") != (p.Role == identity.Billing) {
				t.Errorf("%s is %+v", p.Name, u)
			}
			pictures[u.Picture] = true
			all, err := identity.Memberships(t.Context(), s.DB, p.ID)
			if err != nil || len(all) != 1 || all[0].Ref() != seeded.Organization || all[0].Designation == "" {
				t.Errorf("%s: %+v, %v", p.Name, all, err)
			}
			if page := s.Browser().Get(strings.TrimPrefix(p.Card, s.Config.Base.String())); page.Status != 200 {
				t.Errorf("the card of %s answers %d", p.Name, page.Status)
			}
		}
		if len(roles) != len(identity.Roles) || len(pictures) != len(seeded.People) || seeded.People[0].Role != identity.Owner {
			t.Errorf("%d roles, %d pictures, first %s", len(roles), len(pictures), seeded.People[0].Role)
		}
	})
}

func TestEverybodyInTheSeedSignsInWithThePassword(t *testing.T) {
	s := apptest.OnSQLite(t)
	seeded, err := s.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range seeded.People {
		answer := s.Browser().JSON("POST", "/v1/session", map[string]string{"email": p.Email, "password": seeded.Password.Reveal()})
		if answer.Status != 200 {
			t.Errorf("%s: %d %s", p.Email, answer.Status, answer.Body)
		}
	}
}
