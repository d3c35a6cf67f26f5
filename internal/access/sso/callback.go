package sso

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
)

// ErrRefused is the one answer to whatever is wrong with what a provider says.
// Its admins are told why, on the page of the provider.
var ErrRefused = errs.New(errs.Denied, "provider_refused")

// answers bounds the answers of providers that one network brings. A whole office
// may come in the morning.
var answers = limit.Declare("provider-answers", 1000, 15*time.Minute)

// Answer is what the browser brings back from the provider (RFC 6749, section
// 4.1.2; RFC 9207).
type Answer struct {
	Code   string
	State  string
	Issuer string
	Error  string
}

// Entered is who has signed in.
type Entered struct {
	User   identity.User
	Return string // where the sign-in was to lead
	Proved bool   // the provider has asked for a proof just now, as far as it says
}

// refusal is why an answer of a provider was not taken; a code of which the
// admins are told.
type refusal string

func (r refusal) Error() string { return string(r) }

// Why an answer was not taken.
const (
	faultDenied      refusal = "denied"      // the provider itself has refused
	faultSilent      refusal = "silent"      // it could not be asked
	faultIssuer      refusal = "issuer"      // the answer is another provider's
	faultCode        refusal = "code"        // it gives nothing for its code
	faultToken       refusal = "token"       // its token is not what it has to be
	faultUserinfo    refusal = "userinfo"    // what it says beside the token is not about the same person
	faultAddress     refusal = "address"     // it names no address
	faultUnverified  refusal = "unverified"  // it does not say that the address is verified
	faultDomain      refusal = "domain"      // the address is in no domain that the organization has proved
	faultTaken       refusal = "taken"       // the address is a further one of somebody else's account
	faultRemoved     refusal = "removed"     // the person was removed from the organization
	faultDeactivated refusal = "deactivated" // the account is deactivated
	faultUnasked     refusal = "unasked"     // nobody has asked for it, or too long ago
)

// Finish takes the answer of a provider. kept is what Start gave the browser;
// network is where it asks from. It returns ErrNone, ErrFlow, ErrRefused or
// limit.ErrThrottled.
func (s *Service) Finish(ctx context.Context, id, kept, network string, a Answer) (in Entered, err error) {
	f, err := s.open(kept)
	if err != nil {
		return in, err
	}
	if f.Provider != id || subtle.ConstantTimeCompare([]byte(f.State), []byte(a.State)) != 1 {
		return in, ErrFlow
	}
	if err := s.Limit.Take(ctx, answers, network); err != nil {
		return in, err
	}
	if fresh, err := s.takeOnce(ctx, "state "+f.State, f.Until); err != nil || !fresh {
		return in, orFlow(err)
	}
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.Kind != OpenID {
		err = ErrFlow
	}
	if err != nil {
		return in, err
	}
	in, err = s.enter(ctx, p, f, a)
	return in, s.settled(ctx, p, err)
}

// settled makes a refusal what the person is told, and tells the admins why.
func (s *Service) settled(ctx context.Context, p Provider, err error) error {
	var why refusal
	if errors.As(err, &why) {
		return s.refuse(ctx, p, why, err)
	}
	return err
}

func orFlow(err error) error {
	if err == nil {
		return ErrFlow
	}
	return err
}

// takeOnce reports whether this is the first that is seen of something, which
// is good until a moment.
func (s *Service) takeOnce(ctx context.Context, what string, until time.Time) (first bool, err error) {
	sum := sha256.Sum256([]byte(what))
	return first, s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := take.Run(ctx, tx, sum[:], until)
		first = n == 1
		return err
	})
}

// enter finds out who an answer is about.
func (s *Service) enter(ctx context.Context, p Provider, f flow, a Answer) (in Entered, err error) {
	r, err := s.remote(ctx, p.Issuer)
	if err != nil {
		return in, errors.Join(faultSilent, err)
	}
	switch {
	case a.Issuer != "" && a.Issuer != p.Issuer, a.Issuer == "" && r.NamesIssuer:
		return in, faultIssuer
	case a.Error != "":
		return in, faultDenied
	}
	client, err := s.client(p, r)
	if err != nil {
		return in, err
	}
	token, err := client.Exchange(s.calling(ctx), a.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return in, errors.Join(faultCode, err)
	}
	c, err := s.read(ctx, p, r, token, f.Nonce)
	if err != nil {
		return in, err
	}
	in.Return, in.Proved = f.Return, c.fresh(s.Clock.Now())
	in.User, err = s.person(ctx, p, c)
	return in, err
}

// refuse tells the admins why an answer was not taken, and nobody else.
func (s *Service) refuse(ctx context.Context, p Provider, why refusal, cause error) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := noteFault.Run(ctx, tx, p.ID, string(why), s.Clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, p, journal.Act{Action: "identity_provider.refused", Details: map[string]string{"reason": string(why)}})
	})
	if err != nil {
		return err
	}
	return ErrRefused.Because(cause)
}
