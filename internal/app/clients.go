package app

import (
	"context"
	"net/http"

	"nameplate/internal/connect/client"
	"nameplate/internal/connect/openid"
	"nameplate/internal/connect/token"
	"nameplate/internal/platform/web"
)

// mountClients adds the clients of an organization, and the sign-in of people
// at those that are apps. They share the page of a client and the place where
// tokens are had.
func (a *App) mountClients(shell web.Shell) (client.Web, openid.Web) {
	apps := openid.Web{Service: a.OpenID, Shell: shell, SignOut: a.signOut}
	clients := client.Web{
		Service: a.Clients, Shell: shell, Scopes: a.scopesOf("{org}"), NameOf: a.nameOf, Words: token.ScopeWords, SignInPart: apps.Part,
	}
	apps.Page = clients.Refuse
	clients.Mount(a.Table)
	client.API{Service: a.Clients}.Mount(a.API)
	apps.Mount(a.Table)
	openid.API{Service: a.OpenID}.Mount(a.API)
	issuer := openid.OAuth{Service: a.OpenID}
	issuer.Mount(a.Table)
	client.OAuth{
		Service: a.Clients,
		Grants: map[string]func(http.ResponseWriter, *http.Request, string) error{
			"authorization_code": issuer.Code, "refresh_token": issuer.Refresh,
		},
		Revoke: a.OpenID.Revoke, Inspect: a.inspect,
	}.Mount(a.Table)
	return clients, apps
}

// inspect describes a token of a sign-in to the app that holds it.
func (a *App) inspect(ctx context.Context, clientID, token string) (client.Info, error) {
	i, active, err := a.OpenID.Inspect(ctx, clientID, token)
	return client.Info{
		Active: active, ClientID: clientID, Subject: i.UserID, Scopes: i.Scopes, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt,
	}, err
}
