package reauth

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API takes proofs as JSON.
type API struct{ Service *Service }

type proofInput struct {
	Body struct {
		Method     string     `json:"method,omitempty" enum:"password,webauthn,totp,backup_code" doc:"May be left out: it is told by what is given."`
		Password   string     `json:"password,omitempty" doc:"Taken where the account has no second factor."`
		Code       string     `json:"code,omitempty" doc:"Of the second factor."`
		Credential api.Object `json:"credential,omitempty" doc:"Of a passkey: AuthenticationResponseJSON, after POST /v1/session/passkey/options."`
	}
}

type nothing struct{}

// Mount adds the operation.
func (h API) Mount(a *api.API) {
	api.Post(a, "/v1/session/reauthenticate", route.Person.ForSetUp(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "reauthenticate", Tag: "Signing in", Summary: "Prove again who you are; it counts for ten minutes", Status: http.StatusNoContent}, h.prove)
}

func (h API) prove(ctx context.Context, in *proofInput) (*nothing, error) {
	_, r := api.HTTP(ctx)
	return nil, h.Service.Prove(ctx, session.Of(ctx), Proof{
		Method: in.Body.Method, Password: secret.Secret(in.Body.Password), Code: in.Body.Code, Passkey: string(in.Body.Credential),
		Device: device.Cookie(r),
	})
}
