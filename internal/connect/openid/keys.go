package openid

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nameplate/internal/platform/db"
)

const (
	keyLead  = 24 * time.Hour     // a key is published so long before it signs
	keyAfter = 7 * 24 * time.Hour // and so long after
	keyBits  = 2048

	logoutType = "logout+jwt"
)

type keyRow struct {
	Number    int64
	Sealed    []byte
	CreatedAt time.Time
}

// keyring remembers keys that were opened, by their number.
type keyring struct {
	mu   sync.Mutex
	open map[int64]*rsa.PrivateKey
}

// key is one that is published.
type key struct {
	Number    int64
	CreatedAt time.Time
	Private   *rsa.PrivateKey
}

func (k key) id() string { return strconv.FormatInt(k.Number, 10) }

func keyPlace(number int64) string { return "openid_keys|sealed|" + strconv.FormatInt(number, 10) }

// keys returns those that are published, the newest first; the first time it
// makes one.
func (s *Service) keys(ctx context.Context) ([]key, error) {
	rows, err := keyRows.All(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		if err := s.makeKey(ctx, 1); err != nil {
			return nil, err
		}
		if rows, err = keyRows.All(ctx, s.DB); err != nil {
			return nil, err
		}
	}
	all := make([]key, len(rows))
	for i, r := range rows {
		private, err := s.opened(r)
		if err != nil {
			return nil, err
		}
		all[i] = key{r.Number, r.CreatedAt, private}
	}
	return all, nil
}

func (s *Service) opened(r keyRow) (*rsa.PrivateKey, error) {
	s.keyring.mu.Lock()
	defer s.keyring.mu.Unlock()
	if known := s.keyring.open[r.Number]; known != nil {
		return known, nil
	}
	plain, err := s.Keys.Open(r.Sealed, keyPlace(r.Number))
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("openid: a key is of another kind")
	}
	if s.keyring.open == nil {
		s.keyring.open = map[int64]*rsa.PrivateKey{}
	}
	s.keyring.open[r.Number] = private
	return private, nil
}

// makeKey makes a key unless another server has just done so.
func (s *Service) makeKey(ctx context.Context, number int64) error {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	sealed := s.Keys.Seal(plain, keyPlace(number))
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := addKey.Run(ctx, tx, number, sealed, s.Clock.Now())
		return err
	})
}

// signing is the key whose turn it is: the newest that was published for long
// enough, or the first of all.
func signing(all []key, now time.Time) key {
	for _, k := range all {
		if now.Sub(k.CreatedAt) >= keyLead {
			return k
		}
	}
	return all[len(all)-1]
}

// Rotate publishes the next key when the newest is old, and forgets those whose
// time is over. Where nobody has ever signed in, there is none.
func (s *Service) Rotate(ctx context.Context) error {
	rows, err := keyRows.All(ctx, s.DB)
	if err != nil || len(rows) == 0 {
		return err
	}
	now := s.Clock.Now()
	if now.Sub(rows[0].CreatedAt) >= KeyLife {
		if err := s.makeKey(ctx, rows[0].Number+1); err != nil {
			return err
		}
	}
	for i, r := range rows[1:] {
		if now.Sub(rows[i].CreatedAt) < keyLead+keyAfter { // rows[i] is the next one after r
			continue
		}
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := removeKey.Run(ctx, tx, r.Number)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sign makes a token of claims.
func (s *Service) sign(ctx context.Context, kind string, claims map[string]any) (string, error) {
	all, err := s.keys(ctx)
	if err != nil {
		return "", err
	}
	k := signing(all, s.Clock.Now())
	o := (&jose.SignerOptions{}).WithType(jose.ContentType(kind)).WithHeader("kid", k.id())
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: k.Private}, o)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// KeySet is what whoever checks our tokens needs.
func (s *Service) KeySet(ctx context.Context) (jose.JSONWebKeySet, error) {
	all, err := s.keys(ctx)
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range all {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.id(), Algorithm: string(jose.RS256), Use: "sig"})
	}
	return set, err
}

// hint is what an ID token of ours says, which may have expired.
type hint struct {
	Issuer   string       `json:"iss"`
	Subject  string       `json:"sub"`
	Audience jwt.Audience `json:"aud"`
	Login    string       `json:"sid"`
}

// readHint reads an ID token of ours, and reports false for anything else.
func (s *Service) readHint(ctx context.Context, text string) (h hint, ok bool, err error) {
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(token.Headers) != 1 || token.Headers[0].ExtraHeaders[jose.HeaderType] != "JWT" {
		return h, false, nil
	}
	all, err := s.keys(ctx)
	if err != nil {
		return h, false, err
	}
	for _, k := range all {
		if k.id() == token.Headers[0].KeyID && token.Claims(k.Private.Public(), &h) == nil {
			return h, h.Issuer == s.Issuer() && len(h.Audience) == 1, nil
		}
	}
	return h, false, nil
}
