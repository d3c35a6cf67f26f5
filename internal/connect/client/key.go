package client

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	// proofLife is how long a proof by a key may hold.
	proofLife = 10 * time.Minute
	proofSkew = time.Minute // by which clocks may differ
	maxKey    = 4 << 10
	leastBits = 2048 // of RSA
	maxProof  = 8 << 10

	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// ErrKey is a public key that is none, is private, or is too weak.
var ErrKey = errs.New(errs.Invalid, "public_key").On("public_key")

// proving are the algorithms of proofs: with public keys alone, and none that is
// broken.
var proving = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// AddKey lets a client prove itself by a key of its own (RFC 7523). It counts as
// a secret: two live at once, and what was had by it dies with it.
func (s *Service) AddKey(ctx context.Context, c session.Caller, id string, jwk []byte) (Secret, error) {
	key, text, err := readKey(jwk)
	if err != nil {
		return Secret{}, err
	}
	print, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return Secret{}, ErrKey.Because(err)
	}
	now := s.Clock.Now()
	made := Secret{ID: ids.New(ids.ClientSecret, now), Prefix: keyName(key), CreatedAt: now, Key: true}
	return made, s.add(ctx, c, id, func(ctx context.Context, tx *db.Tx) error {
		// No secret has this hash: it is that of no secret.
		_, err := insertKey.Run(ctx, tx, made.ID, id, secret.Hash(secret.Secret("key|"+made.ID+"|"+string(print))), made.Prefix, now, text)
		return err
	})
}

// readKey reads a public key, without what it does not need.
func readKey(jwk []byte) (key jose.JSONWebKey, text string, err error) {
	if len(jwk) > maxKey || key.UnmarshalJSON(jwk) != nil || !key.IsPublic() || !key.Valid() {
		return key, "", ErrKey
	}
	key = jose.JSONWebKey{Key: key.Key, KeyID: key.KeyID}
	if k, is := key.Key.(*rsa.PublicKey); is && k.N.BitLen() < leastBits {
		return key, "", ErrKey
	}
	plain, err := json.Marshal(key)
	return key, string(plain), err
}

// keyName is by what a key is known on the page.
func keyName(k jose.JSONWebKey) string {
	const most = 20
	if runes := []rune(k.KeyID); len(runes) > most {
		return string(runes[:most])
	}
	if k.KeyID == "" {
		return "key"
	}
	return k.KeyID
}

// proved returns the client that a proof by a key is of, and whether it is good
// (RFC 7523, section 3). It is taken once.
func (s *Service) proved(ctx context.Context, text string) (h holder, ok bool, err error) {
	if len(text) > maxProof {
		return h, false, nil
	}
	token, err := jwt.ParseSigned(text, proving)
	if err != nil {
		return h, false, nil
	}
	var claims jwt.Claims
	if token.UnsafeClaimsWithoutVerification(&claims) != nil {
		return h, false, nil
	}
	rows, err := keysOf.All(ctx, s.DB, claims.Subject)
	if err != nil {
		return h, false, err
	}
	for _, r := range rows {
		var key jose.JSONWebKey
		if key.UnmarshalJSON([]byte(r.PublicKey)) == nil && token.Claims(key.Key, &claims) == nil {
			ok, err = s.holds(ctx, r.ID, claims)
			return holder{r.ID, r.OrganizationID, r.SecretID, r.LastUsedAt}, ok, err
		}
	}
	return h, false, nil
}

// holds looks at what a proof says, whose signature is right, and takes it.
func (s *Service) holds(ctx context.Context, id string, c jwt.Claims) (bool, error) {
	now, base := s.Clock.Now(), s.URL.String()
	meant := c.Audience.Contains(base) || c.Audience.Contains(base+"/oauth2/token")
	if c.Issuer != id || c.Subject != id || !meant || c.ID == "" || c.Expiry == nil {
		return false, nil
	}
	end := c.Expiry.Time()
	if !now.Before(end.Add(proofSkew)) || end.Sub(now) > proofLife || c.NotBefore != nil && c.NotBefore.Time().After(now.Add(proofSkew)) {
		return false, nil
	}
	first := false
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := takeProof.Run(ctx, tx, secret.Hash(secret.Secret(id+"|"+c.ID)), end.Add(proofSkew))
		first = n == 1
		return err
	})
	return first, err
}
