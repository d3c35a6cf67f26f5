package app

import (
	"context"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/webpush"
	"nameplate/internal/reach/notify"
	"nameplate/internal/reach/push"
)

// pushSender signs pushes with the key that the first start has made.
func (a *App) pushSender() (*webpush.Sender, error) {
	key, err := push.Key(context.Background(), a.DB, a.Keys)
	if err != nil {
		return nil, err
	}
	subject := a.Config.Base.String()
	if a.Config.Base.Scheme != "https" {
		subject = "mailto:nameplate@" + a.Config.Base.Hostname()
	}
	return webpush.NewSender(key, subject)
}

// push sends a note to a member's devices.
func (a *App) push(ctx context.Context, tx *db.Tx, organizationID, userID string, n notify.Note) error {
	_, err := a.Push.Send(ctx, tx, organizationID, userID, push.Note(n))
	return err
}

// pushed hears what came of it.
func (a *App) pushed(ctx context.Context, organizationID, userID, event string, delivered bool) error {
	return a.Notify.Pushed(ctx, organizationID, userID, event, delivered)
}
