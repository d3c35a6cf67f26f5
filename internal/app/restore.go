package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nameplate/internal/config"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// Errors of restoring.
var (
	// ErrTaken says that something would be replaced.
	ErrTaken = errors.New("there is an instance already")
	// ErrBackupKey says that nothing at hand opens what is sealed in a backup.
	ErrBackupKey = errors.New("the backup was made under another key: set NAMEPLATE_KEY to that one")
	// ErrTampered says that the record in a backup does not agree with itself.
	ErrTampered = errors.New("the record in the backup was changed: its entries don't agree with each other")
)

// Restored is what was put in place.
type Restored struct {
	backup.Contents
	// Kept is what stood there before, by the names under which it still is.
	Kept []string `json:"kept,omitempty"`
}

// Restore puts a backup in the place of what the settings name, which no server
// may have open. Everything is built and looked at beside that place first and
// moves there last, so that until then the old instance is as it was. Without
// replace it returns ErrTaken where there is one.
func Restore(ctx context.Context, cfg config.Checked, from io.Reader, replace bool) (out Restored, err error) {
	a := &App{Config: cfg, Clock: clock.System{}}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return out, fmt.Errorf("make the data folder: %w", err)
	}
	aside, err := db.OpenAside(ctx, a.dsn())
	if err != nil {
		return out, err
	}
	r := &restoring{App: a, aside: aside, folder: filepath.Join(cfg.Data, "blobs")}
	if (aside.Taken || !empty(r.folder)) && !replace {
		return out, errors.Join(ErrTaken, aside.Drop(ctx))
	}
	if out.Contents, err = r.build(ctx, from); err != nil {
		return out, errors.Join(err, r.drop(ctx))
	}
	out.Kept, err = r.move(ctx)
	return out, err
}

// besideBlobs is the end of the folder's name until it moves.
const besideBlobs = ".restoring"

// restoring is one restore.
type restoring struct {
	*App
	aside  *db.Aside
	blobs  *blob.Disk
	folder string // in which the objects will be
	key    []byte // that the backup carries
	loader db.Loader
}

func (r *restoring) build(ctx context.Context, from io.Reader) (found backup.Contents, err error) {
	if err := os.RemoveAll(r.folder + besideBlobs); err != nil {
		return found, err
	}
	if r.blobs, err = blob.Open(r.folder + besideBlobs); err != nil {
		return found, err
	}
	err = r.aside.Load(ctx, func(l db.Loader) error {
		r.loader = l
		found, err = backup.Read(ctx, from, r)
		return err
	})
	if err != nil {
		return found, err
	}
	if err := r.aside.Migrate(ctx); err != nil {
		return found, err
	}
	return found, r.verify(ctx)
}

// Begin looks whether the backup can be read here, and makes its tables.
func (r *restoring) Begin(ctx context.Context, about backup.About, key []byte) error {
	keys := r.Config.Keys
	if keys == nil && key != nil {
		var err error
		if keys, err = secret.ParseKeys(secret.Secret(bytes.TrimSpace(key))); err != nil {
			return err
		}
		r.key = key
	}
	if keys == nil || !keys.Knows(about.Key) {
		return ErrBackupKey
	}
	return r.aside.MigrateTo(ctx, about.Schema)
}

// Table fills a table.
func (r *restoring) Table(ctx context.Context, name string, columns []string, next func() ([]any, error)) error {
	return r.loader.Table(ctx, name, columns, next)
}

// Blob puts an object into its place.
func (r *restoring) Blob(ctx context.Context, key string, data []byte) error {
	return r.blobs.Put(ctx, key, data)
}

// verify looks whether what was built is whole: the record agrees with itself,
// and each object that a row names is there.
func (r *restoring) verify(ctx context.Context) error {
	found, err := journal.VerifyAll(ctx, r.aside.DB)
	if err != nil {
		return err
	}
	if !found.Valid {
		return ErrTampered
	}
	name, missing, err := portrait.Missing(ctx, r.aside.DB, r.blobs)
	if err == nil && missing {
		return fmt.Errorf("the picture %s is not in the backup", name)
	}
	return err
}

// drop removes what was built.
func (r *restoring) drop(ctx context.Context) error {
	var errList []error
	if r.blobs != nil {
		errList = append(errList, r.blobs.Close(), os.RemoveAll(r.folder+besideBlobs))
	}
	return errors.Join(append(errList, r.aside.Drop(context.WithoutCancel(ctx)))...)
}

// move puts what was built in place, the database last: without it nothing
// starts on the rest.
func (r *restoring) move(ctx context.Context) (kept []string, err error) {
	mark := "before-" + r.Clock.Now().UTC().Format("20060102t150405z")
	if err := r.blobs.Close(); err != nil {
		return nil, err
	}
	if empty(r.folder) {
		err = os.RemoveAll(r.folder)
	} else {
		kept, err = []string{r.folder + "." + mark}, os.Rename(r.folder, r.folder+"."+mark)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Rename(r.folder+besideBlobs, r.folder); err != nil {
		return kept, err
	}
	old, err := r.moveKey(mark)
	if err != nil {
		return kept, err
	}
	base, err := r.aside.Move(ctx, mark)
	for _, name := range []string{old, base} {
		if name != "" {
			kept = append(kept, name)
		}
	}
	return kept, err
}

// moveKey puts the key of the backup into the data folder, where the settings
// name none. It returns where another key that was there is now.
func (r *restoring) moveKey(mark string) (kept string, err error) {
	if r.key == nil {
		return "", nil
	}
	there, err := os.ReadFile(r.keyFile())
	if err == nil && bytes.Equal(there, r.key) {
		return "", nil
	}
	if err == nil {
		kept = r.keyFile() + "." + mark
		err = os.Rename(r.keyFile(), kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return kept, writeKey(r.keyFile(), r.key)
}

// empty reports whether no object is in the folder.
func empty(folder string) bool {
	entries, _ := os.ReadDir(folder) // what can't be read is found when it is moved
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return false
		}
	}
	return true
}
