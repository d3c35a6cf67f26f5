package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
)

func TestTheDocumentIsAsAgreed(t *testing.T) {
	s := apptest.OnSQLite(t)
	a := s.Browser().Get("/openapi.json").Want(200)
	golden(t, "openapi.json", string(a.Body))
}

// document is what the checks read of it.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]json.RawMessage
		SecuritySchemes map[string]json.RawMessage
	}
}

type operation struct {
	OperationID string
	Summary     string
	Tags        []string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Required bool
	}
	RequestBody struct{ Content map[string]json.RawMessage }
	Responses   map[string]struct {
		Description string
		Content     map[string]struct{ Schema json.RawMessage }
	}
}

func TestTheDocumentSaysWhatTheServerDoesAndNothingElse(t *testing.T) {
	s := apptest.OnSQLite(t)
	a := s.Browser().Get("/openapi.json").Want(200)
	var doc document
	a.To(&doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q", doc.OpenAPI)
	}
	served := map[string]bool{}
	for _, r := range s.Table.Routes() {
		if strings.HasPrefix(r.Pattern, "/v1/") && r.Method != "OPTIONS" {
			served[strings.ToLower(r.Method)+" "+r.Pattern] = true
		}
	}
	described, ids := map[string]bool{}, map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			where := method + " " + path
			described[where] = true
			if ids[op.OperationID] || op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s is not described whole: %+v", where, op)
			}
			ids[op.OperationID] = true
			checkOperation(t, where, path, op, doc)
		}
	}
	if !maps.Equal(served, described) {
		t.Errorf("served %v\ndescribed %v", slices.Sorted(maps.Keys(served)), slices.Sorted(maps.Keys(described)))
	}
}

func checkOperation(t *testing.T, where, path string, op operation, doc document) {
	t.Helper()
	problem, ok := op.Responses["default"]
	if schema := string(problem.Content["application/problem+json"].Schema); !ok || !strings.Contains(strings.ReplaceAll(schema, " ", ""), `"$ref":"#/components/schemas/Problem"`) {
		t.Errorf("%s does not say how it fails: %v", where, problem)
	}
	good := 0
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			good++
		}
		if r.Description == "" {
			t.Errorf("%s: %s says nothing", where, status)
		}
	}
	if _, later := op.Responses["202"]; good > 1 && later {
		good-- // what is done at once, or later
	}
	_, made := op.Responses["201"]
	if _, again := op.Responses["200"]; good > 1 && made && again {
		good-- // made now, or before
	}
	if good != 1 {
		t.Errorf("%s has %d answers of success", where, good)
	}
	for _, name := range pathNames(path) {
		if !slices.ContainsFunc(op.Parameters, func(p struct {
			Name, In string
			Required bool
		}) bool {
			return p.Name == name && p.In == "path" && p.Required
		}) {
			t.Errorf("%s does not describe {%s}", where, name)
		}
	}
	for _, need := range op.Security {
		for name := range need {
			if doc.Components.SecuritySchemes[name] == nil {
				t.Errorf("%s needs %s, which is not there", where, name)
			}
		}
	}
}

func pathNames(path string) (names []string) {
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

func TestEveryReferenceOfTheDocumentLeadsSomewhere(t *testing.T) {
	s := apptest.OnSQLite(t)
	var doc map[string]any
	s.Browser().Get("/openapi.json").Want(200).To(&doc)
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(doc)
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for ref := range used {
		if schemas[strings.TrimPrefix(ref, "#/components/schemas/")] == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	for name := range schemas {
		if !used["#/components/schemas/"+name] {
			t.Errorf("%s is used by nothing", name)
		}
	}
	if len(used) < 5 {
		t.Error(fmt.Sprint(used))
	}
}

func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage
				Required   []string
			}
		}
	}
	me.Get("/openapi.json").Want(200).To(&doc)
	for name, a := range map[string]apptest.Answer{
		"ProfileMe": me.Get("/v1/me").Want(200), "Card": me.Get("/v1/cards/" + me.ID).Want(200), "Problem": me.Get("/v1/nothing").Want(404),
	} {
		schema := doc.Components.Schemas[name]
		if len(schema.Properties) == 0 {
			t.Errorf("there is no %s among %v", name, slices.Sorted(maps.Keys(doc.Components.Schemas)))
		}
		got := a.Map()
		for field := range got {
			if schema.Properties[field] == nil && field != "$schema" {
				t.Errorf("%s has %s, which is not described", name, field)
			}
		}
		for _, field := range schema.Required {
			if _, ok := got[field]; !ok {
				t.Errorf("%s lacks %s", name, field)
			}
		}
	}
}
