package openid

import (
	"context"
	"strings"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// Connected is an app that somebody has allowed something.
type Connected struct {
	ID         string
	ClientID   string
	Name       string
	Scopes     []string
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// Apps returns the apps that a user has allowed something, the last used first.
func (s *Service) Apps(ctx context.Context, userID string) ([]Connected, error) {
	rows, err := grantsOf.All(ctx, s.DB, userID)
	if err != nil {
		return nil, err
	}
	all := make([]Connected, len(rows))
	for i, r := range rows {
		name, _, err := s.Client(ctx, s.DB, r.ClientID)
		if err != nil {
			return nil, err
		}
		all[i] = Connected{r.ID, r.ClientID, name, strings.Fields(r.Scopes), r.CreatedAt, r.LastUsedAt}
	}
	return all, nil
}

// Disconnect ends what a user has allowed an app, with all that it holds, and
// tells it. It returns ErrNoApp.
func (s *Service) Disconnect(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		open, err := openOf.All(ctx, tx, id)
		if err != nil {
			return err
		}
		n, err := removeGrant.Run(ctx, tx, id, c.User.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNoApp
		}
		for _, e := range open {
			if err := s.tell(ctx, tx, e); err != nil {
				return err
			}
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "app.disconnected", Actor: c.Actor, Target: journal.Person(c.User.ID),
		})
	})
}
