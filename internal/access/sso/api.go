package sso

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// ErrType is a kind of provider that is not spoken to.
var ErrType = errs.New(errs.Invalid, "provider_type").On("type")

const openID = "oidc"

// API serves the providers of an organization as JSON, and tells where an
// address signs in.
type API struct{ Service *Service }

type faultBody struct {
	Code    string    `json:"code"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

type providerBody struct {
	ID          string     `json:"id"`
	Type        string     `json:"type" enum:"oidc"`
	Name        string     `json:"name"`
	Issuer      string     `json:"issuer"`
	ClientID    string     `json:"client_id"`
	AccountURL  string     `json:"account_url" doc:"Where people change their password there: as set, or known by the issuer."`
	RoleMapping []Mapping  `json:"role_mapping"`
	RedirectURI string     `json:"redirect_uri" doc:"To enter at the provider: where it sends people back to."`
	LogoutURI   string     `json:"backchannel_logout_uri" doc:"To enter at the provider: where it tells who has left."`
	StartURL    string     `json:"start_url" doc:"Where a sign-in begins."`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	UsedAt      *time.Time `json:"last_used_at,omitempty"`
	Fault       *faultBody `json:"last_fault,omitempty" doc:"Why the last answer that was refused was refused."`
}

type stepBody struct {
	Step    string `json:"step" enum:"document,keys,pkce,client,domain"`
	OK      bool   `json:"ok"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

type discoverInput struct {
	Email string `query:"email"`
}

type discoverOutput struct {
	Body struct {
		SSO      bool   `json:"sso" doc:"Whether the domain of the address signs in at a provider. Whether anybody has the address is not told."`
		Required *bool  `json:"required,omitempty" doc:"There and nowhere else."`
		StartURL string `json:"start_url,omitempty"`
	}
}

type orgInput struct {
	Org string `path:"org"`
}

type listOutput struct {
	Body struct {
		Items []providerBody `json:"items"`
	}
}

type addInput struct {
	Org  string `path:"org"`
	Body struct {
		Type         string    `json:"type" doc:"oidc"`
		Name         string    `json:"name" doc:"What people call it; at most 64 characters."`
		Issuer       string    `json:"issuer" doc:"As its discovery document has it."`
		ClientID     string    `json:"client_id"`
		ClientSecret string    `json:"client_secret"`
		AccountURL   string    `json:"account_url,omitempty"`
		RoleMapping  []Mapping `json:"role_mapping,omitempty" doc:"The first that fits gives the role, at each sign-in; an agent where none fits."`
	}
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type oneOutput struct {
	ETag string `header:"ETag"`
	Body providerBody
}

type patchInput struct {
	Org     string `path:"org"`
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"Refuses the change if the provider has another ETag by now."`
	Body    struct {
		Name         api.Optional[string]    `json:"name,omitempty"`
		Issuer       api.Optional[string]    `json:"issuer,omitempty" doc:"Another one forgets who was who there."`
		ClientID     api.Optional[string]    `json:"client_id,omitempty"`
		ClientSecret api.Optional[string]    `json:"client_secret,omitempty"`
		AccountURL   api.Optional[string]    `json:"account_url,omitempty"`
		RoleMapping  api.Optional[[]Mapping] `json:"role_mapping,omitempty"`
	}
}

type testOutput struct {
	Body struct {
		OK    bool       `json:"ok"`
		Steps []stepBody `json:"steps"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Sign-in provider", "/v1/orgs/{org}/identity-providers"
	editor := route.Allowed(identity.EditPolicy)
	sensitive := editor.WithProof()
	api.Get(a, "/v1/session/discover", route.Visitor, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "discover", Tag: "Signing in", Summary: "Whether the domain of an address signs in at an identity provider"}, h.discover)
	api.Get(a, base, editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-identity-providers", Tag: tag, Summary: "Identity providers of the organization; the newest one is in use"}, h.list)
	api.Post(a, base, sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "add-identity-provider", Tag: tag, Summary: "Set up a provider, which is in use at once", Status: http.StatusCreated}, h.add)
	api.Get(a, base+"/{id}", editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-identity-provider", Tag: tag, Summary: "One of them"}, h.get)
	api.Patch(a, base+"/{id}", sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "change-identity-provider", Tag: tag, Summary: "Change a provider"}, h.patch)
	api.Delete(a, base+"/{id}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-identity-provider", Tag: tag, Summary: "Remove a provider; accounts and sessions stay", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/{id}/test", sensitive, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "test-identity-provider", Tag: tag, Summary: "Try a provider as far as that goes without a person", Status: http.StatusOK}, h.test)
}

func (h API) discover(ctx context.Context, in *discoverInput) (*discoverOutput, error) {
	w, found, err := h.Service.WayOf(ctx, h.Service.DB, in.Email)
	if err != nil {
		return nil, err
	}
	out := &discoverOutput{}
	if found {
		out.Body.SSO, out.Body.Required, out.Body.StartURL = true, &w.Required, h.Service.StartURL(w.Provider)
	}
	return out, nil
}

func (h API) list(ctx context.Context, _ *orgInput) (*listOutput, error) {
	found, err := h.Service.List(ctx, session.Actor(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []providerBody{}
	for _, p := range found {
		out.Body.Items = append(out.Body.Items, h.body(ctx, p))
	}
	return out, nil
}

func (h API) add(ctx context.Context, in *addInput) (*oneOutput, error) {
	if in.Body.Type != openID {
		return nil, ErrType
	}
	p, err := h.Service.Add(ctx, session.Actor(ctx), Settings{
		Name: in.Body.Name, Issuer: in.Body.Issuer, ClientID: in.Body.ClientID, ClientSecret: secret.Secret(in.Body.ClientSecret),
		AccountURL: in.Body.AccountURL, Mappings: in.Body.RoleMapping,
	})
	return h.show(ctx, p, err)
}

func (h API) get(ctx context.Context, in *oneInput) (*oneOutput, error) {
	p, err := h.Service.Get(ctx, session.Actor(ctx), in.ID)
	return h.show(ctx, p, err)
}

func (h API) patch(ctx context.Context, in *patchInput) (*oneOutput, error) {
	actor := session.Actor(ctx)
	p, err := h.Service.Get(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	if version, err := api.Version(in.IfMatch); err != nil || version != 0 && version != p.Version {
		return nil, ErrStale
	}
	given := settingsOf(p)
	b := in.Body
	for _, field := range []struct {
		to  *string
		set api.Optional[string]
	}{{&given.Name, b.Name}, {&given.Issuer, b.Issuer}, {&given.ClientID, b.ClientID}, {&given.AccountURL, b.AccountURL}} {
		if field.set.Present {
			*field.to = field.set.Value
		}
	}
	if b.ClientSecret.Present {
		given.ClientSecret = secret.Secret(b.ClientSecret.Value)
	}
	if b.RoleMapping.Present {
		given.Mappings = b.RoleMapping.Value
	}
	p, err = h.Service.Change(ctx, actor, p, given)
	return h.show(ctx, p, err)
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Actor(ctx), in.ID)
}

func (h API) test(ctx context.Context, in *oneInput) (*testOutput, error) {
	_, steps, err := h.Service.TestOf(ctx, session.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &testOutput{}
	out.Body.OK = Works(steps)
	for _, s := range steps {
		step := stepBody{Step: s.Name, OK: s.Err == nil}
		if s.Err != nil {
			step.Code, step.Message = s.Err.Code, wrong(ctx, s.Err)
		}
		out.Body.Steps = append(out.Body.Steps, step)
	}
	return out, nil
}

func (h API) show(ctx context.Context, p Provider, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	return &oneOutput{api.ETag(p.Version), h.body(ctx, p)}, nil
}

func (h API) body(ctx context.Context, p Provider) providerBody {
	out := providerBody{
		ID: p.ID, Type: openID, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, AccountURL: p.Account(), RoleMapping: p.Mappings(),
		RedirectURI: h.Service.RedirectURI(p), LogoutURI: h.Service.LogoutURI(p), StartURL: h.Service.StartURL(p),
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	if p.UsedAt.Valid {
		out.UsedAt = &p.UsedAt.V
	}
	if p.FaultAt.Valid {
		out.Fault = &faultBody{p.Fault, i18n.T(ctx, "sso.fault."+p.Fault), p.FaultAt.V}
	}
	return out
}

// settingsOf are the settings that a provider has, but its secret.
func settingsOf(p Provider) Settings {
	return Settings{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, AccountURL: p.AccountURL, Mappings: p.Mappings()}
}

func wrong(ctx context.Context, e *errs.Error) string {
	return i18n.T(ctx, "error."+e.Code, e.Args...)
}

// versionOf reads the version that a form was made from.
func versionOf(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
