// Package webpushtest is a push service on loopback, with browsers that open
// what comes as RFC 8291 says.
package webpushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

var encoding = base64.RawURLEncoding

// Service takes pushes.
type Service struct {
	*httptest.Server

	mu       sync.Mutex
	browsers map[string]*Browser
}

// Listen starts a service. Close it.
func Listen() *Service {
	s := &Service{browsers: map[string]*Browser{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.take))
	return s
}

// Browser is one that has allowed push.
type Browser struct {
	Endpoint     string
	P256dh, Auth string // base64url

	s       *Service
	key     *ecdh.PrivateKey
	auth    []byte
	answers []answer
	got     []Push
}

type answer struct {
	status int
	header http.Header
}

// Push is one that a browser has got.
type Push struct {
	Header http.Header
	Key    string // of the server that has signed it, in base64url
	Text   []byte
}

// Browser returns a new browser.
func (s *Service) Browser() *Browser {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	b := &Browser{s: s, key: key, auth: make([]byte, 16), P256dh: encoding.EncodeToString(key.PublicKey().Bytes())}
	rand.Read(b.auth) //nolint:errcheck // never fails
	b.Auth = encoding.EncodeToString(b.auth)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprint("/push/", len(s.browsers))
	b.Endpoint = s.URL + path
	s.browsers[path] = b
	return b
}

// Form is what the browser gives a page, as JSON.
func (b *Browser) Form() map[string]any {
	return map[string]any{"endpoint": b.Endpoint, "expirationTime": nil, "keys": map[string]any{"p256dh": b.P256dh, "auth": b.Auth}}
}

// Answers makes the service answer the next tries for a browser with these
// statuses, and take what comes after. A pair of a header may follow.
func (b *Browser) Answers(status int, header ...string) {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.answers = append(b.answers, answer{status, h})
}

// Waiting is how many answers are still to be given.
func (b *Browser) Waiting() int {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return len(b.answers)
}

// Got is what the browser has got.
func (b *Browser) Got() []Push {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return append([]Push{}, b.got...)
}

func (s *Service) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.browsers[r.URL.Path]
	if b == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if len(b.answers) > 0 {
		a := b.answers[0]
		b.answers = b.answers[1:]
		for name := range a.header {
			w.Header().Set(name, a.header.Get(name))
		}
		w.WriteHeader(a.status)
		return
	}
	body, err := io.ReadAll(r.Body)
	key, text := "", []byte(nil)
	if err == nil {
		key, err = s.signer(r)
	}
	if err == nil {
		text, err = b.open(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.got = append(b.got, Push{r.Header.Clone(), key, text})
	w.WriteHeader(http.StatusCreated)
}

// signer checks the signature of a request (RFC 8292) and returns its key.
func (s *Service) signer(r *http.Request) (string, error) {
	rest, found := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, key, paired := strings.Cut(rest, ", k=")
	parts := strings.Split(token, ".")
	if !found || !paired || len(parts) != 3 {
		return "", errors.New("no signature")
	}
	point, err := encoding.DecodeString(key)
	if err != nil {
		return "", err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return "", err
	}
	signature, err := encoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return "", errors.New("the signature is none")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", errors.New("the signature is wrong")
	}
	text, err := encoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return "", err
	}
	if claims.Aud != s.URL || time.Unix(claims.Exp, 0).IsZero() || claims.Sub == "" {
		return "", fmt.Errorf("it is signed for %+v", claims)
	}
	return key, nil
}

// open decrypts a body (RFC 8291, section 4).
func (b *Browser) open(body []byte) ([]byte, error) {
	if len(body) < 86 || len(body) > 4096 || body[20] != 65 {
		return nil, fmt.Errorf("a body of %d bytes", len(body))
	}
	salt, size, point, sealed := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86], body[86:]
	if len(sealed) > int(size) {
		return nil, errors.New("more than one record")
	}
	theirs, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(point), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("the record is not the last one")
	}
	return []byte(strings.TrimSuffix(text, "\x02")), nil
}
