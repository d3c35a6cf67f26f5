package reference

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is the part of OpenAPI 3.1 that the page shows.
type document struct {
	Info struct {
		Title   string `json:"title"`
		Version string `json:"version"`
	} `json:"info"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string                `json:"operationId"`
	Summary    string                `json:"summary"`
	Tags       []string              `json:"tags"`
	Parameters []parameter           `json:"parameters"`
	Body       content               `json:"requestBody"`
	Responses  map[string]content    `json:"responses"`
	Security   []map[string][]string `json:"security"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Required    bool    `json:"required"`
	Schema      *schema `json:"schema"`
}

type content struct {
	Description string `json:"description"`
	Content     map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        types              `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Additional  json.RawMessage    `json:"additionalProperties"`
}

// types is one type or several, which JSON Schema spells in two ways.
type types []string

// UnmarshalJSON reads a text or a list of texts.
func (t *types) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// Reference is the API as the page shows it.
type Reference struct {
	Version string
	Groups  []Group
}

// Group is the calls with one tag.
type Group struct {
	Anchor string
	Title  string
	Calls  []Call
}

// Call is one operation.
type Call struct {
	Anchor     string
	Method     string
	Path       string
	Summary    string
	SignedIn   bool
	Parameters []Field
	Takes      []string // media types of the body
	Body       []Field
	Answers    []Answer
}

// Answer is what a call answers with one status.
type Answer struct {
	Status string // of HTTP; empty for every other one
	Says   string
	Media  string
	Fields []Field
}

// Field is a parameter, or a value inside a body. Those inside others are named
// with a dot before them, those in lists with brackets.
type Field struct {
	Name     string
	Where    string // path, query, header; empty in a body
	Type     string
	Required bool
	Says     string
}

// Read makes the page's content of an OpenAPI document.
func Read(raw []byte) (Reference, error) {
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		return Reference{}, fmt.Errorf("read the API's document: %w", err)
	}
	groups := map[string]*Group{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.SortedFunc(maps.Keys(d.Paths[path]), byMethod) {
			o := d.Paths[path][method]
			tag := cmp.Or(strings.Join(o.Tags, ", "), "Other")
			if groups[tag] == nil {
				groups[tag] = &Group{Anchor: anchor(tag), Title: tag}
			}
			groups[tag].Calls = append(groups[tag].Calls, d.call(strings.ToUpper(method), path, o))
		}
	}
	out := Reference{Version: d.Info.Version}
	for _, tag := range slices.Sorted(maps.Keys(groups)) {
		out.Groups = append(out.Groups, *groups[tag])
	}
	return out, nil
}

var methods = []string{"get", "post", "put", "patch", "delete"}

func byMethod(a, b string) int { return slices.Index(methods, a) - slices.Index(methods, b) }

func anchor(tag string) string { return strings.ReplaceAll(strings.ToLower(tag), " ", "-") }

func (d document) call(method, path string, o operation) Call {
	c := Call{Anchor: o.ID, Method: method, Path: path, Summary: o.Summary, SignedIn: len(o.Security) > 0}
	for _, p := range o.Parameters {
		c.Parameters = append(c.Parameters, Field{p.Name, p.In, d.typeOf(p.Schema), p.Required, p.Description})
	}
	for _, media := range slices.Sorted(maps.Keys(o.Body.Content)) {
		c.Takes = append(c.Takes, media)
		if fields := d.fields(o.Body.Content[media].Schema, ""); len(fields) > 0 {
			c.Body = fields
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		c.Answers = append(c.Answers, d.answer(status, o.Responses[status]))
	}
	return c
}

func (d document) answer(status string, r content) Answer {
	a := Answer{Status: status, Says: r.Description}
	if status == "default" {
		a.Status = ""
	}
	for _, media := range slices.Sorted(maps.Keys(r.Content)) {
		a.Media = media
		a.Fields = d.fields(r.Content[media].Schema, "")
	}
	return a
}

// fields lists what is inside a schema, and inside that. Types of this API
// hold no type that holds them again.
func (d document) fields(s *schema, before string) []Field {
	s = d.resolve(s)
	if s == nil {
		return nil
	}
	if s.Items != nil {
		return d.fields(s.Items, before+"[]")
	}
	var all []Field
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p, full := s.Properties[name], name
		if before != "" {
			full = before + "." + name
		}
		all = append(all, Field{Name: full, Type: d.typeOf(p), Required: slices.Contains(s.Required, name), Says: p.Description})
		all = append(all, d.fields(p, full)...)
	}
	if inner := values(s); inner != nil {
		all = append(all, d.fields(inner, before+".*")...)
	}
	return all
}

// values is the schema of an object's values where its keys are free.
func values(s *schema) *schema {
	var v schema
	if len(s.Additional) == 0 || s.Additional[0] != '{' || json.Unmarshal(s.Additional, &v) != nil {
		return nil
	}
	return &v
}

func (d document) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// typeOf says a type in a word or two.
func (d document) typeOf(s *schema) string {
	s = d.resolve(s)
	if s == nil {
		return ""
	}
	if s.Items != nil {
		return "list of " + d.typeOf(s.Items)
	}
	said := strings.Join(s.Type, " or ")
	if s.Format != "" {
		said += ", " + s.Format
	}
	return said
}
