package app_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

var hrefs = regexp.MustCompile(`href="(/[^"#]*)`)

func TestTheGuideAndTheReferenceAreOpenToEverybodyAndLeadNowhereWrong(t *testing.T) {
	s := apptest.OnSQLite(t)
	for name, b := range map[string]*apptest.Browser{
		"visitor": s.Browser(),
		"agent":   s.Member("agent@example.com", s.Organization("Org"), identity.Agent).Browser,
	} {
		t.Run(name, func(t *testing.T) {
			asked := map[string]bool{}
			for _, path := range helpPages(s) {
				for _, m := range hrefs.FindAllStringSubmatch(b.Get(path).Want(http.StatusOK).Page(), -1) {
					asked[strings.ReplaceAll(m[1], "&amp;", "&")] = true
				}
			}
			for path := range asked {
				b.Get(path).Want(http.StatusOK, http.StatusSeeOther)
			}
		})
	}
}

func helpPages(s *apptest.Server) []string {
	all := []string{"/help", "/docs/api"}
	for _, p := range s.Guide {
		all = append(all, "/help/"+p.Name)
	}
	return all
}

func TestAPageThatTheGuideDoesNotHaveIsNotFound(t *testing.T) {
	apptest.OnSQLite(t).Browser().Get("/help/nothing").Want(http.StatusNotFound)
}

func TestEveryCallOfTheDocumentStandsInTheReference(t *testing.T) {
	b := apptest.OnSQLite(t).Browser()
	page := b.Get("/docs/api").Want(http.StatusOK).Page()
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		}
	}
	b.Get("/openapi.json").Want(http.StatusOK).To(&doc)
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if !strings.Contains(page, `id="`+o.ID+`"`) || !strings.Contains(page, strings.ToUpper(method)+"</b> "+path) {
				t.Errorf("%s %s is not in the reference", method, path)
			}
		}
	}
}

var ids = regexp.MustCompile(` id="([^"]*)"`)

func TestNoPageOfTheGuideHasAnIDTwice(t *testing.T) {
	s := apptest.OnSQLite(t)
	b := s.Browser()
	for _, path := range helpPages(s) {
		var seen []string
		for _, m := range ids.FindAllStringSubmatch(b.Get(path).Page(), -1) {
			if slices.Contains(seen, m[1]) {
				t.Errorf("%s: the id %q stands twice", path, m[1])
			}
			seen = append(seen, m[1])
		}
	}
}
