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
	Type        Kind       `json:"type" enum:"oidc,saml"`
	Name        string     `json:"name"`
	Issuer      string     `json:"issuer" doc:"What the provider calls itself: with SAML, its entity ID."`
	ClientID    string     `json:"client_id,omitempty"`
	Source      string     `json:"provider_metadata_url,omitempty" doc:"Where the provider's metadata is read again, each hour."`
	SignIn      string     `json:"provider_sign_in_url,omitempty" doc:"Where a provider that speaks SAML is asked."`
	Good        *time.Time `json:"certificate_expires_at,omitempty" doc:"Until when a provider that speaks SAML has a certificate that is good."`
	AccountURL  string     `json:"account_url" doc:"Where people change their password there: as set, or known by the issuer."`
	RoleMapping []Mapping  `json:"role_mapping"`
	RedirectURI string     `json:"redirect_uri,omitempty" doc:"To enter at a provider that speaks OpenID Connect: where it sends people back to."`
	LogoutURI   string     `json:"backchannel_logout_uri,omitempty" doc:"To enter there: where it tells who has left."`
	AnswerURL   string     `json:"acs_url,omitempty" doc:"To enter at a provider that speaks SAML: where it sends people back to."`
	EntityID    string     `json:"entity_id,omitempty" doc:"To enter there: what we are called."`
	MetadataURL string     `json:"metadata_url,omitempty" doc:"To enter there in place of both: our metadata."`
	LeavingURL  string     `json:"single_logout_url,omitempty" doc:"To enter there: where it tells who has left."`
	NewKey      bool       `json:"new_key,omitempty" doc:"Our metadata tells of a key that does not sign yet."`
	StartURL    string     `json:"start_url" doc:"Where a sign-in begins."`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	UsedAt      *time.Time `json:"last_used_at,omitempty"`
	Fault       *faultBody `json:"last_fault,omitempty" doc:"Why the last answer that was refused was refused."`
}

type stepBody struct {
	Step    string `json:"step" enum:"document,keys,pkce,client,certificate,domain"`
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
		Type         Kind      `json:"type" doc:"oidc or saml."`
		Name         string    `json:"name" doc:"What people call it; at most 64 characters."`
		Issuer       string    `json:"issuer,omitempty" doc:"With oidc: as its discovery document has it."`
		ClientID     string    `json:"client_id,omitempty" doc:"With oidc."`
		ClientSecret string    `json:"client_secret,omitempty" doc:"With oidc."`
		MetadataURL  string    `json:"metadata_url,omitempty" doc:"With saml: the provider's metadata, which is read again each hour."`
		MetadataXML  string    `json:"metadata_xml,omitempty" doc:"With saml, in its place: the metadata itself."`
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
		MetadataURL  api.Optional[string]    `json:"metadata_url,omitempty" doc:"The provider's metadata."`
		MetadataXML  api.Optional[string]    `json:"metadata_xml,omitempty" doc:"In its place: the metadata itself. Another entity ID forgets who was who there."`
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
	api.Post(a, base, sensitive, route.Batch, route.Guarded, route.NoStore,
		api.Op{ID: "add-identity-provider", Tag: tag, Summary: "Set up a provider, which is in use at once", Status: http.StatusCreated}, h.add)
	api.Get(a, base+"/{id}", editor, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-identity-provider", Tag: tag, Summary: "One of them"}, h.get)
	api.Patch(a, base+"/{id}", sensitive, route.Batch, route.Guarded, route.NoStore,
		api.Op{ID: "change-identity-provider", Tag: tag, Summary: "Change a provider"}, h.patch)
	api.Delete(a, base+"/{id}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-identity-provider", Tag: tag, Summary: "Remove a provider; accounts and sessions stay", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/{id}/test", sensitive, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "test-identity-provider", Tag: tag, Summary: "Try a provider as far as that goes without a person", Status: http.StatusOK}, h.test)
	api.Post(a, base+"/{id}/rotate-key", sensitive, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "rotate-identity-provider-key", Tag: tag, Summary: "Make a new key for a provider that speaks SAML; asked again, sign with it", Status: http.StatusOK}, h.rotate)
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
		one, err := h.body(ctx, p)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (h API) add(ctx context.Context, in *addInput) (*oneOutput, error) {
	p, err := h.Service.Add(ctx, session.Actor(ctx), Settings{
		Kind: in.Body.Type, MetadataURL: in.Body.MetadataURL, MetadataXML: in.Body.MetadataXML,
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
	}{{&given.Name, b.Name}, {&given.Issuer, b.Issuer}, {&given.ClientID, b.ClientID}, {&given.AccountURL, b.AccountURL}, {&given.MetadataURL, b.MetadataURL}, {&given.MetadataXML, b.MetadataXML}} {
		if field.set.Present {
			*field.to = field.set.Value
		}
	}
	if b.MetadataXML.Present && !b.MetadataURL.Present {
		given.MetadataURL = ""
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

func (h API) rotate(ctx context.Context, in *oneInput) (*oneOutput, error) {
	if err := h.Service.Rotate(ctx, session.Actor(ctx), in.ID); err != nil {
		return nil, err
	}
	return h.get(ctx, in)
}

func (h API) show(ctx context.Context, p Provider, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	body, err := h.body(ctx, p)
	return &oneOutput{api.ETag(p.Version), body}, err
}

func (h API) body(ctx context.Context, p Provider) (providerBody, error) {
	out := providerBody{
		ID: p.ID, Type: p.Kind, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, AccountURL: p.Account(), RoleMapping: p.Mappings(),
		StartURL: h.Service.StartURL(p), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	if p.UsedAt.Valid {
		out.UsedAt = &p.UsedAt.V
	}
	if p.FaultAt.Valid {
		out.Fault = &faultBody{p.Fault, i18n.T(ctx, "sso.fault."+p.Fault), p.FaultAt.V}
	}
	if p.Kind == SAML {
		return out, h.bodySAML(ctx, p, &out)
	}
	out.RedirectURI, out.LogoutURI = h.Service.RedirectURI(p), h.Service.LogoutURI(p)
	return out, nil
}

func (h API) bodySAML(ctx context.Context, p Provider, out *providerBody) error {
	d, err := p.described()
	if err != nil {
		return err
	}
	good := d.Good().UTC()
	out.Source, out.SignIn, out.Good = p.MetadataURL, d.SignIn, &good
	out.AnswerURL, out.EntityID, out.MetadataURL = h.Service.AnswerURL(p), h.Service.MetadataURL(p), h.Service.MetadataURL(p)
	out.LeavingURL = h.Service.LogoutURI(p)
	out.NewKey, err = h.Service.Waiting(ctx, p)
	return err
}

// settingsOf are the settings that a provider has, but its secret.
func settingsOf(p Provider) Settings {
	return Settings{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, MetadataURL: p.MetadataURL, AccountURL: p.AccountURL, Mappings: p.Mappings()}
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
