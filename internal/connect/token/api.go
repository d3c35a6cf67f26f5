package token

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the caller's tokens as JSON. No token may call it.
type API struct{ Service *Service }

type usage struct {
	Scope      string     `json:"scope"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To five minutes; null: never."`
	Idle       bool       `json:"idle" doc:"Not needed for 90 days."`
}

type item struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix" doc:"How the token begins."`
	Scopes     []string   `json:"scopes"`
	Usage      []usage    `json:"usage"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To five minutes; null: never."`
	CanShow    bool       `json:"can_show" doc:"Whether it can be shown again, as tokens.redisplay says."`
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

type makeInput struct {
	Body struct {
		Name          string   `json:"name" doc:"What it is for, up to 60 characters."`
		Scopes        []string `json:"scopes" doc:"What it may do: profile:read, members:read …"`
		ExpiresInDays *int     `json:"expires_in_days,omitempty" doc:"At most what tokens.max_days says, which is the default, too."`
	}
}

type makeOutput struct {
	Body struct {
		item
		Token string `json:"token" doc:"Shown this once."`
	}
}

type oneInput struct {
	ID string `path:"id"`
}

type scopeInput struct {
	ID    string `path:"id"`
	Scope string `path:"scope"`
}

type showOutput struct {
	Body struct {
		Token string `json:"token"`
	}
}

type foundInput struct {
	Body struct {
		Token string `json:"token"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Access tokens", "/v1/me/tokens"
	sensitive := route.Person.WithProof()
	shows := route.Person.Unless(h.Service.refuseToShow).WithProof()
	api.Get(a, base, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-tokens", Tag: tag, Summary: "The caller's living tokens, the newest first"}, h.list)
	api.Post(a, base, sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "make-token", Tag: tag, Summary: "Make a token, which is shown this once", Status: http.StatusCreated}, h.create)
	api.Delete(a, base+"/{id}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "revoke-token", Tag: tag, Summary: "Revoke a token", Status: http.StatusNoContent}, h.revoke)
	api.Post(a, base+"/{id}/show", shows, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "show-token", Tag: tag, Summary: "Show a token again, where tokens.redisplay allows it", Status: http.StatusOK}, h.show)
	api.Delete(a, base+"/{id}/scopes/{scope}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "narrow-token", Tag: tag, Summary: "Take a scope from a token; the last one stays", Status: http.StatusNoContent}, h.narrow)
	api.Post(a, "/v1/tokens/revoke", route.Public, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "report-token", Tag: tag, Summary: "Revoke a token that you have found; its owner is told", Status: http.StatusNoContent}, h.found)
}

// refuseToShow keeps people from proving themselves for what rules forbid.
func (s *Service) refuseToShow(r *http.Request) error {
	return s.MayShow(r.Context(), session.Of(r.Context()))
}

func (h API) list(ctx context.Context, _ *nothing) (*listOutput, error) {
	all, err := h.Service.List(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	for _, t := range Living(all) {
		out.Body.Items = append(out.Body.Items, itemOf(t))
	}
	return out, nil
}

func itemOf(t Token) item {
	out := item{
		ID: t.ID, Name: t.Name, Prefix: t.Prefix, Scopes: []string{}, Usage: []usage{}, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
		LastUsedAt: api.Moment(t.LastUsedAt()), CanShow: t.Kept,
	}
	for _, s := range t.Scopes {
		out.Scopes = append(out.Scopes, s.Name)
		out.Usage = append(out.Usage, usage{s.Name, api.Moment(s.LastUsedAt), s.Idle})
	}
	return out
}

func (h API) create(ctx context.Context, in *makeInput) (*makeOutput, error) {
	made, err := h.Service.Make(ctx, session.Of(ctx), Wish{in.Body.Name, in.Body.Scopes, in.Body.ExpiresInDays})
	if err != nil {
		return nil, err
	}
	out := &makeOutput{}
	out.Body.item, out.Body.Token = itemOf(made.Token), made.Secret.Reveal()
	return out, nil
}

func (h API) revoke(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Revoke(ctx, session.Of(ctx), in.ID)
}

func (h API) narrow(ctx context.Context, in *scopeInput) (*nothing, error) {
	return nil, h.Service.Narrow(ctx, session.Of(ctx), in.ID, in.Scope)
}

func (h API) show(ctx context.Context, in *oneInput) (*showOutput, error) {
	text, err := h.Service.Show(ctx, session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &showOutput{}
	out.Body.Token = text.Reveal()
	return out, nil
}

func (h API) found(ctx context.Context, in *foundInput) (*nothing, error) {
	return nil, h.Service.Found(ctx, session.Actor(ctx), in.Body.Token)
}
