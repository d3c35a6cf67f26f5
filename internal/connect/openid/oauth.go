package openid

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

const (
	authorizePath = "/oauth2/authorize"
	logoutPath    = "/oauth2/logout"
	keysPath      = "/oauth2/keys"
	userinfoPath  = "/oauth2/userinfo"
)

// OAuth serves what apps call.
type OAuth struct{ Service *Service }

// Mount adds the routes.
func (h OAuth) Mount(t *route.Table) {
	t.Add(
		route.Get("/.well-known/openid-configuration", route.Public, route.NoBody, route.Plain, route.Revalidate, h.describe),
		route.Get("/.well-known/oauth-authorization-server", route.Public, route.NoBody, route.Plain, route.Revalidate, h.describe),
		route.Get(keysPath, route.Public, route.NoBody, route.Plain, route.Revalidate, h.keySet),
		route.Get(userinfoPath, route.Public, route.NoBody, route.Plain, route.NoStore, h.userinfo),
		route.Post(userinfoPath, route.Public, route.Form, route.Plain, route.NoStore, h.userinfo),
	)
}

// description is OpenID Connect Discovery 1.0, section 3, and RFC 8414.
type description struct {
	Issuer          string   `json:"issuer"`
	Authorize       string   `json:"authorization_endpoint"`
	Token           string   `json:"token_endpoint"`
	Userinfo        string   `json:"userinfo_endpoint"`
	Keys            string   `json:"jwks_uri"`
	EndSession      string   `json:"end_session_endpoint"`
	Revocation      string   `json:"revocation_endpoint"`
	Introspection   string   `json:"introspection_endpoint"`
	Scopes          []string `json:"scopes_supported"`
	ResponseTypes   []string `json:"response_types_supported"`
	ResponseModes   []string `json:"response_modes_supported"`
	GrantTypes      []string `json:"grant_types_supported"`
	SubjectTypes    []string `json:"subject_types_supported"`
	Algorithms      []string `json:"id_token_signing_alg_values_supported"`
	TokenAuth       []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Challenges      []string `json:"code_challenge_methods_supported"`
	ACR             []string `json:"acr_values_supported"`
	Claims          []string `json:"claims_supported"`
	Prompts         []string `json:"prompt_values_supported"`
	ClaimsParameter bool     `json:"claims_parameter_supported"`
	Request         bool     `json:"request_parameter_supported"`
	RequestURI      bool     `json:"request_uri_parameter_supported"`
	NamesIssuer     bool     `json:"authorization_response_iss_parameter_supported"`
	Backchannel     bool     `json:"backchannel_logout_supported"`
	BackchannelSid  bool     `json:"backchannel_logout_session_supported"`
}

func (h OAuth) describe(w http.ResponseWriter, _ *http.Request) error {
	base, auth := h.Service.Issuer(), []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	return api.WriteJSON(w, http.StatusOK, description{
		Issuer: base, Authorize: base + authorizePath, Token: base + "/oauth2/token", Userinfo: base + userinfoPath, Keys: base + keysPath,
		EndSession: base + logoutPath, Revocation: base + "/oauth2/revoke", Introspection: base + "/oauth2/introspect",
		Scopes: Scopes, ResponseTypes: []string{"code"}, ResponseModes: []string{"query"},
		GrantTypes:   []string{"authorization_code", "refresh_token", "client_credentials"},
		SubjectTypes: []string{"public"}, Algorithms: []string{"RS256"}, TokenAuth: auth,
		TokenAlgorithms: []string{"RS256", "PS256", "ES256", "EdDSA"}, Challenges: []string{"S256"}, ACR: []string{oneProof, twoProofs},
		Claims: []string{
			"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "name", "picture", "profile", "locale",
			"zoneinfo", "updated_at", "pronouns", "designation", "organization", "role", "email", "email_verified", "phone_number",
			"phone_number_verified",
		},
		Prompts: []string{"none", "login", "consent", "select_account"}, NamesIssuer: true, Backchannel: true, BackchannelSid: true,
	})
}

func (h OAuth) keySet(w http.ResponseWriter, r *http.Request) error {
	set, err := h.Service.KeySet(r.Context())
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, set)
}

// userinfo takes the token from the header, or from a form, never from the
// address (RFC 6750).
func (h OAuth) userinfo(w http.ResponseWriter, r *http.Request) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	if token == "" && r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return err
		}
		token = r.PostForm.Get("access_token")
	}
	if token == "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return refuse(w, http.StatusUnauthorized, "invalid_request", "")
	}
	claims, ok, err := h.Service.Userinfo(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return err
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return refuse(w, http.StatusUnauthorized, "invalid_token", "")
	}
	return api.WriteJSON(w, http.StatusOK, claims)
}

type granting struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
}

// Code answers a client that has shown who it is and gives a code.
func (h OAuth) Code(w http.ResponseWriter, r *http.Request, clientID string) error {
	return h.give(w, r, clientID, func(ctx context.Context) (Tokens, error) {
		f := r.PostForm
		return h.Service.Exchange(ctx, clientID, f.Get("code"), f.Get("redirect_uri"), f.Get("code_verifier"))
	})
}

// Refresh answers a client that has shown who it is and gives a refresh token.
func (h OAuth) Refresh(w http.ResponseWriter, r *http.Request, clientID string) error {
	return h.give(w, r, clientID, func(ctx context.Context) (Tokens, error) {
		return h.Service.Refresh(ctx, clientID, r.PostForm.Get("refresh_token"), strings.Fields(r.PostForm.Get("scope")))
	})
}

func (h OAuth) give(w http.ResponseWriter, r *http.Request, clientID string, get func(context.Context) (Tokens, error)) error {
	_, is, err := h.Service.App(r.Context(), h.Service.DB, clientID)
	if err != nil {
		return err
	}
	if !is {
		return refuse(w, http.StatusBadRequest, "unauthorized_client", "the client has no redirect URI")
	}
	t, err := get(r.Context())
	var no *Refusal
	if errors.As(err, &no) {
		return refuse(w, http.StatusBadRequest, no.Code, no.Words)
	}
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, granting{
		t.Access.Reveal(), "Bearer", int(AccessLife / time.Second), t.Refresh.Reveal(), t.ID, words(t.Scopes),
	})
}

func refuse(w http.ResponseWriter, status int, code, why string) error {
	body := map[string]string{"error": code}
	if why != "" {
		body["error_description"] = why
	}
	return api.WriteJSON(w, status, body)
}
