package signup

import (
	"context"
	"net/http"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API serves signing up as JSON.
type API struct{ Service *Service }

type startInput struct {
	Body struct {
		Email        string `json:"email"`
		Password     string `json:"password"`
		DisplayName  string `json:"display_name,omitempty" doc:"At most 64 characters."`
		Organization string `json:"organization,omitempty" doc:"Name of a new organization, owned by the caller."`
		SetupToken   string `json:"setup_token,omitempty" doc:"Of the set-up link, for the first sign-up of an instance that is not local."`
	}
}

type verifyInput struct {
	Body struct {
		Email    string `json:"email,omitempty"`
		Code     string `json:"code,omitempty" doc:"The six digits of the mail, with the address."`
		Token    string `json:"token,omitempty" doc:"The token of the mail's link, alone."`
		Password string `json:"password,omitempty" doc:"Replaces the first one; needed from another browser than the one that signed up."`
	}
}

type status struct {
	Body struct {
		Status string `json:"status" doc:"verification_required or signed_in"`
	}
}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Signing in"
	api.Post(a, "/v1/signup", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "sign-up", Tag: tag, Summary: "Sign up", Status: http.StatusCreated}, h.start)
	api.Post(a, "/v1/signup/verify", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "verify-sign-up", Tag: tag, Summary: "Prove the address of a sign-up", Status: http.StatusOK}, h.verify)
}

func (h API) start(ctx context.Context, in *startInput) (*status, error) {
	w, r := api.HTTP(ctx)
	out, err := h.Service.Start(ctx, BrowserOf(r), Request{
		Email: in.Body.Email, Password: secret.Secret(in.Body.Password), DisplayName: in.Body.DisplayName,
		Organization: in.Body.Organization, Setup: in.Body.SetupToken,
	})
	if err != nil {
		return nil, err
	}
	secure := edge.Of(ctx).Secure
	if out.SignedIn {
		out.give(w, secure)
		return said("signed_in"), nil
	}
	setMark(w, secure, out.Mark)
	return said("verification_required"), nil
}

func (h API) verify(ctx context.Context, in *verifyInput) (*status, error) {
	w, r := api.HTTP(ctx)
	out, err := h.Service.Verify(ctx, BrowserOf(r), Proof{
		Email: in.Body.Email, Code: in.Body.Code, Token: in.Body.Token, Password: secret.Secret(in.Body.Password),
	})
	if err != nil {
		return nil, err
	}
	secure := edge.Of(ctx).Secure
	out.give(w, secure)
	clearMark(w, secure)
	return said("signed_in"), nil
}

func said(word string) *status {
	out := &status{}
	out.Body.Status = word
	return out
}
