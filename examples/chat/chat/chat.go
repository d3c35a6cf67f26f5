// Package chat is a chat platform as small as it can be: agents sign in by
// Nameplate, and customers see their card beside the conversation.
package chat

import (
	"context"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

//go:embed page.html
var page string

// App is what Nameplate knows of the platform.
type App struct {
	Issuer, ClientID, ClientSecret string
	URL                            string // of the platform
}

// agent is who has signed in.
type agent struct {
	ID   string `json:"sub"`
	Name string `json:"name"`
	Raw  string `json:"-"` // the ID token
}

type platform struct {
	App
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	logout   string
	page     *template.Template
	mu       sync.Mutex
	agents   map[string]agent // by the session's cookie
}

// Handler finds Nameplate and serves the platform.
func (a App) Handler(ctx context.Context) (http.Handler, error) {
	provider, err := oidc.NewProvider(ctx, a.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Logout string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	p := &platform{
		App: a, verifier: provider.Verifier(&oidc.Config{ClientID: a.ClientID}), logout: more.Logout, agents: map[string]agent{},
		oauth: oauth2.Config{
			ClientID: a.ClientID, ClientSecret: a.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: a.URL + "/callback",
			Scopes: []string{oidc.ScopeOpenID, "profile"},
		},
		page: template.Must(template.New("page").Parse(page)),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("GET /sign-in", p.signIn)
	mux.HandleFunc("GET /callback", p.callback)
	mux.HandleFunc("POST /sign-out", p.signOut)
	return http.NewCrossOriginProtection().Handler(mux), nil
}

// Signing in is these two.

func (p *platform) signIn(w http.ResponseWriter, r *http.Request) {
	state, check := rand.Text(), oauth2.GenerateVerifier()
	keep(w, "chat-flow", state+"."+check)
	http.Redirect(w, r, p.oauth.AuthCodeURL(state, oidc.Nonce(state), oauth2.S256ChallengeOption(check)), http.StatusSeeOther)
}

func (p *platform) callback(w http.ResponseWriter, r *http.Request) {
	state, check, found := flow(r)
	if !found || r.FormValue("state") != state || r.FormValue("iss") != p.Issuer {
		http.Error(w, "This sign-in did not begin here.", http.StatusForbidden)
		return
	}
	keep(w, "chat-flow", "")
	if r.FormValue("error") != "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	who, err := p.who(r.Context(), r.FormValue("code"), state, check)
	if err != nil {
		http.Error(w, "Nameplate does not say who you are.", http.StatusForbidden)
		return
	}
	p.open(w, who)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// who asks Nameplate who a code is about.
func (p *platform) who(ctx context.Context, code, nonce, check string) (who agent, err error) {
	given, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(check))
	if err != nil {
		return who, err
	}
	who.Raw, _ = given.Extra("id_token").(string)
	token, err := p.verifier.Verify(ctx, who.Raw)
	if err != nil {
		return who, err
	}
	if token.Nonce != nonce {
		return who, http.ErrNoCookie
	}
	return who, token.Claims(&who)
}

func (p *platform) home(w http.ResponseWriter, r *http.Request) {
	who, in := p.agent(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src "+p.Issuer+"; connect-src "+p.Issuer+
		"; img-src data: "+p.Issuer+"; form-action 'self' "+p.Issuer+"; base-uri 'none'; frame-ancestors 'none'")
	p.page.Execute(w, map[string]any{"Nameplate": p.Issuer, "Agent": who, "SignedIn": in}) //nolint:errcheck // the browser has gone
}

// signOut ends the session here, and leads to Nameplate to end it there too.
func (p *platform) signOut(w http.ResponseWriter, r *http.Request) {
	who, _ := p.agent(r)
	p.close(w, r)
	q := url.Values{"id_token_hint": {who.Raw}, "post_logout_redirect_uri": {p.URL + "/"}}
	http.Redirect(w, r, p.logout+"?"+q.Encode(), http.StatusSeeOther)
}
