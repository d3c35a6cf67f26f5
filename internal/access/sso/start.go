package sso

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"nameplate/internal/platform/errs"
)

// FlowLife is how long a sign-in at a provider may take.
const FlowLife = 10 * time.Minute

// ErrFlow says that an answer does not belong to a sign-in which this browser
// has begun, or that it came too late or twice.
var ErrFlow = errs.New(errs.Denied, "provider_flow")

const flowPlace = "sso|flow"

// flow is a sign-in that is under way. Its browser keeps it, sealed.
type flow struct {
	Provider string
	State    string // with SAML, the ID of the request
	Nonce    string // of OpenID Connect, as the next
	Verifier string
	Return   string // a path of ours
	Until    time.Time
}

// Start begins a sign-in. It returns where to send the browser and what it has
// to keep. back is a path of ours; again asks the provider to let nobody in
// without asking. It returns ErrNone or what is wrong with the provider.
func (s *Service) Start(ctx context.Context, id, back string, again bool) (to, kept string, err error) {
	p, err := s.find(ctx, s.DB, id)
	if err != nil {
		return "", "", err
	}
	if p.Kind == SAML {
		return s.startSAML(ctx, p, back, again)
	}
	r, err := s.remote(ctx, p.Issuer)
	if err != nil {
		return "", "", err
	}
	client, err := s.client(p, r)
	if err != nil {
		return "", "", err
	}
	f := flow{
		Provider: p.ID, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back, Until: s.Clock.Now().Add(FlowLife),
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return client.AuthCodeURL(f.State, options...), s.seal(f), nil
}

func (s *Service) seal(f flow) string {
	plain, err := json.Marshal(f)
	if err != nil {
		panic(err) // texts and a time
	}
	return base64.RawURLEncoding.EncodeToString(s.Keys.Seal(plain, flowPlace))
}

// open reads what the browser kept, or returns ErrFlow.
func (s *Service) open(kept string) (f flow, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return f, ErrFlow
	}
	plain, err := s.Keys.Open(sealed, flowPlace)
	if err != nil || json.Unmarshal(plain, &f) != nil || !s.Clock.Now().Before(f.Until) {
		return f, ErrFlow
	}
	return f, nil
}
