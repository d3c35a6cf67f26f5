package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/route"
)

// spoken is what the test reads of the API's own document.
type spoken struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Ref        string `json:"$ref"`
	Properties map[string]json.RawMessage
}

// takes names the fields that an operation says it takes, and reports whether
// it has a body at all.
func (d spoken) takes(r route.Route) (map[string]json.RawMessage, bool) {
	for _, c := range d.Paths[r.Pattern][strings.ToLower(r.Method)].RequestBody.Content {
		if c.Schema.Ref != "" {
			return d.Components.Schemas[strings.TrimPrefix(c.Schema.Ref, "#/components/schemas/")].Properties, true
		}
		return c.Schema.Properties, true
	}
	return nil, false
}

// TestNoOperationTakesAFieldThatIsNotItsOwn sends every operation the name of
// every column, and of every field that any other operation takes.
func TestNoOperationTakesAFieldThatIsNotItsOwn(t *testing.T) {
	s := apptest.OnSQLite(t)
	c := gather(s)
	text, err := s.API.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d spoken
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	columns, err := s.DB.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"is_admin": true, "owner": true, "org_id": true, "stripe_customer_id": true, "userId": true, "Role": true, "ROLE": true}
	for _, table := range columns {
		for _, name := range table {
			names[name] = true
		}
	}
	for _, of := range d.Components.Schemas {
		for name := range of.Properties {
			names[name] = true
		}
	}
	owner := c.browser("owner")
	before, asked := s.Rows(), 0
	for _, r := range s.Table.Routes() {
		if !r.API() || r.Body != route.JSON || r.Access.Level != route.SignedIn {
			continue
		}
		own, body := d.takes(r)
		if !body {
			continue
		}
		asked++
		for name := range names {
			if _, ok := own[name]; ok {
				continue
			}
			if a := owner.Copy().JSON(r.Method, c.path(r), map[string]any{name: "x"}); a.Status < 400 || a.Status >= 500 {
				t.Errorf("%s %s takes %q: %d", r.Method, r.Pattern, name, a.Status)
			}
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Fatalf("%s %s: %v", r.Method, r.Pattern, changed)
		}
	}
	if asked < 20 || len(names) < 100 {
		t.Errorf("%d operations were asked with %d names", asked, len(names))
	}
	owner.Get("/v1/me").Want(http.StatusOK)
}
