package token

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// Who has ended a token.
const (
	byOwner  = "owner"
	byFinder = "finder"
)

// Revoke ends a token of the caller.
func (s *Service) Revoke(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := end.Run(ctx, tx, id, c.User.ID, s.Clock.Now(), byOwner)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.record(ctx, tx, c.Actor, c.User.ID, "token.revoked", id)
	})
}

// Narrow takes a scope from a token of the caller. The last one stays.
func (s *Service) Narrow(ctx context.Context, c session.Caller, id, scope string) error {
	t, err := s.Find(ctx, c, id)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := narrow.Run(ctx, tx, id, scope, c.User.ID)
		switch {
		case err != nil:
			return err
		case n == 0 && t.has(scope):
			return ErrLast
		case n == 0:
			return ErrNotFound
		}
		return s.record(ctx, tx, c.Actor, c.User.ID, "token.narrowed", id)
	})
}

func (t Token) has(scope string) bool {
	for _, s := range t.Scopes {
		if s.Name == scope {
			return true
		}
	}
	return false
}

// Found ends a token on behalf of whoever holds it, and tells its owner. What
// is no living token changes nothing, and the finder is not told.
func (s *Service) Found(ctx context.Context, by identity.Actor, text string) error {
	hash, ok := secret.ParseToken(Kind, text)
	if !ok {
		return nil
	}
	t, found, err := byHash.Maybe(ctx, s.DB, hash, "")
	if err != nil || !found {
		return err
	}
	owner, err := identity.Get(ctx, s.DB, t.UserID)
	if err != nil {
		return err
	}
	told, err := s.Notices.Write(ctx, owner, "token.found", foundWords)
	if err != nil {
		return err
	}
	by.UserID = "" // whoever finds a token is nobody in the account
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := end.Run(ctx, tx, t.ID, t.UserID, s.Clock.Now(), byFinder)
		if err != nil || n == 0 {
			return err
		}
		if err := s.record(ctx, tx, by, t.UserID, "token.found", t.ID); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
	if errs.KindOf(err) == errs.Conflict { // addresses changed meanwhile
		return s.Found(ctx, by, text)
	}
	return err
}

// Sweep forgets tokens that ended some weeks ago.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-shownFor))
	return err
}
