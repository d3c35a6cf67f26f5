package password

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API serves changing and resetting as JSON.
type API struct{ Changes *Changes }

type changeInput struct {
	Body struct {
		CurrentPassword string `json:"current_password,omitempty" doc:"May be left out within ten minutes of a proof."`
		NewPassword     string `json:"new_password"`
	}
}

type askInput struct {
	Body struct {
		Email string `json:"email"`
	}
}

type confirmInput struct {
	Body struct {
		Token            string `json:"token"`
		NewPassword      string `json:"new_password"`
		PreviousPassword string `json:"previous_password,omitempty" doc:"Asked for after the account's address was put back by the link of a security mail: the password of that time."`
	}
}

type accepted struct {
	Body struct {
		Status string `json:"status" doc:"accepted, whoever has the address"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Signing in"
	api.Put(a, "/v1/me/password", route.Person.Changing(string(identity.PasswordField)), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "change-password", Tag: "Me", Summary: "Change the password; other devices are signed out", Status: http.StatusNoContent}, h.change)
	api.Post(a, "/v1/password-reset", route.Public, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "ask-password-reset", Tag: tag, Summary: "Ask for a link by mail", Status: http.StatusAccepted}, h.ask)
	api.Post(a, "/v1/password-reset/confirm", route.Public, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "confirm-password-reset", Tag: tag, Summary: "Set a new password by the link", Status: http.StatusNoContent}, h.confirm)
}

func (h API) change(ctx context.Context, in *changeInput) (*nothing, error) {
	w, r := api.HTTP(ctx)
	done, err := h.Changes.Change(ctx, session.Of(ctx), device.Cookie(r), secret.Secret(in.Body.CurrentPassword), secret.Secret(in.Body.NewPassword))
	if err != nil {
		return nil, err
	}
	session.SetCookie(w, edge.Of(ctx).Secure, done.Session)
	return nil, nil
}

func (h API) ask(ctx context.Context, in *askInput) (*accepted, error) {
	if err := h.Changes.Ask(ctx, in.Body.Email); err != nil {
		return nil, err
	}
	out := &accepted{}
	out.Body.Status = "accepted"
	return out, nil
}

func (h API) confirm(ctx context.Context, in *confirmInput) (*nothing, error) {
	w, r := api.HTTP(ctx)
	known, err := h.Changes.Confirm(ctx, session.Actor(ctx), device.Cookie(r), Reset{
		Token: in.Body.Token, Fresh: secret.Secret(in.Body.NewPassword), Previous: secret.Secret(in.Body.PreviousPassword),
	})
	if err != nil {
		return nil, err
	}
	device.SetCookie(w, edge.Of(ctx).Secure, known)
	return nil, nil
}
