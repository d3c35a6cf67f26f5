// Package ssotest is an OpenID provider on loopback, for tests.
package ssotest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Object is a thing in JSON.
type Object = map[string]any

// Provider does as it is told, also what no provider should.
type Provider struct {
	*httptest.Server
	// The rest is set between requests.

	now      func() time.Time
	mu       sync.Mutex
	person   Object // claims of whoever signs in next
	codes    map[string]flow
	Document func(Object)                   // changes the discovery document
	Token    func(header, claims Object)    // changes the ID token before it is signed
	Answer   func(Object)                   // changes the answer with tokens
	Sign     func(text string) []byte       // in place of the key's signature
	Userinfo func(w http.ResponseWriter)    // nil: there is none
	Grant    func() (code int, body Object) // for refresh tokens
	Keys     []*rsa.PrivateKey              // the first one signs
	Kids     bool
}

type flow struct{ nonce, challenge string }

// Keys of providers.
var (
	KeyOne   = makeKey()
	KeyTwo   = makeKey()
	KeyThree = makeKey()
)

func makeKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// New starts a provider whose clock is now.
func New(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{now: now, codes: map[string]flow{}, Keys: []*rsa.PrivateKey{KeyOne}, Kids: true}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /.well-known/openid-configuration":
		p.serveDocument(w)
	case "GET /keys":
		p.serveKeys(w)
	case "GET /authorize":
		p.serveAuthorize(w, r)
	case "POST /token":
		p.serveToken(w, r)
	case "GET /userinfo":
		p.Userinfo(w)
	default:
		http.NotFound(w, r)
	}
}

// Be sets who signs in next.
func (p *Provider) Be(subject, email string, more ...any) {
	p.person = Object{"sub": subject, "email": email, "email_verified": true, "name": "Ada Example"}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == nil {
			delete(p.person, more[i].(string))
		} else {
			p.person[more[i].(string)] = more[i+1]
		}
	}
}

func (p *Provider) serveDocument(w http.ResponseWriter) {
	doc := Object{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"},
		"scopes_supported": []string{"openid", "offline_access"},
	}
	if p.Userinfo != nil {
		doc["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	if p.Document != nil {
		p.Document(doc)
	}
	Reply(w, http.StatusOK, doc)
}

// Agree is what happens when somebody signs in: it returns a code for what was
// asked.
func (p *Provider) Agree(asked url.Values) string {
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = flow{asked.Get("nonce"), asked.Get("code_challenge")}
	return code
}

// serveAuthorize signs in at once whoever comes.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	answer := url.Values{"code": {p.Agree(asked)}, "state": {asked.Get("state")}}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (p *Provider) serveKeys(w http.ResponseWriter) {
	var all []Object
	for i, k := range p.Keys {
		jwk := Object{"kty": "RSA", "alg": "RS256", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
		if p.Kids {
			jwk["kid"] = kid(p.Keys[i])
		}
		all = append(all, jwk)
	}
	Reply(w, http.StatusOK, Object{"keys": all})
}

func kid(k *rsa.PrivateKey) string {
	sum := sha256.Sum256(k.N.Bytes())
	return b64(sum[:6])
}

// What a client is known by.
const (
	ClientID     = "nameplate"
	ClientSecret = "a secret of the client"
)

func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	if id != ClientID || secret != "a+secret+of+the+client" && secret != ClientSecret {
		Reply(w, http.StatusUnauthorized, Object{"error": "invalid_client"})
		return
	}
	if r.PostFormValue("grant_type") == "refresh_token" {
		code, body := p.Grant()
		Reply(w, code, body)
		return
	}
	f, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || f.challenge != b64(sum[:]) {
		Reply(w, http.StatusBadRequest, Object{"error": "invalid_grant"})
		return
	}
	claims := Object{"iss": p.URL, "aud": ClientID, "nonce": f.nonce, "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix()}
	for name, value := range p.person {
		claims[name] = value
	}
	out := Object{"access_token": "access", "token_type": "Bearer", "refresh_token": "refresh-1", "id_token": p.JWT(claims, p.Token)}
	if p.Answer != nil {
		p.Answer(out)
	}
	Reply(w, http.StatusOK, out)
}

// JWT signs claims, after change has changed them.
func (p *Provider) JWT(claims Object, change func(header, claims Object)) string {
	header := Object{"alg": "RS256", "typ": "JWT"}
	if p.Kids {
		header["kid"] = kid(p.Keys[0])
	}
	if change != nil {
		change(header, claims)
	}
	text := b64(encode(header)) + "." + b64(encode(claims))
	if p.Sign != nil {
		return text + "." + b64(p.Sign(text))
	}
	return text + "." + b64(SignedBy(p.Keys[0], text))
}

// SignedBy is the signature of a key.
func SignedBy(k *rsa.PrivateKey, text string) []byte {
	sum := sha256.Sum256([]byte(text))
	out, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return out
}

// ByPublicKey is the HMAC under what everybody can read.
func ByPublicKey(k *rsa.PrivateKey) func(string) []byte {
	return func(text string) []byte {
		h := hmac.New(sha256.New, x509.MarshalPKCS1PublicKey(&k.PublicKey))
		h.Write([]byte(text))
		return h.Sum(nil)
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

// Reply answers with JSON.
func Reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v))
}
