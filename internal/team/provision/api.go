package provision

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the tokens of providers as JSON.
type API struct{ Service *Service }

type item struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix" doc:"How the token begins."`
	CreatedAt  time.Time  `json:"created_at"`
	CreatedBy  string     `json:"created_by,omitempty" doc:"Absent: one who is gone."`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To a minute; null: never."`
}

type orgInput struct {
	Org string `path:"org"`
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type makeInput struct {
	Org  string `path:"org"`
	Body struct {
		Name string `json:"name" doc:"What the provider is called, up to 60 characters. People read it where a field comes from there."`
	}
}

type listOutput struct {
	Body struct {
		Items   []item `json:"items"`
		BaseURL string `json:"base_url" doc:"What the provider is to call."`
	}
}

type makeOutput struct {
	Body struct {
		ID        string    `json:"id"`
		Token     string    `json:"token" doc:"Shown this once."`
		Name      string    `json:"name"`
		Prefix    string    `json:"prefix"`
		BaseURL   string    `json:"base_url"`
		CreatedAt time.Time `json:"created_at"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Provisioning", "/v1/orgs/{org}/scim-tokens"
	editor := route.Allowed(identity.EditPolicy)
	sensitive := editor.WithProof()
	api.Get(a, base, editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-scim-tokens", Tag: tag, Summary: "Tokens with which a provider keeps the people of the organization by SCIM, the oldest first"}, h.list)
	api.Post(a, base, sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "make-scim-token", Tag: tag, Summary: "Make a token, which is shown this once", Status: http.StatusCreated}, h.create)
	api.Delete(a, base+"/{id}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "revoke-scim-token", Tag: tag, Summary: "Revoke a token; whom it keeps stays", Status: http.StatusNoContent}, h.revoke)
}

func (h API) list(ctx context.Context, _ *orgInput) (*listOutput, error) {
	actor := session.Actor(ctx)
	all, err := h.Service.Tokens(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.BaseURL = []item{}, h.Service.Base(actor.Membership.OrganizationID)
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, item{t.ID, t.Name, t.Prefix, t.CreatedAt, t.MadeBy.V, api.Moment(t.LastUsedAt.V)})
	}
	return out, nil
}

func (h API) create(ctx context.Context, in *makeInput) (*makeOutput, error) {
	t, text, err := h.Service.Make(ctx, session.Of(ctx), in.Body.Name)
	if err != nil {
		return nil, err
	}
	out := &makeOutput{}
	b := &out.Body
	b.ID, b.Token, b.Name, b.Prefix, b.CreatedAt, b.BaseURL = t.ID, text.Reveal(), t.Name, t.Prefix, t.CreatedAt, h.Service.Base(in.Org)
	return out, nil
}

func (h API) revoke(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Revoke(ctx, session.Actor(ctx), in.ID)
}
