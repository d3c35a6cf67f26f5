package app

import (
	"context"
	"errors"
	"io"
	"os"

	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/control"
	"nameplate/internal/platform/db"
)

// backup writes the instance as it is at one moment. Nobody waits for it.
func (a *App) backup(ctx context.Context, _ Nothing) (control.Body, error) {
	key, err := a.folderKey()
	if err != nil {
		return nil, err
	}
	return func(to io.Writer) (err error) {
		// What rows name when the snapshot is taken stays until it is copied.
		release := a.Blobs.Keep()
		defer func() { err = errors.Join(err, release(context.WithoutCancel(ctx))) }()
		return a.DB.Snapshot(ctx, func(s *db.Snapshot) error {
			about := backup.About{Version: a.version, At: a.Clock.Now().UTC(), Key: a.Keys.Fingerprint()}
			return backup.Write(ctx, to, about, key, s, a.Blobs)
		})
	}, nil
}

// folderKey is the key that was made in the data folder; nil where the settings
// name one. Without it nobody could read what is sealed in the backup.
func (a *App) folderKey() ([]byte, error) {
	if a.Config.Keys != nil {
		return nil, nil
	}
	return os.ReadFile(a.keyFile())
}
