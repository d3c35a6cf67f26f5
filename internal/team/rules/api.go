package rules

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/route"
)

// API serves the rules of an organization as JSON.
type API struct {
	Service *Service
	// SetBy names whoever set a rule.
	SetBy func(ctx context.Context, userID string) string
}

type orgInput struct {
	Org string `path:"org"`
}

type sheetOutput struct {
	ETag string `header:"ETag"`
	Body document
}

type patchInput struct {
	Org     string `path:"org"`
	DryRun  bool   `query:"dry_run" doc:"Changes nothing and answers whom the change would block, prompt or sign out."`
	IfMatch string `header:"If-Match" doc:"Refuses the change if the policy has another ETag by now."`
	Body    patchBody
}

type patchOutput struct {
	ETag string `header:"ETag"`
	Body answer
}

type revertInput struct {
	Org  string `path:"org"`
	Body struct {
		Entry string `json:"entry" doc:"id of a change, from the history"`
	}
}

type historyInput struct {
	Org    string `path:"org"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor"`
}

type historyOutput struct {
	Body struct {
		Items      []past `json:"items"`
		NextCursor string `json:"next_cursor"`
	}
}

// past is a change as JSON.
type past struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Key      string    `json:"key"`
	Role     string    `json:"role,omitempty"`
	Before   any       `json:"before" doc:"null: the layer before held"`
	After    any       `json:"after" doc:"null: the layer before holds"`
	SetBy    string    `json:"set_by"`
	Reverted bool      `json:"reverted"`
	Reverts  string    `json:"reverts,omitempty" doc:"id of the change that this one took back"`
}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Policy", "/v1/orgs/{org}/policy"
	editor := route.Allowed(identity.EditPolicy)
	sensitive := editor.WithProof()
	api.Get(a, base, editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-policy", Tag: tag, Summary: "Every rule of the organization, with where its value comes from"}, h.get)
	api.Patch(a, base, sensitive, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-policy", Tag: tag, Summary: "Set rules, clear them with null, or take a preset; or try what that would do"}, h.patch)
	api.Get(a, base+"/history", editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "policy-history", Tag: tag, Summary: "Changes of the rules, the newest first"}, h.history)
	api.Post(a, base+"/revert", sensitive, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "revert-policy", Tag: tag, Summary: "Take a change back, unless the rule has changed again since", Status: http.StatusOK}, h.revert)
}

func (h API) get(ctx context.Context, in *orgInput) (*sheetOutput, error) {
	sheet, err := h.Service.Get(ctx, session.Actor(ctx), in.Org)
	if err != nil {
		return nil, err
	}
	return h.show(ctx, sheet)
}

func (h API) show(ctx context.Context, sheet Sheet) (*sheetOutput, error) {
	doc, err := documentOf(ctx, sheet, h.SetBy)
	return &sheetOutput{etag(sheet.Version), doc}, err
}

func (h API) patch(ctx context.Context, in *patchInput) (*patchOutput, error) {
	p, err := in.Body.patch()
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		return h.try(ctx, in, p)
	}
	version, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	sheet, err := h.Service.Change(ctx, session.Actor(ctx), in.Org, version, p)
	if err != nil {
		return nil, err
	}
	doc, err := documentOf(ctx, sheet, h.SetBy)
	return &patchOutput{etag(sheet.Version), answer{document: doc}}, err
}

func (h API) try(ctx context.Context, in *patchInput, p Patch) (*patchOutput, error) {
	actor := session.Actor(ctx)
	sheet, err := h.Service.Get(ctx, actor, in.Org)
	if err != nil {
		return nil, err
	}
	if version, err := versionOf(in.IfMatch); err != nil || version != "" && version != sheet.Version {
		return nil, ErrStale
	}
	f, err := h.Service.Try(ctx, actor, sheet, p)
	if err != nil {
		return nil, err
	}
	tried := forecastOf(ctx, f)
	return &patchOutput{etag(sheet.Version), answer{forecast: &tried}}, nil
}

func (h API) revert(ctx context.Context, in *revertInput) (*sheetOutput, error) {
	sheet, err := h.Service.Revert(ctx, session.Actor(ctx), in.Org, in.Body.Entry)
	if err != nil {
		return nil, err
	}
	return h.show(ctx, sheet)
}

func (h API) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	if in.Cursor != "" && !ids.Valid(ids.Entry, in.Cursor) {
		return nil, api.ErrMalformed
	}
	sheet, err := h.Service.Get(ctx, session.Actor(ctx), in.Org)
	if err != nil {
		return nil, err
	}
	found, err := h.Service.History(ctx, sheet, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &historyOutput{}
	out.Body.Items = []past{}
	for _, p := range found {
		out.Body.Items = append(out.Body.Items, past{
			p.ID, p.At, p.Key, string(p.Role), raw(p.Before), raw(p.After), h.SetBy(ctx, p.By), p.Reverted, p.Reverts,
		})
	}
	if len(found) == in.Limit {
		out.Body.NextCursor = found[len(found)-1].ID
	}
	return out, nil
}

// raw is a value as it is stored; an empty one is null.
func raw(value string) any {
	if value == "" {
		return nil
	}
	return json.RawMessage(value)
}

func etag(version string) string { return `"` + version + `"` }

// versionOf reads an If-Match header (RFC 9110, section 13.1.1); an empty one
// is any.
func versionOf(header string) (string, error) {
	if header == "" || header == "*" {
		return "", nil
	}
	version := strings.Trim(header, `"`)
	if version == "" || etag(version) != header {
		return "", ErrStale
	}
	return version, nil
}

// patchBody is a merge patch: keys with their new values, null to clear. A
// value may also stand as it is read, in an object under "value". "roles" holds
// the same for each role.
type patchBody map[string]json.RawMessage

const rolesKey = "roles"

func (b patchBody) patch() (p Patch, err error) {
	var faults errs.Fields
	for key, value := range b {
		switch key {
		case rolesKey:
			faults = append(faults, p.roles(value)...)
		case policy.Preset.Name():
			if json.Unmarshal(inner(value), &p.Preset) != nil {
				faults = append(faults, policy.ErrValue.On(key))
			} else if p.Preset == "" {
				p.Preset = policy.Presets[0].Name
			}
		default:
			p.Put("", key, inner(value))
		}
	}
	return p, faults.OrNil()
}

// roles reads what a patch says for single roles. A null clears all that is
// set for one.
func (p *Patch) roles(value json.RawMessage) (faults errs.Fields) {
	var byRole map[identity.Role]map[string]json.RawMessage
	if json.Unmarshal(value, &byRole) != nil {
		return errs.Fields{policy.ErrValue.On(rolesKey)}
	}
	for role, values := range byRole {
		if !role.Valid() {
			faults = append(faults, policy.ErrUnknown.On(rolesKey+"."+string(role)))
			continue
		}
		if values == nil {
			p.Clear = append(p.Clear, role)
		}
		for key, value := range values {
			p.Put(role, key, inner(value))
		}
	}
	return faults
}

// inner takes a value out of the shape in which it is read. Null is nil.
func inner(value json.RawMessage) json.RawMessage {
	var shape struct{ Value json.RawMessage }
	if len(value) > 0 && value[0] == '{' && json.Unmarshal(value, &shape) == nil && shape.Value != nil {
		value = shape.Value
	}
	if string(value) == "null" {
		return nil
	}
	return value
}
