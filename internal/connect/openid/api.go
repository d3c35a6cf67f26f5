package openid

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the same as JSON.
type API struct{ Service *Service }

type signIn struct {
	RedirectURIs   []string `json:"redirect_uris" doc:"Where people are sent back to with a code, to the letter; https, or http on this machine."`
	LogoutURIs     []string `json:"post_logout_redirect_uris,omitempty" doc:"Where a browser may go on after signing out."`
	BackchannelURI string   `json:"backchannel_logout_uri,omitempty" doc:"Is told when a sign-in ends."`
}

type signInInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type saveInput struct {
	Org  string `path:"org"`
	ID   string `path:"id"`
	Body signIn
}

type signInOutput struct {
	Body struct {
		ClientID string `json:"client_id"`
		Issuer   string `json:"issuer" doc:"Libraries find the rest from it."`
		signIn
	}
}

type appItem struct {
	ID         string    `json:"id"`
	ClientID   string    `json:"client_id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
}

type appsOutput struct {
	Body struct {
		Items      []appItem `json:"items"`
		NextCursor string    `json:"next_cursor,omitempty"`
	}
}

type appInput struct {
	ID string `path:"id"`
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Sign-in for apps", "/v1/orgs/{org}/clients/{id}/sign-in"
	may := route.Allowed(identity.Connect)
	api.Get(a, base, may, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-client-sign-in", Tag: tag, Summary: "How people sign in at a client"}, h.get)
	api.Put(a, base, may.WithProof(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "set-client-sign-in", Tag: tag, Summary: "Let people sign in at a client, by OpenID Connect"}, h.put)
	api.Delete(a, base, may.WithProof(), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "end-client-sign-in", Tag: tag, Summary: "Let nobody sign in at a client any more", Status: http.StatusNoContent}, h.remove)
	api.Get(a, "/v1/me/apps", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-apps", Tag: tag, Summary: "The apps that you have allowed something, the last used first"}, h.list)
	api.Delete(a, "/v1/me/apps/{id}", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "disconnect-app", Tag: tag, Summary: "Disconnect an app; all that it holds of you is dead", Status: http.StatusNoContent}, h.disconnect)
}

func (h API) get(ctx context.Context, in *signInInput) (*signInOutput, error) {
	app, err := h.Service.Of(ctx, session.Of(ctx).Actor, in.ID)
	if err != nil {
		return nil, err
	}
	out := &signInOutput{}
	out.Body.ClientID, out.Body.Issuer = app.ClientID, h.Service.Issuer()
	out.Body.signIn = signIn{append([]string{}, app.Redirects...), app.Logouts, app.Backchannel}
	return out, nil
}

func (h API) put(ctx context.Context, in *saveInput) (*signInOutput, error) {
	err := h.Service.Save(ctx, session.Of(ctx).Actor, App{
		ClientID: in.ID, Redirects: in.Body.RedirectURIs, Logouts: in.Body.LogoutURIs, Backchannel: in.Body.BackchannelURI,
	})
	if err != nil {
		return nil, err
	}
	return h.get(ctx, &signInInput{in.Org, in.ID})
}

func (h API) remove(ctx context.Context, in *signInInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx).Actor, in.ID)
}

func (h API) list(ctx context.Context, _ *nothing) (*appsOutput, error) {
	all, err := h.Service.Apps(ctx, session.Of(ctx).User.ID)
	if err != nil {
		return nil, err
	}
	out := &appsOutput{}
	out.Body.Items = []appItem{}
	for _, a := range all {
		out.Body.Items = append(out.Body.Items, appItem{a.ID, a.ClientID, a.Name, a.Scopes, a.CreatedAt, a.LastUsedAt})
	}
	return out, nil
}

func (h API) disconnect(ctx context.Context, in *appInput) (*nothing, error) {
	return nil, h.Service.Disconnect(ctx, session.Of(ctx), in.ID)
}
