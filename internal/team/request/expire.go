package request

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Expire ends requests that nobody has decided in time and tells who asked, and
// forgets those that have ended long ago. Of several servers at it, one ends
// each.
func (s *Service) Expire(ctx context.Context) error {
	late, err := due.All(ctx, s.DB, s.Clock.Now())
	if err != nil {
		return err
	}
	for _, r := range late {
		if err := s.expire(ctx, r); err != nil {
			return err
		}
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := forget.Run(ctx, tx, s.Clock.Now().Add(-Kept))
		return err
	})
}

func (s *Service) expire(ctx context.Context, r Request) error {
	letter, err := s.expiredLetter(ctx, r)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := expire.Run(ctx, tx, r.ID, s.Clock.Now())
		if err != nil || n == 0 {
			return err
		}
		if err := s.record(ctx, tx, identity.Actor{Origin: identity.Job}, r, "field.request_expired"); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	})
}
