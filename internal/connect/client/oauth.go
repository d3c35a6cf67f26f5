package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// OAuth serves what services call to get and to end access tokens, in the words
// of RFC 6749, 7009 and 7662.
type OAuth struct {
	Service *Service
	// Grants answer clients that ask for a grant of another feature, by its type.
	Grants map[string]func(w http.ResponseWriter, r *http.Request, clientID string) error
	// Revoke ends a token that came of such a grant.
	Revoke func(ctx context.Context, clientID, token string) error
	// Inspect describes one.
	Inspect func(ctx context.Context, clientID, token string) (Info, error)
}

// Mount adds the routes.
func (h OAuth) Mount(t *route.Table) {
	t.Add(
		route.Post("/oauth2/token", route.Public, route.Form, route.Guarded, route.NoStore, h.token),
		route.Post("/oauth2/revoke", route.Public, route.Form, route.Guarded, route.NoStore, h.revoke),
		route.Post("/oauth2/introspect", route.Public, route.Form, route.Guarded, route.NoStore, h.introspect),
	)
}

type granting struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

type inspection struct {
	Active    bool   `json:"active"`
	ClientID  string `json:"client_id,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Scope     string `json:"scope,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	Expires   int64  `json:"exp,omitempty"`
}

func (h OAuth) token(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := h.known(w, r)
	if err != nil || !ok {
		return err
	}
	kind := r.PostForm.Get("grant_type")
	if give := h.Grants[kind]; give != nil {
		return give(w, r, who.ID)
	}
	if kind != "client_credentials" {
		return refuse(w, http.StatusBadRequest, "unsupported_grant_type")
	}
	g, ok, err := h.Service.grant(r.Context(), who, strings.Fields(r.PostForm.Get("scope")))
	if err != nil {
		return err
	}
	if !ok {
		return refuse(w, http.StatusBadRequest, "invalid_scope")
	}
	return api.WriteJSON(w, http.StatusOK, granting{g.Token.Reveal(), "Bearer", int(g.Life.Seconds()), strings.Join(g.Scopes, " ")})
}

// revoke answers the same whether there was such a token (RFC 7009, section 2.2).
func (h OAuth) revoke(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := h.known(w, r)
	if err != nil || !ok {
		return err
	}
	token := r.PostForm.Get("token")
	if err := h.Service.revoke(r.Context(), who, token); err != nil {
		return err
	}
	if err := h.Revoke(r.Context(), who.ID, token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (h OAuth) introspect(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := h.known(w, r)
	if err != nil || !ok {
		return err
	}
	token := r.PostForm.Get("token")
	i, err := h.Service.inspect(r.Context(), who, token)
	if err == nil && !i.Active {
		i, err = h.Inspect(r.Context(), who.ID, token)
	}
	if err != nil {
		return err
	}
	out := inspection{Active: i.Active}
	if i.Active {
		out = inspection{true, i.ClientID, i.Subject, i.Scopes, "Bearer", i.CreatedAt.Unix(), i.ExpiresAt.Unix()}
	}
	return api.WriteJSON(w, http.StatusOK, out)
}

// known reads which client asks, and answers for it if it is none. A secret is
// taken from the header or the body, never from the address, and by one way
// alone.
func (h OAuth) known(w http.ResponseWriter, r *http.Request) (who holder, ok bool, err error) {
	if err := r.ParseForm(); err != nil {
		return who, false, refuse(w, http.StatusBadRequest, "invalid_request")
	}
	id, text, basic := r.BasicAuth()
	byKey := r.PostForm.Has("client_assertion")
	if basic && (byKey || r.PostForm.Has("client_secret")) || byKey && r.PostForm.Has("client_secret") {
		return who, false, refuse(w, http.StatusBadRequest, "invalid_request")
	}
	if byKey {
		return h.knownByKey(w, r)
	}
	if basic {
		id, text = unescaped(id), unescaped(text)
	} else {
		id, text = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	who, ok, err = h.Service.who(r.Context(), id, text)
	if err != nil || ok {
		return who, ok, err
	}
	if basic {
		w.Header().Set("WWW-Authenticate", `Basic realm="Nameplate"`)
	}
	return who, false, refuse(w, http.StatusUnauthorized, "invalid_client")
}

// knownByKey is known for a client that proves itself by a key.
func (h OAuth) knownByKey(w http.ResponseWriter, r *http.Request) (who holder, ok bool, err error) {
	f := r.PostForm
	if f.Get("client_assertion_type") == assertionType {
		who, ok, err = h.Service.proved(r.Context(), f.Get("client_assertion"))
	}
	if err != nil {
		return who, false, err
	}
	if !ok || f.Has("client_id") && f.Get("client_id") != who.ID {
		return who, false, refuse(w, http.StatusUnauthorized, "invalid_client")
	}
	return who, true, nil
}

// unescaped reads what RFC 6749 (section 2.3.1) has clients escape as in a form.
func unescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func refuse(w http.ResponseWriter, status int, code string) error {
	return api.WriteJSON(w, status, map[string]string{"error": code})
}
