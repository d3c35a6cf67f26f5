package factor

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/db"
)

// Reset takes every factor from a user on behalf of somebody else. Sessions and
// tokens end, and the user is told. It returns ErrNothing where no factor is on.
func (s *Service) Reset(ctx context.Context, actor identity.Actor, user identity.User) error {
	told, err := s.Notices.Write(ctx, user, string(reset), func(ctx context.Context) notice.Words { return words(ctx, reset, "") })
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Sessions.EndEverything(ctx, tx, user.ID, ""); err != nil {
			return err
		}
		offered, err := s.Offer(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		if len(offered) == 0 {
			return ErrNothing
		}
		if err := s.RemoveAll(ctx, tx, user.ID); err != nil {
			return err
		}
		err = s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: string(reset), Actor: actor, Target: journal.Person(user.ID), Changes: []string{"factors"},
		})
		if err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
}

// Unlock lets codes be compared and sent again, however many were wrong or went
// out today.
func (s *Service) Unlock(ctx context.Context, tx *db.Tx, userID string) error {
	if err := s.Limit.ClearIn(ctx, tx, tries, userID); err != nil {
		return err
	}
	return s.Texts.Unlock(ctx, tx, userID)
}
