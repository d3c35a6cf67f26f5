package signin

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API serves signing in and out as JSON.
type API struct{ Service *Service }

type credentials struct {
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
}

type status struct {
	Body struct {
		Status  string   `json:"status" enum:"signed_in,second_factor_required"`
		Factors []string `json:"factors,omitempty" doc:"Second factors to choose from, in the order to offer them."`
	}
}

type second struct {
	Body struct {
		Method     string     `json:"method" doc:"One of the factors that the sign-in listed: webauthn, totp, sms or backup_code."`
		Code       string     `json:"code,omitempty" doc:"Left out with sms, it is sent to a phone: 202 with the status code_sent."`
		Phone      string     `json:"phone,omitempty" doc:"Id of the phone that an SMS goes to; at first the one that was used last."`
		Credential api.Object `json:"credential,omitempty" doc:"For webauthn: AuthenticationResponseJSON, after POST /v1/session/passkey/options."`
	}
}

type byPasskeyInput struct {
	Body struct {
		Credential api.Object `json:"credential" doc:"What the browser answers: AuthenticationResponseJSON."`
	}
}

type secondOutput struct {
	Status int
	Body   struct {
		Status string  `json:"status" enum:"signed_in,code_sent"`
		Phones []phone `json:"phones,omitempty" doc:"Where codes can go; the first has got the newest."`
	}
}

type phone struct {
	ID     string     `json:"id"`
	Ending string     `json:"ending" doc:"How its number ends."`
	SentAt *time.Time `json:"sent_at,omitempty" doc:"When it got the newest code. A minute later there is a new one, if it is asked for."`
}

type nothing struct{}

type choice struct {
	Body struct {
		Organization string `json:"organization" doc:"Id of an organization that the caller belongs to."`
	}
}

type current struct {
	Body struct {
		Organization identity.OrganizationRef `json:"organization"`
		Role         string                   `json:"role"`
	}
}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Signing in"
	api.Post(a, "/v1/session", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "sign-in", Tag: tag, Summary: "Sign in with address and password", Status: http.StatusOK}, h.signIn)
	api.Post(a, "/v1/session/second-factor", route.Halfway, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "sign-in-second-factor", Tag: tag, Summary: "Finish a sign-in with a second factor. With sms and no code, send one first (202); where sms is the first factor listed, the sign-in has sent it", Status: http.StatusOK, Later: true}, h.second)
	api.Post(a, "/v1/session/passkey", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "sign-in-passkey", Tag: tag, Summary: "Sign in with a passkey alone", Status: http.StatusOK}, h.byPasskey)
	api.Delete(a, "/v1/session", route.Halfway, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "sign-out", Tag: tag, Summary: "Sign out", Status: http.StatusNoContent}, h.signOut)
	api.Put(a, "/v1/session/organization", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "switch-organization", Tag: tag, Summary: "Make an organization the current one", Status: http.StatusOK}, h.choose)
}

func (h API) signIn(ctx context.Context, in *credentials) (*status, error) {
	w, r := api.HTTP(ctx)
	entered, err := h.Service.SignIn(ctx, BrowserOf(r), in.Body.Email, secret.Secret(in.Body.Password))
	if err != nil {
		return nil, err
	}
	entered.give(w, r)
	return stands(entered.Factors), nil
}

// stands says how far a sign-in has come.
func stands(toCome []string) *status {
	out := &status{}
	out.Body.Status, out.Body.Factors = "signed_in", toCome
	if len(toCome) > 0 {
		out.Body.Status = "second_factor_required"
	}
	return out
}

func (h API) second(ctx context.Context, in *second) (*secondOutput, error) {
	w, r := api.HTTP(ctx)
	if in.Body.Method == bySMS && in.Body.Code == "" {
		return h.send(ctx, in.Body.Phone)
	}
	given := in.Body.Code
	if in.Body.Method == passkey {
		given = string(in.Body.Credential)
	}
	entered, err := h.Service.Second(ctx, BrowserOf(r), session.Of(ctx), in.Body.Method, given)
	if err != nil {
		return nil, err
	}
	entered.give(w, r)
	out := &secondOutput{Status: http.StatusOK}
	out.Body.Status = "signed_in"
	return out, nil
}

func (h API) byPasskey(ctx context.Context, in *byPasskeyInput) (*status, error) {
	w, r := api.HTTP(ctx)
	entered, err := h.Service.ByPasskey(ctx, BrowserOf(r), session.Of(ctx), in.Body.Credential)
	if err != nil {
		return nil, err
	}
	entered.give(w, r)
	return stands(nil), nil
}

// send sends a code by SMS, or leaves it at the one that was just sent.
func (h API) send(ctx context.Context, to string) (*secondOutput, error) {
	c := session.Of(ctx)
	if _, err := h.Service.Send(ctx, c, to); err != nil {
		return nil, err
	}
	phones, err := h.Service.Phones(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &secondOutput{Status: http.StatusAccepted}
	out.Body.Status = "code_sent"
	for _, p := range phones {
		shown := phone{ID: p.ID, Ending: p.Ending}
		if !p.SentAt.IsZero() {
			shown.SentAt = &p.SentAt
		}
		out.Body.Phones = append(out.Body.Phones, shown)
	}
	return out, nil
}

func (h API) signOut(ctx context.Context, _ *nothing) (*nothing, error) {
	if err := h.Service.SignOut(ctx, session.Of(ctx)); err != nil {
		return nil, err
	}
	Leave(api.HTTP(ctx))
	return nil, nil
}

func (h API) choose(ctx context.Context, in *choice) (*current, error) {
	m, err := h.Service.Switch(ctx, session.Of(ctx), in.Body.Organization)
	if err != nil {
		return nil, err
	}
	return show(m), nil
}

func show(m identity.Membership) *current {
	out := &current{}
	out.Body.Organization, out.Body.Role = m.Ref(), string(m.Role)
	return out
}
