package domain

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the domains of an organization as JSON.
type API struct{ Service *Service }

type record struct {
	Type  string `json:"type" enum:"TXT"`
	Name  string `json:"name" doc:"The name that has to have the record."`
	Value string `json:"value" doc:"What the record has to hold."`
}

type body struct {
	Domain     string     `json:"domain" doc:"In ASCII, lower case."`
	Record     record     `json:"record"`
	State      string     `json:"state" enum:"pending,verified,missing" doc:"missing: proved, but the record is not found just now. The proof ends after seven days of that."`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	CheckedAt  *time.Time `json:"checked_at,omitempty" doc:"When the record was last looked for."`
}

type listInput struct {
	Org string `path:"org"`
}

type listOutput struct {
	Body struct {
		Items []body `json:"items"`
	}
}

type addInput struct {
	Org  string `path:"org"`
	Body struct {
		Domain string `json:"domain"`
	}
}

type oneInput struct {
	Org    string `path:"org"`
	Domain string `path:"domain"`
}

type oneOutput struct{ Body body }

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Sign-in provider", "/v1/orgs/{org}/domains"
	editor := route.Allowed(identity.EditPolicy)
	sensitive := editor.WithProof()
	api.Get(a, base, editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-domains", Tag: tag, Summary: "Domains of the organization, proved or not"}, h.list)
	api.Post(a, base, sensitive, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "add-domain", Tag: tag, Summary: "Name a domain and get the record that proves it", Status: http.StatusCreated}, h.add)
	api.Post(a, base+"/{domain}/verify", sensitive, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "verify-domain", Tag: tag, Summary: "Look for the record of a domain, afresh each time", Status: http.StatusOK}, h.verify)
	api.Delete(a, base+"/{domain}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-domain", Tag: tag, Summary: "Take a domain away", Status: http.StatusNoContent}, h.remove)
}

func (h API) list(ctx context.Context, _ *listInput) (*listOutput, error) {
	found, err := h.Service.List(ctx, session.Actor(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []body{}
	for _, d := range found {
		out.Body.Items = append(out.Body.Items, show(d))
	}
	return out, nil
}

func (h API) add(ctx context.Context, in *addInput) (*oneOutput, error) {
	d, err := h.Service.Add(ctx, session.Actor(ctx), in.Body.Domain)
	if err != nil {
		return nil, err
	}
	return &oneOutput{show(d)}, nil
}

func (h API) verify(ctx context.Context, in *oneInput) (*oneOutput, error) {
	d, err := h.Service.Verify(ctx, session.Actor(ctx), in.Domain)
	if err != nil {
		return nil, err
	}
	return &oneOutput{show(d)}, nil
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Actor(ctx), in.Domain)
}

func show(d Domain) body {
	out := body{Domain: d.Domain, Record: record{"TXT", d.RecordName(), d.RecordValue()}, State: d.State()}
	if d.VerifiedAt.Valid {
		out.VerifiedAt = &d.VerifiedAt.V
	}
	if d.CheckedAt.Valid {
		out.CheckedAt = &d.CheckedAt.V
	}
	return out
}
