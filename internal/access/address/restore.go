package address

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Restore puts back an address that the user had before a moment, as the
// primary one or as a further one. Every address that was added at the moment
// or after it goes, and so does all that waits for a code, and the link of a
// forgotten password. Sessions, notices and the journal are the caller's
// matter. It returns identity.ErrEmailTaken where the address is somebody else's
// by now, and has done the rest.
func (s *Service) Restore(ctx context.Context, tx *db.Tx, userID, address string, primary bool, since time.Time) error {
	if err := s.endWaiting(ctx, tx, userID); err != nil {
		return err
	}
	return identity.RestoreEmail(ctx, tx, userID, address, primary, since)
}

// Assign makes an address the primary one of a user by the word of somebody who
// answers for it, in place of the one before. What waits for a code ends, and
// so does the link of a forgotten password. Sessions, notices and the journal
// are the caller's matter. With an error the caller gives tx up:
// identity.ErrEmailTaken or policy.ErrProvider.
func (s *Service) Assign(ctx context.Context, tx *db.Tx, userID, address string) error {
	before, err := identity.PrimaryEmail(ctx, tx, userID)
	if err != nil {
		return err
	}
	if err := s.free(ctx, tx, "", before.Address, address); err != nil {
		return err
	}
	if err := s.endWaiting(ctx, tx, userID); err != nil {
		return err
	}
	ok, err := identity.SetPrimaryEmail(ctx, tx, userID, address, s.Clock.Now())
	if err == nil && !ok {
		err = identity.ErrEmailTaken
	}
	return err
}

// endWaiting ends all that would give the user another address or password.
func (s *Service) endWaiting(ctx context.Context, tx *db.Tx, userID string) error {
	if err := identity.Lock(ctx, tx, userID); err != nil {
		return err
	}
	if err := s.EndResets(ctx, tx, userID); err != nil {
		return err
	}
	if _, err := drop.Run(ctx, tx, userID); err != nil {
		return err
	}
	if _, err := dropPending.Run(ctx, tx, userID); err != nil {
		return err
	}
	return s.void(ctx, tx, userID, slots...)
}
