package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

func setUp(t *testing.T, s *apptest.Server) string {
	t.Helper()
	link, err := s.FirstOwner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link.Reveal())
	if err != nil || u.Path != "/set-up" || u.Host != s.Config.Base.Host {
		t.Fatalf("%v, %v", u, err)
	}
	return u.Query().Get("token")
}

func person(name, token string) map[string]string {
	return map[string]string{
		"email": name + "@halden.example", "password": "Tram-Lantern-58-Orchid", "organization": "Halden " + name, "setup_token": token,
	}
}

func TestOfTwoWhoUseTheSetUpLinkAtOnceOneBecomesTheOwner(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		token := setUp(t, s)
		var wait sync.WaitGroup
		codes := make([]int, 2)
		for i, name := range []string{"nora", "eve"} {
			b := s.Browser()
			wait.Go(func() { codes[i] = b.JSON(http.MethodPost, "/v1/signup", person(name, token)).Status })
		}
		wait.Wait()
		owner, made, err := identity.Fact(t.Context(), s.DB, identity.OwnerFact)
		if err != nil || !made {
			t.Fatalf("nobody is the owner: %v, %v", err, codes)
		}
		all, err := identity.Memberships(t.Context(), s.DB, owner)
		if err != nil || len(all) != 1 || all[0].Role != identity.Owner {
			t.Errorf("the owner has %+v, %v", all, err)
		}
		if codes[0]+codes[1] != http.StatusCreated+http.StatusForbidden {
			t.Errorf("the two were answered %v", codes)
		}
	}, apptest.At("https://accounts.example"))
}

func TestANewStartEndsTheSetUpLinkBeforeAndAnOwnerEndsThemAll(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At("https://accounts.example"))
	old, fresh := setUp(t, s), setUp(t, s)
	for _, token := range []string{"", old, strings.ToUpper(fresh)} {
		if a := s.Browser().JSON(http.MethodPost, "/v1/signup", person("eve", token)); a.Status != http.StatusForbidden {
			t.Errorf("%q: %d", token, a.Status)
		}
	}
	if a := s.Browser().JSON(http.MethodPost, "/v1/signup", person("nora", fresh)); a.Status != http.StatusCreated {
		t.Errorf("the link: %d %s", a.Status, a.Body)
	}
	if a := s.Browser().JSON(http.MethodPost, "/v1/signup", person("eve", fresh)); a.Status != http.StatusForbidden {
		t.Errorf("the link a second time: %d", a.Status)
	}
	if link, err := s.FirstOwner(t.Context()); link != "" || err != nil {
		t.Errorf("there is an owner and still a link: %v", err)
	}
}
