package factor

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/webauthn"
)

type beginPasskeyOutput struct {
	Body struct {
		PublicKey webauthn.CreationOptions `json:"publicKey" doc:"For navigator.credentials.create: PublicKeyCredentialCreationOptionsJSON. The challenge works once, for five minutes and in this session."`
	}
}

type addPasskeyInput struct {
	Body struct {
		Name       string     `json:"name,omitempty" doc:"Left out: what it is."`
		Credential api.Object `json:"credential" doc:"What the browser made: RegistrationResponseJSON."`
	}
}

type addPasskeyOutput struct{ Body item }

type askPasskeyInput struct {
	Body *struct {
		For string `json:"for,omitempty" enum:"sign_in,proof" doc:"Left out: proof where there is a session, otherwise sign_in."`
	}
}

type askPasskeyOutput struct {
	Body struct {
		PublicKey webauthn.RequestOptions `json:"publicKey" doc:"For navigator.credentials.get: PublicKeyCredentialRequestOptionsJSON. The challenge works once and for five minutes."`
	}
}

func (h API) mountPasskeys(a *api.API, tag, base string) {
	sensitive := route.Person.WithProof().ForSetUp()
	api.Post(a, base+"/options", sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "begin-passkey", Tag: tag, Summary: "Options for a new passkey or security key", Status: http.StatusOK}, h.beginPasskey)
	api.Post(a, base, sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "add-passkey", Tag: tag, Summary: "Add the passkey that the browser has made; other devices are signed out", Status: http.StatusCreated}, h.addPasskey)
	api.Post(a, "/v1/session/passkey/options", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "ask-passkey", Tag: "Signing in", Summary: "Options to sign in with a passkey; with a session, also a half one, to prove who you are with a passkey of yours", Status: http.StatusOK}, h.askPasskey)
}

func (h API) beginPasskey(ctx context.Context, _ *nothing) (out *beginPasskeyOutput, err error) {
	out = &beginPasskeyOutput{}
	out.Body.PublicKey, err = h.Service.BeginPasskey(ctx, session.Of(ctx))
	return out, err
}

func (h API) addPasskey(ctx context.Context, in *addPasskeyInput) (*addPasskeyOutput, error) {
	f, done, err := h.Service.AddPasskey(ctx, session.Of(ctx), in.Body.Name, in.Body.Credential)
	if err != nil {
		return nil, err
	}
	w, _ := api.HTTP(ctx)
	reborn(ctx, w, done)
	out := &addPasskeyOutput{itemOf(f)}
	out.Body.BackupCodes = revealed(done.Codes)
	return out, nil
}

func (h API) askPasskey(ctx context.Context, in *askPasskeyInput) (out *askPasskeyOutput, err error) {
	out = &askPasskeyOutput{}
	enter := in.Body != nil && in.Body.For == "sign_in"
	out.Body.PublicKey, err = h.Service.AskPasskey(ctx, session.Of(ctx), enter)
	return out, err
}
