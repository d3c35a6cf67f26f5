package sso

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"nameplate/internal/platform/errs"
)

// What can be wrong with what a provider says of itself.
var (
	ErrSilent     = errs.New(errs.Invalid, "provider_silent")
	ErrDocument   = errs.New(errs.Invalid, "provider_document")
	ErrIssuer     = errs.New(errs.Invalid, "provider_issuer")
	ErrIncomplete = errs.New(errs.Invalid, "provider_incomplete")
)

const (
	// documentAge is how long a discovery document is believed. Keys are asked
	// for anew whenever one is not known.
	documentAge = 10 * time.Minute
	// rest is how long a provider that gave none is left alone by sign-ins.
	rest       = 10 * time.Second
	maxRemotes = 1000
)

// remote is a provider as it describes itself.
type remote struct {
	*oidc.Provider
	document
	read   time.Time
	failed error // there is no document
}

// document is what we need of it beside what the library reads
// (OpenID Connect Discovery 1.0, section 3; RFC 9207).
type document struct {
	Authorize   string   `json:"authorization_endpoint"`
	Token       string   `json:"token_endpoint"`
	KeySet      string   `json:"jwks_uri"`
	Scopes      []string `json:"scopes_supported"`
	TokenAuth   []string `json:"token_endpoint_auth_methods_supported"`
	Challenges  []string `json:"code_challenge_methods_supported"`
	NamesIssuer bool     `json:"authorization_response_iss_parameter_supported"`
}

// remotes remembers documents by their issuer.
type remotes struct {
	mu  sync.Mutex
	all map[string]*remote
}

// remote returns a provider as it described itself not long ago.
func (s *Service) remote(ctx context.Context, issuer string) (*remote, error) {
	s.remotes.mu.Lock()
	known := s.remotes.all[issuer]
	s.remotes.mu.Unlock()
	switch age := s.age(known); {
	case known == nil:
	case known.failed != nil && age < rest:
		return nil, known.failed
	case known.failed == nil && age < documentAge:
		return known, nil
	}
	r, err := s.discover(ctx, issuer)
	if err != nil && ctx.Err() == nil {
		s.remember(issuer, &remote{read: s.Clock.Now(), failed: err})
	}
	return r, err
}

func (s *Service) age(r *remote) time.Duration {
	if r == nil {
		return 0
	}
	return s.Clock.Now().Sub(r.read)
}

func (s *Service) remember(issuer string, r *remote) {
	s.remotes.mu.Lock()
	defer s.remotes.mu.Unlock()
	if s.remotes.all == nil || len(s.remotes.all) >= maxRemotes {
		s.remotes.all = map[string]*remote{}
	}
	s.remotes.all[issuer] = r
}

// discover asks a provider to describe itself. Besides ours it returns the
// errors of package httpout.
func (s *Service) discover(ctx context.Context, issuer string) (*remote, error) {
	if _, err := s.Out.Check(ctx, issuer); err != nil {
		return nil, err
	}
	found, err := oidc.NewProvider(s.calling(ctx), issuer)
	if err != nil {
		return nil, said(err)
	}
	r := &remote{Provider: found, read: s.Clock.Now()}
	if err := found.Claims(&r.document); err != nil {
		return nil, ErrDocument.Because(err)
	}
	if !isEndpoint(r.Authorize) || !isEndpoint(r.Token) || !isEndpoint(r.KeySet) {
		return nil, ErrIncomplete
	}
	s.remember(issuer, r)
	return r, nil
}

// calling makes libraries call through the guarded client.
func (s *Service) calling(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, s.Out.HTTP())
}

// said tells why there is no document that can be read.
func said(err error) error {
	var other *oidc.IssuerMismatchError
	var ours *errs.Error
	var call *url.Error
	switch {
	case errors.As(err, &other):
		return ErrIssuer.With("Issuer", clip(other.Discovered))
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &call):
		return ErrSilent.Because(err)
	}
	return ErrDocument.Because(err)
}

// clip bounds what a provider has written.
func clip(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// isEndpoint reports whether an address can be called or opened in a browser.
func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// client is what we are to the provider (RFC 6749).
func (s *Service) client(p Provider, r *remote) (oauth2.Config, error) {
	secret, err := s.secretOf(p)
	end := r.Endpoint()
	end.AuthStyle = oauth2.AuthStyleInHeader
	if len(r.TokenAuth) > 0 && !slices.Contains(r.TokenAuth, "client_secret_basic") {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	return oauth2.Config{
		ClientID: p.ClientID, ClientSecret: secret.Reveal(), Endpoint: end, RedirectURL: s.RedirectURI(p), Scopes: r.scopes(),
	}, err
}

// scopes are what we ask for: groups where they have a scope of their own, and
// what tells us later that the person is still there.
func (r *remote) scopes() []string {
	all := []string{oidc.ScopeOpenID, "email", "profile"}
	for _, more := range []string{"groups", oidc.ScopeOfflineAccess} {
		if slices.Contains(r.Scopes, more) {
			all = append(all, more)
		}
	}
	return all
}

func (s *Service) verifier(p Provider, r *remote) *oidc.IDTokenVerifier {
	return r.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.Clock.Now})
}
