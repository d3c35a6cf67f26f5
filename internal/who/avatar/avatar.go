package avatar

import (
	"context"
	"errors"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
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

// Service stores, serves and collects pictures.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Blobs   *blob.Disk
	Maker   *picture.Maker
	Queue   *jobs.Queue
	Journal *journal.Journal
}

var (
	insert  = db.Exec(`INSERT INTO pictures (name, user_id, created_at) VALUES ($1, $2, $3)`)
	present = db.Exec(`
		UPDATE users SET picture = $2, updated_at = $3, updated_by = $4, updated_fields = 'avatar' WHERE id = $1`)
	pictureOf = db.Rows[string](`SELECT picture FROM users WHERE id = $1`)
	replace   = db.Exec(`UPDATE pictures SET replaced_at = $2 WHERE name = $1`)
	older     = db.Rows[string](`SELECT name FROM pictures WHERE user_id = $1 AND replaced_at IS NOT NULL`)
	forget    = db.Exec(`DELETE FROM pictures WHERE name = $1`)
	known     = db.Rows[string](`SELECT name FROM pictures WHERE name = $1`)
)

// collect is the job that deletes the objects of versions.
type collect struct{ Names []string }

func (collect) Kind() string { return "avatar.collect" }

// Register tells the queue how versions are collected. Call it before the
// queue runs.
func (s *Service) Register() { jobs.Handle(s.Queue, s.collect) }

// Set makes the picture in data the actor's. It returns the errors of package
// picture, and the user as it is then.
func (s *Service) Set(ctx context.Context, actor identity.Actor, data []byte, crop *picture.Crop) (identity.User, error) {
	set, err := s.Maker.Make(ctx, data, crop)
	if err != nil {
		return identity.User{}, err
	}
	for file, bytes := range set.Files {
		if err := s.Blobs.Put(ctx, folder+set.Name+"/"+file, bytes); err != nil {
			return identity.User{}, err
		}
	}
	return s.change(ctx, actor, set.Name, "avatar.updated")
}

// Remove takes the actor's picture away; initials stand in its place.
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
		if err := s.swap(ctx, tx, actor, before, name, now); err != nil {
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

// swap puts one version in the place of another. What was replaced earlier is
// collected at once, so that many uploads keep two versions and not many.
func (s *Service) swap(ctx context.Context, tx *db.Tx, actor identity.Actor, before, name string, now time.Time) error {
	earlier, err := older.All(ctx, tx, actor.UserID)
	if err != nil {
		return err
	}
	if len(earlier) > 0 {
		if err := s.Queue.Insert(ctx, tx, collect{earlier}); err != nil {
			return err
		}
	}
	if before != "" {
		if _, err := replace.Run(ctx, tx, before, now); err != nil {
			return err
		}
		if err := s.Queue.InsertAt(ctx, tx, now.Add(linger), collect{[]string{before}}); err != nil {
			return err
		}
	}
	if name != "" {
		if _, err := insert.Run(ctx, tx, name, actor.UserID, now); err != nil {
			return err
		}
	}
	_, err = present.Run(ctx, tx, actor.UserID, name, now, actor.UserID)
	return err
}

// collect deletes objects first and their rows after, so that a crash between
// the two leaves a row that the next run finds.
func (s *Service) collect(ctx context.Context, c collect) error {
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
func (s *Service) CollectOrphans(ctx context.Context) error {
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

// Open returns a file of a version, or the drawing of initials. It returns
// ErrNone for anything else.
func (s *Service) Open(ctx context.Context, name, file string) (data []byte, contentType string, err error) {
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
