package sso

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"golang.org/x/oauth2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
)

// What a test of a connection can find, beside what is wrong with the document.
var (
	ErrKeys     = errs.New(errs.Invalid, "provider_keys")
	ErrPKCE     = errs.New(errs.Invalid, "provider_pkce")
	ErrClient   = errs.New(errs.Invalid, "provider_client")
	ErrToken    = errs.New(errs.Invalid, "provider_token")
	ErrNoDomain = errs.New(errs.Invalid, "provider_no_domain")
)

// Steps of a test, in their order.
const (
	StepDocument    = "document"    // it describes itself
	StepKeys        = "keys"        // its keys can be read
	StepPKCE        = "pkce"        // it binds a code to whoever asked for it
	StepClient      = "client"      // it knows us, and our secret
	StepCertificate = "certificate" // with SAML, what it signs with is good
	StepDomain      = "domain"      // there is a domain whose people it answers for
)

// Step is one part of a test; Err says in words what is wrong.
type Step struct {
	Name string
	Err  *errs.Error
}

// Test tries a provider as far as that goes without a person, and says what is
// wrong. After a step that all others stand on, the others are left out.
func (s *Service) Test(ctx context.Context, p Provider) ([]Step, error) {
	if p.Kind == SAML {
		return s.testSAML(ctx, p)
	}
	r, err := s.discover(ctx, p.Issuer)
	all := []Step{{StepDocument, fault(err)}}
	if err != nil {
		return all, unlessFault(err)
	}
	all = append(all, Step{StepKeys, s.testKeys(ctx, r)}, Step{StepPKCE, r.testPKCE()})
	client, err := s.testClient(ctx, p, r)
	if err != nil {
		return nil, err
	}
	domain, err := s.testDomain(ctx, p)
	return append(all, Step{StepClient, client}, domain), err
}

func (s *Service) testDomain(ctx context.Context, p Provider) (Step, error) {
	proved, err := s.Domains(ctx, s.DB, p.OrganizationID)
	if err == nil && len(proved) == 0 {
		return Step{StepDomain, ErrNoDomain}, nil
	}
	return Step{Name: StepDomain}, err
}

// Works reports whether all steps went well.
func Works(all []Step) bool {
	return !slices.ContainsFunc(all, func(s Step) bool { return s.Err != nil })
}

func fault(err error) *errs.Error {
	var ours *errs.Error
	errors.As(err, &ours)
	return ours
}

// unlessFault returns errors that are not the provider's.
func unlessFault(err error) error {
	if fault(err) != nil {
		return nil
	}
	return err
}

// testKeys looks for a key that signs.
func (s *Service) testKeys(ctx context.Context, r *remote) *errs.Error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.KeySet, nil)
	if err != nil {
		return ErrKeys.Because(err)
	}
	res, err := s.Out.Do(q)
	if err != nil {
		return ErrKeys.Because(err)
	}
	defer res.Body.Close()
	var set struct {
		Keys []struct {
			Kty string `json:"kty"`
			Use string `json:"use"`
		} `json:"keys"`
	}
	if res.StatusCode != http.StatusOK || json.NewDecoder(res.Body).Decode(&set) != nil {
		return ErrKeys
	}
	for _, k := range set.Keys {
		if k.Use != "enc" && (k.Kty == "RSA" || k.Kty == "EC" || k.Kty == "OKP") {
			return nil
		}
	}
	return ErrKeys
}

// testPKCE believes a provider that does not say.
func (r *remote) testPKCE() *errs.Error {
	if len(r.Challenges) > 0 && !slices.Contains(r.Challenges, "S256") {
		return ErrPKCE
	}
	return nil
}

// testClient gives a code that is none: who knows us says that it is the code
// that is wrong, and not who we are.
func (s *Service) testClient(ctx context.Context, p Provider, r *remote) (*errs.Error, error) {
	client, err := s.client(p, r)
	if err != nil {
		return nil, err
	}
	_, err = client.Exchange(s.calling(ctx), "test-of-the-connection", oauth2.VerifierOption(oauth2.GenerateVerifier()))
	var refused *oauth2.RetrieveError
	switch {
	case !errors.As(err, &refused):
		return ErrToken.Because(err), nil
	case refused.ErrorCode == "invalid_grant":
		return nil, nil
	case refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client" || refused.Response.StatusCode == http.StatusUnauthorized:
		return ErrClient, nil
	case refused.ErrorCode == "invalid_request" || refused.Response.StatusCode == http.StatusBadRequest:
		return nil, nil // some say no more of a wrong code
	}
	return ErrToken.Because(err), nil
}

// TestOf is Test for an admin of the organization. It returns ErrNone.
func (s *Service) TestOf(ctx context.Context, actor identity.Actor, id string) (Provider, []Step, error) {
	p, err := s.Get(ctx, actor, id)
	if err != nil {
		return p, nil, err
	}
	steps, err := s.Test(ctx, p)
	return p, steps, err
}
