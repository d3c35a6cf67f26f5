package revert

import (
	"context"
	"errors"
	"net/url"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
)

// Service uses revert keys.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Once     once.Store
	Notices  *notice.Notices
	Mail     *mail.Mailer
	Sessions session.Store
	Journal  *journal.Journal
	URL      *url.URL

	// Restore makes an address the user's again, as the primary one or a further
	// one, and drops those that were added since. It returns
	// identity.ErrEmailTaken if it is somebody else's: the primary one stays then.
	Restore func(ctx context.Context, tx *db.Tx, userID, address string, primary bool, since time.Time) error
	// DropSince removes the factors and backup codes that were added since.
	DropSince func(ctx context.Context, tx *db.Tx, userID string, since time.Time) error
	// Lock takes the password away.
	Lock func(ctx context.Context, tx *db.Tx, userID string) error
	// Hold makes the next reset ask for the password with this hash.
	Hold func(ctx context.Context, tx *db.Tx, userID, hash string, since time.Time) error
}

// Leads returns what the account would be put back to, and whose it is. It
// returns once.ErrToken if the link works no more.
func (s *Service) Leads(ctx context.Context, token string) (notice.State, identity.User, error) {
	id, ok, err := s.Once.PeekLink(ctx, s.DB, notice.Purpose, token)
	if err != nil || !ok {
		return notice.State{}, identity.User{}, orDead(err)
	}
	key, found, err := s.Notices.Find(ctx, s.DB, id)
	if err != nil || !found {
		return notice.State{}, identity.User{}, orDead(err)
	}
	user, err := identity.Get(ctx, s.DB, key.UserID)
	if err != nil || user.State != identity.Active {
		return notice.State{}, identity.User{}, orDead(err)
	}
	state, err := s.Notices.State(key)
	return state, user, err
}

// Use puts the account back. It returns once.ErrToken.
func (s *Service) Use(ctx context.Context, actor identity.Actor, token string) error {
	state, user, err := s.Leads(ctx, token)
	if err != nil {
		return err
	}
	told, err := s.letters(ctx, user, state)
	if err != nil {
		return err
	}
	actor.UserID = user.ID
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Sessions.EndEverything(ctx, tx, user.ID, ""); err != nil {
			return err
		}
		if err := s.take(ctx, tx, token); err != nil {
			return err
		}
		if err := s.putBack(ctx, tx, user.ID, state); err != nil {
			return err
		}
		for _, m := range told {
			if err := s.Mail.Send(ctx, tx, m); err != nil {
				return err
			}
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "account.reverted", Actor: actor, Target: journal.Person(user.ID),
			Changes: []string{"email", "factors", "password"},
		})
	})
}

// take uses the link up, and with it every key that is not older.
func (s *Service) take(ctx context.Context, tx *db.Tx, token string) error {
	id, ok, err := s.Once.TakeLink(ctx, tx, notice.Purpose, token)
	if err != nil || !ok {
		return orDead(err)
	}
	key, found, err := s.Notices.Find(ctx, tx, id)
	if err != nil || !found {
		return orDead(err)
	}
	return s.Notices.EndSince(ctx, tx, key)
}

func (s *Service) putBack(ctx context.Context, tx *db.Tx, userID string, state notice.State) error {
	moved, err := s.restore(ctx, tx, userID, state)
	if err != nil {
		return err
	}
	if err := s.DropSince(ctx, tx, userID, state.At); err != nil {
		return err
	}
	if err := s.Lock(ctx, tx, userID); err != nil || !moved {
		return err
	}
	return s.Hold(ctx, tx, userID, state.Password, state.At)
}

// restore puts the address back and reports whether the account has to be put
// on hold: another address is the primary one now, or the one that should be
// cannot.
func (s *Service) restore(ctx context.Context, tx *db.Tx, userID string, state notice.State) (hold bool, err error) {
	before, err := identity.PrimaryEmail(ctx, tx, userID)
	if err != nil {
		return false, err
	}
	err = s.Restore(ctx, tx, userID, state.Address, state.IsPrimary, state.At)
	if errors.Is(err, identity.ErrEmailTaken) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	after, err := identity.PrimaryEmail(ctx, tx, userID)
	return after.Normalized != before.Normalized, err
}

func orDead(err error) error {
	if err == nil {
		return once.ErrToken
	}
	return err
}
