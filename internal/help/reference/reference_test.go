package reference

import (
	"reflect"
	"strings"
	"testing"
)

const sample = `{
	"info": {"title": "T", "version": "7"},
	"components": {"schemas": {
		"Thing": {"type": "object", "required": ["id"], "properties": {
			"id": {"type": "string"},
			"at": {"type": ["string", "null"], "format": "date-time", "description": "When <b>it</b> was."},
			"parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
			"sees": {"type": "object", "additionalProperties": {"type": "string"}}
		}},
		"Part": {"type": "object", "additionalProperties": false, "properties": {"n": {"type": "integer"}}}
	}},
	"paths": {
		"/v1/things/{id}": {
			"patch": {
				"operationId": "change-thing", "summary": "Change a thing", "tags": ["Things"], "security": [{"session": []}],
				"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "description": "Which one."}],
				"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part"}}}},
				"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
					"default": {"description": "Error"}}
			},
			"get": {"operationId": "get-thing", "summary": "A thing", "tags": ["Things"], "responses": {"204": {"description": "None"}}}
		},
		"/v1/bells": {"post": {"operationId": "ring", "summary": "Ring", "tags": ["Bells and so on"], "responses": {}}}
	}
}`

func TestCallsStandByTheirTagAndReadingComesFirst(t *testing.T) {
	ref, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range ref.Groups {
		got = append(got, "#"+g.Anchor)
		for _, c := range g.Calls {
			got = append(got, c.Method+" "+c.Path)
		}
	}
	want := "#bells-and-so-on POST /v1/bells #things GET /v1/things/{id} PATCH /v1/things/{id}"
	if strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestACallTellsWhatItTakesAndAnswers(t *testing.T) {
	ref, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	got := ref.Groups[1].Calls[1]
	want := Call{
		Anchor: "change-thing", Method: "PATCH", Path: "/v1/things/{id}", Summary: "Change a thing", SignedIn: true,
		Parameters: []Field{{Name: "id", Where: "path", Type: "string", Required: true, Says: "Which one."}},
		Takes:      []string{"application/json"},
		Body:       []Field{{Name: "n", Type: "integer"}},
		Answers: []Answer{
			{Status: "200", Says: "OK", Media: "application/json", Fields: []Field{
				{Name: "at", Type: "string or null, date-time", Says: "When <b>it</b> was."},
				{Name: "id", Type: "string", Required: true},
				{Name: "parts", Type: "list of object"},
				{Name: "parts[].n", Type: "integer"},
				{Name: "sees", Type: "object"},
			}},
			{Says: "Error"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n%+v, want\n%+v", got, want)
	}
}

func TestADocumentThatCannotBeReadIsAnError(t *testing.T) {
	if _, err := Read([]byte("{")); err == nil {
		t.Error("half a document passes for a whole one")
	}
}

func TestWordsOfTheDocumentAreShownAsTheyAre(t *testing.T) {
	ref, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := page(ref).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if html := out.String(); strings.Contains(html, "<b>it</b>") || !strings.Contains(html, "&lt;b&gt;it&lt;/b&gt;") {
		t.Error("markup in a description is taken for markup")
	}
}
