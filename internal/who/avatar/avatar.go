package avatar

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

// Service changes pictures.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Pictures *portrait.Store
	Journal  *journal.Journal
}

var (
	present = db.Exec(`
		UPDATE users SET picture = $2, updated_at = $3, updated_by = $4, updated_fields = 'avatar' WHERE id = $1`)
	pictureOf = db.Rows[string](`SELECT picture FROM users WHERE id = $1`)
)

// Set makes an uploaded picture the actor's. It returns the errors of package
// picture, and the user as it is then.
func (s *Service) Set(ctx context.Context, actor identity.Actor, up portrait.Uploaded) (identity.User, error) {
	name, err := s.Pictures.Make(ctx, up.Data, up.Crop)
	if err != nil {
		return identity.User{}, err
	}
	return s.change(ctx, actor, name, "avatar.updated")
}

// Remove takes the actor's picture away; initials or the organization's logo
// stand in its place.
func (s *Service) Remove(ctx context.Context, actor identity.Actor) (identity.User, error) {
	return s.change(ctx, actor, "", "avatar.removed")
}

func (s *Service) change(ctx context.Context, actor identity.Actor, name, action string) (user identity.User, err error) {
	now := s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := pictureOf.One(ctx, tx, actor.UserID)
		if err != nil {
			return err
		}
		if user, err = identity.Get(ctx, tx, actor.UserID); err != nil || before == name {
			return err
		}
		if err := s.Pictures.Replace(ctx, tx, portrait.OfPerson(actor.UserID), before, name); err != nil {
			return err
		}
		if _, err := present.Run(ctx, tx, actor.UserID, name, now, actor.UserID); err != nil {
			return err
		}
		if user, err = identity.Get(ctx, tx, actor.UserID); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: now, Action: action, Actor: actor, Target: journal.Person(actor.UserID), Changes: []string{"avatar"},
		})
	})
	return user, err
}
