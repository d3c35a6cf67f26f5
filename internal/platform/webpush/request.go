package webpush

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// signedFor is how long a signature counts; a service takes a day at most.
const signedFor = 12 * time.Hour

var encoding = base64.RawURLEncoding

// Sender signs requests.
type Sender struct {
	key     *ecdsa.PrivateKey
	subject string
}

// NewKey makes the key of a server, as text that must be kept secret.
func NewKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Bytes()
}

// NewSender returns a sender with a key that NewKey has made. subject says to a
// service whom to talk to: a URL, of https or mailto.
func NewSender(key []byte, subject string) (*Sender, error) {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key)
	if err != nil {
		return nil, fmt.Errorf("webpush: the key of the server: %w", err)
	}
	return &Sender{k, subject}, nil
}

// Public is the key by which browsers know the server (applicationServerKey).
func (s *Sender) Public() string {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // the curve is one that has points
	}
	return encoding.EncodeToString(point)
}

// Message is what a browser is to get.
type Message struct {
	Endpoint string
	Keys     Keys
	Text     []byte
	Life     time.Duration // for which the service keeps it
	Topic    string        // a later one of the same topic replaces it: at most 32 letters, digits, - and _
	Urgency  string        // very-low, low, normal or high
}

// Request returns the request that delivers a message (RFC 8030, section 5).
func (s *Sender) Request(ctx context.Context, m Message, now time.Time) (*http.Request, error) {
	body, err := m.Keys.Encrypt(m.Text)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	token, err := s.token(r.URL, now)
	if err != nil {
		return nil, err
	}
	h := r.Header
	h.Set("Authorization", "vapid t="+token+", k="+s.Public())
	h.Set("Content-Encoding", "aes128gcm")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("TTL", strconv.Itoa(int(m.Life.Seconds())))
	h.Set("Urgency", m.Urgency)
	if m.Topic != "" {
		h.Set("Topic", m.Topic)
	}
	return r, nil
}

// token is a JSON Web Token for the service (RFC 8292, section 2), signed with
// ES256 (RFC 7518, section 3.4).
func (s *Sender) token(endpoint *url.URL, now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"aud": endpoint.Scheme + "://" + endpoint.Host, "exp": now.Add(signedFor).Unix(), "sub": s.subject,
	})
	if err != nil {
		return "", err
	}
	text := encoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	r, t, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	t.FillBytes(signature[32:])
	return text + "." + encoding.EncodeToString(signature), nil
}
