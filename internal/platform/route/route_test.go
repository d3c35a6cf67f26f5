package route_test

import (
	"net/http"
	"testing"

	"nameplate/internal/platform/route"
)

func nothing(http.ResponseWriter, *http.Request) error { return nil }

func TestARouteThatIsNotDeclaredWholeDoesNotStart(t *testing.T) {
	for name, declare := range map[string]func(){
		"no access":  func() { route.Get("/x", route.Access{}, route.NoBody, route.Plain, route.NoStore, nothing) },
		"no body":    func() { route.Get("/x", route.Public, route.Body{}, route.Plain, route.NoStore, nothing) },
		"no rate":    func() { route.Get("/x", route.Public, route.NoBody, route.Rate{}, route.NoStore, nothing) },
		"no cache":   func() { route.Get("/x", route.Public, route.NoBody, route.Plain, route.Cache{}, nothing) },
		"no handler": func() { route.Post("/x", route.Public, route.NoBody, route.Plain, route.NoStore, nil) },
		"no slash":   func() { route.Get("x", route.Public, route.NoBody, route.Plain, route.NoStore, nothing) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			declare()
		})
	}
}

func TestErrorsOfTheAPIAreProblems(t *testing.T) {
	for path, problem := range map[string]bool{
		"/v1": true, "/v1/": true, "/v1/me": true, "/openapi.json": true, "/oauth2/token": true, "/": false, "/v1x": false, "/sign-in": false, "/V1/me": false,
	} {
		if route.IsAPI(path) != problem {
			t.Errorf("%s: %v", path, !problem)
		}
	}
}
