package portrait

import (
	"context"
	"errors"
	"strings"
	"time"

	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/picture"
)

const (
	// linger is how long the version before stays for pages that show it.
	linger = 10 * time.Minute
	// orphaned is the age from which an object without a row is a leftover.
	orphaned = time.Hour
	folder   = "avatars/"
)

// ErrNone means that there is no such picture.
var ErrNone = errs.New(errs.NotFound, "no_such_picture")

// Store makes, serves and collects versions.
type Store struct {
	DB    *db.DB
	Clock clock.Clock
	Blobs *blob.Disk
	Maker *picture.Maker
	Queue *jobs.Queue
}

// Owner is whose a version is.
type Owner struct{ user, organization string }

// OfPerson is the owner of a person's picture.
func OfPerson(userID string) Owner { return Owner{user: userID} }

// OfOrganization is the owner of a logo.
func OfOrganization(id string) Owner { return Owner{organization: id} }

var (
	insert  = db.Exec(`INSERT INTO pictures (name, user_id, organization_id, created_at) VALUES ($1, $2, $3, $4)`)
	replace = db.Exec(`UPDATE pictures SET replaced_at = $2 WHERE name = $1`)
	older   = db.Rows[string](`
		SELECT name FROM pictures WHERE user_id = $1 AND organization_id = $2 AND replaced_at IS NOT NULL`)
	every  = db.Rows[string](`SELECT name FROM pictures WHERE user_id = $1 AND organization_id = $2`)
	forget = db.Exec(`DELETE FROM pictures WHERE name = $1`)
	known  = db.Rows[string](`SELECT name FROM pictures WHERE name = $1`)
	shown  = db.Rows[string](`
		SELECT name FROM pictures p WHERE replaced_at IS NULL
			AND (EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id) OR EXISTS (SELECT 1 FROM organizations o WHERE o.id = p.organization_id))
		ORDER BY name`)
)

// collect is the job that deletes the objects of versions.
type collect struct{ Names []string }

func (collect) Kind() string { return "avatar.collect" }

// Register tells the queue how versions are collected. Call it before the
// queue runs.
func (s *Store) Register() { jobs.Handle(s.Queue, s.collect) }

// Make stores what data shows as a version that nobody has yet, and returns its
// name. It returns the errors of package picture.
func (s *Store) Make(ctx context.Context, data []byte, crop *picture.Crop) (name string, err error) {
	set, err := s.Maker.Make(ctx, data, crop)
	if err != nil {
		return "", err
	}
	for file, bytes := range set.Files {
		if err := s.Blobs.Put(ctx, folder+set.Name+"/"+file, bytes); err != nil {
			return "", err
		}
	}
	return set.Name, nil
}

// Replace gives the owner one version in the place of another; either name may
// be empty. What was replaced earlier is collected at once, so that many
// uploads keep two versions and not many.
func (s *Store) Replace(ctx context.Context, tx *db.Tx, o Owner, before, name string) error {
	earlier, err := older.All(ctx, tx, o.user, o.organization)
	if err != nil {
		return err
	}
	if err := s.end(ctx, tx, earlier); err != nil {
		return err
	}
	now := s.Clock.Now()
	if before != "" {
		if _, err := replace.Run(ctx, tx, before, now); err != nil {
			return err
		}
		if err := s.Queue.InsertAt(ctx, tx, now.Add(linger), collect{[]string{before}}); err != nil {
			return err
		}
	}
	if name == "" {
		return nil
	}
	_, err = insert.Run(ctx, tx, name, o.user, o.organization, now)
	return err
}

// Drop collects every version of an owner who is going, at once.
func (s *Store) Drop(ctx context.Context, tx *db.Tx, o Owner) error {
	all, err := every.All(ctx, tx, o.user, o.organization)
	if err != nil {
		return err
	}
	return s.end(ctx, tx, all)
}

func (s *Store) end(ctx context.Context, tx *db.Tx, names []string) error {
	if len(names) == 0 {
		return nil
	}
	return s.Queue.Insert(ctx, tx, collect{names})
}

// collect deletes objects first and their rows after, so that a crash between
// the two leaves a row that the next run finds.
func (s *Store) collect(ctx context.Context, c collect) error {
	for _, name := range c.Names {
		for _, file := range picture.Files {
			if err := s.Blobs.Delete(ctx, folder+name+"/"+file); err != nil {
				return err
			}
		}
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := forget.Run(ctx, tx, name)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CollectOrphans deletes objects that a crash left without a row.
func (s *Store) CollectOrphans(ctx context.Context) error {
	before := s.Clock.Now().Add(-orphaned)
	return s.Blobs.List(ctx, folder, func(key string, modified time.Time) error {
		name, _, _ := strings.Cut(strings.TrimPrefix(key, folder), "/")
		_, kept, err := known.Maybe(ctx, s.DB, name)
		if err != nil || kept || modified.After(before) {
			return err
		}
		return s.Blobs.Delete(ctx, key)
	})
}

// Missing returns the first version that somebody has and of which no object is
// there, and whether there is one.
func Missing(ctx context.Context, q db.Q, blobs *blob.Disk) (name string, missing bool, err error) {
	names, err := shown.All(ctx, q)
	if err != nil {
		return "", false, err
	}
	for _, name := range names {
		found := false
		err := blobs.List(ctx, folder+name+"/", func(string, time.Time) error {
			found = true
			return nil
		})
		if err != nil || !found {
			return name, true, err
		}
	}
	return "", false, nil
}

// Open returns a file of a version, or the drawing of initials. It returns
// ErrNone for anything else.
func (s *Store) Open(ctx context.Context, name, file string) (data []byte, contentType string, err error) {
	if file == "initials.svg" {
		if svg, ok := picture.ReadInitials(name); ok {
			return svg, "image/svg+xml", nil
		}
		return nil, "", ErrNone
	}
	if !picture.ValidName(name) || !picture.IsFile(file) {
		return nil, "", ErrNone
	}
	data, err = s.Blobs.Get(ctx, folder+name+"/"+file)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, "", ErrNone
	}
	return data, "image/webp", err
}
