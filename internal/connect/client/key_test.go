package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestAClientProvesItselfByAKeyOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		one := w.base + "/" + w.client.ID
		short := object{"kty": "RSA", "e": "AQAB", "n": strings.Repeat("w", 171)} // 1024 bits
		for _, key := range []any{jose.JSONWebKey{Key: private}, jose.JSONWebKey{Key: []byte("a secret to sign with")}, short, object{}} {
			w.admin.JSON(http.MethodPost, one+"/secrets", object{"public_key": key}).Want(422)
		}
		var made struct{ ID, Secret string }
		w.admin.JSON(http.MethodPost, one+"/secrets", object{"public_key": jose.JSONWebKey{Key: private.Public(), KeyID: "k1"}}).Want(201).To(&made)
		if made.Secret != "" {
			t.Error("a key has no secret")
		}
		now := w.Clock.Now()
		claims := func(change func(*jwt.Claims)) jwt.Claims {
			c := jwt.Claims{
				Issuer: w.client.ID, Subject: w.client.ID, Audience: jwt.Audience{w.OpenID.Issuer()}, ID: rand.Text(),
				Expiry: jwt.NewNumericDate(now.Add(time.Minute)), IssuedAt: jwt.NewNumericDate(now),
			}
			change(&c)
			return c
		}
		proof := func(a jose.SignatureAlgorithm, key any, c jwt.Claims) string {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: a, Key: key}, nil)
			if err != nil {
				t.Fatal(err)
			}
			text, err := jwt.Signed(signer).Claims(c).Serialize()
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		send := func(text string, more ...string) int {
			return w.post("/oauth2/token", [2]string{}, append([]string{
				"grant_type", "client_credentials", "client_assertion", text,
				"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			}, more...)...).Status
		}
		same := func(*jwt.Claims) {}
		good := proof(jose.ES256, private, claims(same))
		if got := send(good); got != 200 {
			t.Fatalf("a right proof: %d", got)
		}
		if got := send(good); got != 401 {
			t.Errorf("twice: %d", got)
		}
		if got := send(proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Audience = jwt.Audience{w.OpenID.Issuer() + "/oauth2/token"} }))); got != 200 {
			t.Errorf("for the address itself: %d", got)
		}
		stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		public, _ := json.Marshal(jose.JSONWebKey{Key: private.Public()})
		for name, text := range map[string]string{
			"another's key":          proof(jose.ES256, stranger, claims(same)),
			"HMAC of the public key": proof(jose.HS256, public, claims(same)),
			"elsewhere":              proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://elsewhere.example"} })),
			"expired":                proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(now.Add(-2 * time.Minute)) })),
			"too long":               proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(now.Add(time.Hour)) })),
			"no end":                 proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Expiry = nil })),
			"no id":                  proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.ID = "" })),
			"no issuer":              proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Issuer = "" })),
			"nobody's":               proof(jose.ES256, private, claims(func(c *jwt.Claims) { c.Subject = "cli_none" })),
			"not a token":            "x",
		} {
			if got := send(text); got != 401 {
				t.Errorf("%s: %d", name, got)
			}
		}
		if got := send(proof(jose.ES256, private, claims(same)), "client_id", "cli_other"); got != 401 {
			t.Errorf("another client id: %d", got)
		}
		if got := send(proof(jose.ES256, private, claims(same)), "client_secret", w.own()[1]); got != 400 {
			t.Errorf("two ways at once: %d", got)
		}
		w.admin.Get("/settings/credentials/clients/" + w.client.ID).Want(200).Contains("Public key k1")
		w.admin.Delete(one + "/secrets/" + made.ID).Want(204)
		if got := send(proof(jose.ES256, private, claims(same))); got != 401 {
			t.Errorf("a key that was removed: %d", got)
		}
	})
}
