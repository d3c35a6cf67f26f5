package signin

import (
	"context"
	"errors"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
)

// ErrSignedIn says that no second factor is to come any more.
var ErrSignedIn = errs.New(errs.Conflict, "already_signed_in")

// Second takes the second factor of a half session and opens a full one in its
// place. After a wrong one the half session stays. It ends with
// limit.ErrThrottled, when the account's budget is spent, but a few seconds
// later: of many who bring the right code at the same moment one is to get in.
// Second returns what Check does, ErrSignedIn, or session.ErrNone if the half
// session has ended meanwhile.
func (s *Service) Second(ctx context.Context, b Browser, c session.Caller, method, given string) (Entered, error) {
	if c.Session.Level != session.Half {
		return Entered{}, ErrSignedIn
	}
	err := s.Check(ctx, c, method, given)
	if errors.Is(err, limit.ErrThrottled) {
		if err := s.end(ctx, c); err != nil {
			return Entered{}, err
		}
	}
	if err != nil {
		return Entered{}, err
	}
	return s.complete(ctx, b, c, method)
}

// complete gives one full session for the half one, whoever else tries, under
// the epochs of the half one: what changed since ends it.
func (s *Service) complete(ctx context.Context, b Browser, c session.Caller, method string) (Entered, error) {
	user := c.User
	user.SessionEpoch, user.CredentialEpoch = c.Session.SessionEpoch, c.Session.CredentialEpoch
	b.Session = ""
	return s.admit(ctx, b, user, method, func(tx *db.Tx) error {
		err := s.Sessions.CloseOf(ctx, tx, user.ID, c.Session.ID)
		if errors.Is(err, session.ErrNotFound) {
			return session.ErrNone
		}
		return err
	})
}

func (s *Service) end(ctx context.Context, c session.Caller) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Sessions.CloseSoon(ctx, tx, c.Session.ID) })
}
