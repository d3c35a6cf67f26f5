package sso

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
)

const (
	// askAgain is how often a provider is asked whether somebody is still there,
	// if it has given us what asks.
	askAgain = time.Hour
	atOnce   = 50
	// logoutAge is how old a logout token may be.
	logoutAge = 5 * time.Minute
)

// ErrLogout is a logout token that is not taken.
var ErrLogout = errs.New(errs.Malformed, "logout_token")

// logouts bounds the tokens that are looked at for one provider: an unknown key
// in one makes this server ask for keys.
var logouts = limit.Declare("provider-logouts", 300, 15*time.Minute)

// held is what asks a provider about somebody.
type held struct {
	ProviderID   string
	Subject      string
	UserID       string
	RefreshToken []byte
}

// Logout takes a logout token of a provider (OpenID Connect Back-Channel Logout
// 1.0) and ends all sessions of the person. One of somebody who never came is
// taken, too. It returns ErrNone, ErrLogout or limit.ErrThrottled.
func (s *Service) Logout(ctx context.Context, id, raw string) error {
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.Kind != OpenID {
		err = ErrNone
	}
	if err != nil {
		return err
	}
	if err := s.Limit.Take(ctx, logouts, p.ID); err != nil {
		return err
	}
	subject, err := s.leaver(ctx, p, raw)
	if err != nil {
		return ErrLogout.Because(err)
	}
	user, found, err := userOf.Maybe(ctx, s.DB, p.ID, subject)
	if err != nil || !found {
		return err
	}
	return s.signOut(ctx, held{ProviderID: p.ID, Subject: subject, UserID: user})
}

var errToken = errors.New("sso: not a logout token that is taken")

// leaver reads a logout token and returns whom it is about.
func (s *Service) leaver(ctx context.Context, p Provider, raw string) (string, error) {
	r, err := s.remote(ctx, p.Issuer)
	if err != nil {
		return "", err
	}
	token, err := s.verifier(p, r).VerifyLogout(ctx, raw)
	if err != nil {
		return "", err
	}
	now := s.Clock.Now()
	if token.TokenID == "" || token.Subject == "" || now.Sub(token.IssuedAt) > logoutAge || token.IssuedAt.After(now.Add(skew)) {
		return "", errToken
	}
	first, err := s.takeOnce(ctx, "logout "+p.ID+" "+token.TokenID, now.Add(logoutAge+skew))
	if err == nil && !first {
		err = errToken
	}
	return token.Subject, err
}

// signOut ends all sessions of somebody who has left the provider, and forgets
// what asked about them.
func (s *Service) signOut(ctx context.Context, h held) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Sessions.EndOthers(ctx, tx, h.UserID, ""); err != nil {
			return err
		}
		if _, err := drop.Run(ctx, tx, h.ProviderID, h.Subject); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "identity_provider.signed_out", Target: journal.Person(h.UserID), Details: map[string]string{"provider": h.ProviderID},
		})
	})
}

// Recheck asks providers whether people are still there, each of them once an
// hour. Where one says no, the sessions end; where one says nothing, it is asked
// again an hour later.
func (s *Service) Recheck(ctx context.Context) error {
	all, err := stale.All(ctx, s.DB, s.Clock.Now().Add(-askAgain), atOnce)
	if err != nil {
		return err
	}
	for _, h := range all {
		if err := s.ask(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) ask(ctx context.Context, h held) error {
	mine, now := false, s.Clock.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := claim.Run(ctx, tx, h.ProviderID, h.Subject, now, now.Add(-askAgain))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	fresh, err := s.renew(ctx, h)
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode == "invalid_grant":
		return s.signOut(ctx, h)
	case err != nil:
		return ctx.Err() // it could not be asked
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := noteSeen.Run(ctx, tx, h.ProviderID, h.Subject, now, s.sealRefresh(h.ProviderID, h.Subject, fresh))
		return err
	})
}

// renew asks for new tokens and returns the one to ask with the next time.
func (s *Service) renew(ctx context.Context, h held) (string, error) {
	p, err := s.find(ctx, s.DB, h.ProviderID)
	if err != nil {
		return "", err
	}
	r, err := s.remote(ctx, p.Issuer)
	if err != nil {
		return "", err
	}
	client, err := s.client(p, r)
	if err != nil {
		return "", err
	}
	plain, err := s.Keys.Open(h.RefreshToken, refreshPlace(h.ProviderID, h.Subject))
	if err != nil {
		return "", err
	}
	given, err := client.TokenSource(s.calling(ctx), &oauth2.Token{RefreshToken: string(plain)}).Token()
	if err != nil {
		return "", err
	}
	return given.RefreshToken, nil
}

// sealRefresh seals what asks; nil for nothing.
func (s *Service) sealRefresh(provider, subject, token string) []byte {
	if token == "" {
		return nil
	}
	return s.Keys.Seal([]byte(token), refreshPlace(provider, subject))
}

func refreshPlace(provider, subject string) string {
	return "provider_identities|refresh_token|" + provider + "|" + subject
}
