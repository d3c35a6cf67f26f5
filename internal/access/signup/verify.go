package signup

import (
	"context"
	"crypto/subtle"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

// Proof is what verifies a sign-up: the code with its address, or the link's
// token. Password replaces the first one; it must be given from another
// browser than the one that signed up.
type Proof struct {
	Email    string
	Code     string
	Token    string
	Password secret.Secret
}

// Verify turns a waiting sign-up into an account and signs in. It returns
// once.ErrCode, once.ErrToken, ErrOtherBrowser or errs.Fields.
func (s *Service) Verify(ctx context.Context, b Browser, p Proof) (Outcome, error) {
	w, wrong, err := s.waiting(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	if w.ID == "" {
		return Outcome{}, wrong
	}
	if p.Password != "" {
		w.PasswordHash, err = s.NewPassword(ctx, p.Password, []string{w.Address, w.DisplayName, w.Organization})
		if err != nil {
			return Outcome{}, err
		}
	} else if !s.sameBrowser(b, w, p) {
		return Outcome{}, ErrOtherBrowser
	}
	refused := false
	take := func(tx *db.Tx) error {
		ok, err := s.take(ctx, tx, w, p)
		if err == nil && !ok {
			refused = true
			return errCounted
		}
		return err
	}
	out, err := s.finish(ctx, b, w, take)
	if errors.Is(err, errLate) {
		if s.Mode != Open {
			return Outcome{}, ErrClosed
		}
		w.Owner = false
		out, err = s.finish(ctx, b, w, take)
	}
	if refused {
		return Outcome{}, wrong
	}
	return out, err
}

// errCounted stops finish without an account and lets the transaction commit,
// so that the wrong guess stays counted.
var errCounted = errors.New("signup: the guess was wrong")

// waiting finds the sign-up that p speaks of, and the error for a proof that
// is wrong. A sign-up without an id says that there is none.
func (s *Service) waiting(ctx context.Context, p Proof) (waiting, error, error) {
	now, normal := s.Clock.Now(), identity.NormalEmail(p.Email)
	if p.Token != "" || normal == "" {
		id, ok, err := s.Once.PeekLink(ctx, s.DB, purpose, p.Token)
		if err != nil || !ok {
			return waiting{}, once.ErrToken, err
		}
		w, _, err := byID.Maybe(ctx, s.DB, id, now)
		return w, once.ErrToken, err
	}
	if err := s.Limit.Take(ctx, guesses, normal); err != nil {
		return waiting{}, nil, err
	}
	w, _, err := byAddressAlive.Maybe(ctx, s.DB, normal, now)
	return w, once.ErrCode, err
}

func (s *Service) take(ctx context.Context, tx *db.Tx, w waiting, p Proof) (bool, error) {
	if n, err := lock.Run(ctx, tx, w.ID); n == 0 || err != nil {
		return false, err
	}
	if p.Token == "" {
		return s.Once.TakeCode(ctx, tx, purpose, w.ID, p.Code)
	}
	_, ok, err := s.Once.TakeLink(ctx, tx, purpose, p.Token)
	return ok, err
}

// sameBrowser reports whether the proof comes from where the sign-up came
// from. A call of the API that carries a code and no mark at all is taken for
// a program that keeps no cookies: nobody can be led to make one.
func (s *Service) sameBrowser(b Browser, w waiting, p Proof) bool {
	if b.Mark == "" {
		return !b.Page && p.Token == ""
	}
	hash, ok := secret.ParseToken(browserKind, b.Mark)
	return ok && subtle.ConstantTimeCompare(hash, w.BrowserHash) == 1
}

// Waits reports whether token belongs to a sign-up that waits, and whether it
// signs in by itself in this browser.
func (s *Service) Waits(ctx context.Context, b Browser, token string) (same bool, err error) {
	w, wrong, err := s.waiting(ctx, Proof{Token: token})
	if err != nil {
		return false, err
	}
	if w.ID == "" {
		return false, wrong
	}
	return s.sameBrowser(b, w, Proof{Token: token}), nil
}
