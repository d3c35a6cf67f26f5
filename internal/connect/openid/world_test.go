package openid_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type object = map[string]any

const verifier = "a-verifier-that-nobody-guesses-of-enough-signs"

// world is an organization with an app that people sign in at, and the app's
// own server, which is told of logouts.
type world struct {
	*apptest.Server
	t      *testing.T
	org    string
	admin  apptest.Somebody
	ada    apptest.Somebody
	id     string // of the client
	secret string
	app    *httptest.Server
	mu     sync.Mutex
	told   []string // logout tokens
	status int      // what the app answers them; 0: 200
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) { test(t, build(t, s)) }, apptest.Reaching("127.0.0.1/32"))
}

func build(t *testing.T, s *apptest.Server) *world {
	t.Helper()
	w := &world{Server: s, t: t, org: s.Organization("Halden")}
	w.app = httptest.NewServer(http.HandlerFunc(w.hear))
	t.Cleanup(w.app.Close)
	w.admin = s.Member("admin@example.com", w.org, identity.Admin)
	w.ada = s.Member("ada@example.com", w.org, identity.Agent)
	var made struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Secret string }
	}
	w.admin.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/clients", object{"name": "Chat", "redirect_uris": []string{w.callback()}}).Want(201).To(&made)
	w.id, w.secret = made.ClientID, made.Secrets[0].Secret
	w.admin.JSON(http.MethodPut, w.settings(), object{
		"redirect_uris": []string{w.callback()}, "post_logout_redirect_uris": []string{w.app.URL + "/bye"}, "backchannel_logout_uri": w.app.URL + "/logout",
	}).Want(200)
	return w
}

func (w *world) callback() string { return w.app.URL + "/callback" }
func (w *world) settings() string { return "/v1/orgs/" + w.org + "/clients/" + w.id + "/sign-in" }

// hear is the app's place for logout tokens.
func (w *world) hear(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, r.PostFormValue("logout_token"))
	if w.status != 0 {
		rw.WriteHeader(w.status)
	}
}

func (w *world) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.told...)
}

// ask is what the app asks for, with pairs of name and value laid over it; an
// empty value takes the name away.
func (w *world) ask(pairs ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {w.id}, "redirect_uri": {w.callback()}, "response_type": {"code"}, "scope": {"openid profile email"}, "state": {"s1"},
		"nonce": {"n1"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return q
}

// answered is what a redirect to the app tells it.
func (w *world) answered(a apptest.Answer) url.Values {
	w.t.Helper()
	to, err := url.Parse(a.Want(303).Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), w.callback()+"?") {
		w.t.Fatalf("led to %q", to)
	}
	if q := to.Query(); q.Get("iss") != w.OpenID.Issuer() {
		w.t.Errorf("iss is %q", q.Get("iss"))
	}
	return to.Query()
}

// allow gives the answer to the page of consent.
func (w *world) allow(b *apptest.Browser, q url.Values) apptest.Answer {
	w.t.Helper()
	return b.Form("/oauth2/authorize", "request", q.Encode(), "answer", "allow")
}

// code goes all the way to a code.
func (w *world) code(b *apptest.Browser, pairs ...string) string {
	w.t.Helper()
	q := w.ask(pairs...)
	a := b.Get("/oauth2/authorize?" + q.Encode())
	if a.Status == http.StatusOK {
		a = w.allow(b, q)
	}
	got := w.answered(a)
	if got.Get("code") == "" || got.Get("state") != q.Get("state") {
		w.t.Fatalf("answered %v", got)
	}
	return got.Get("code")
}

// token asks for tokens with pairs of name and value, as the app.
func (w *world) token(pairs ...string) apptest.Answer {
	w.t.Helper()
	return w.post("/oauth2/token", pairs...)
}

func (w *world) post(path string, pairs ...string) apptest.Answer {
	w.t.Helper()
	b := w.Browser()
	r := b.Request(http.MethodPost, path, "", nil)
	r.SetBasicAuth(w.id, w.secret)
	b.Header.Set("Authorization", r.Header.Get("Authorization"))
	return b.Form(path, pairs...)
}

func (w *world) exchange(code string) apptest.Answer {
	w.t.Helper()
	return w.token("grant_type", "authorization_code", "code", code, "redirect_uri", w.callback(), "code_verifier", verifier)
}

func (w *world) refresh(token string) apptest.Answer {
	w.t.Helper()
	return w.token("grant_type", "refresh_token", "refresh_token", token)
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Expires int    `json:"expires_in"`
	Scope   string
}

func (w *world) tokens(b *apptest.Browser, pairs ...string) (t tokens) {
	w.t.Helper()
	w.exchange(w.code(b, pairs...)).Want(200).To(&t)
	return t
}

func (w *world) userinfo(token string) apptest.Answer {
	w.t.Helper()
	b := w.Browser()
	b.Header.Set("Authorization", "Bearer "+token)
	return b.Get("/oauth2/userinfo")
}

// provider is this server as go-oidc finds it.
func (w *world) provider() *oidc.Provider {
	w.t.Helper()
	p, err := oidc.NewProvider(context.Background(), w.OpenID.Issuer())
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) verify(raw string) (*oidc.IDToken, object) {
	w.t.Helper()
	token, err := w.provider().Verifier(&oidc.Config{ClientID: w.id, Now: w.Clock.Now}).Verify(w.t.Context(), raw)
	if err != nil {
		w.t.Fatal(err)
	}
	all := object{}
	if err := token.Claims(&all); err != nil {
		w.t.Fatal(err)
	}
	return token, all
}

func (w *world) config() oauth2.Config {
	return oauth2.Config{
		ClientID: w.id, ClientSecret: w.secret, Endpoint: w.provider().Endpoint(), RedirectURL: w.callback(), Scopes: []string{"openid", "profile", "email", "offline_access"},
	}
}

// watch lets the server look at once for sign-ins that have ended, and waits
// until the app was told of n.
func (w *world) watch(n int) []string {
	w.t.Helper()
	if err := w.OpenID.Watch(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.Settle(func() bool { return len(w.heard()) >= n })
	return w.heard()
}

func parts(t *testing.T, token string) (head, body object) {
	t.Helper()
	for i, into := range []*object{&head, &body} {
		plain, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, into); err != nil {
			t.Fatal(err)
		}
	}
	return head, body
}
