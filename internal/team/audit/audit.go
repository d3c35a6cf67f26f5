package audit

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
)

// Service reads trails.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Journal *journal.Journal
	// Turns bounds how many trails are verified at once: each reads a whole one.
	Turns chan struct{}
}

// Entry is an entry with the names of the people in it.
type Entry struct {
	journal.Entry
	ActorName  string // empty: nobody, or somebody who is gone
	TargetName string
}

// Query narrows a trail. What is empty narrows nothing.
type Query struct {
	Who    string // part of a name, or an address
	Actor  string // id of a user, a pseudonym, journal.Operator or journal.System
	Action string // "member.joined", or "member" for all that begins with it
	Kind   Kind
	From   time.Time
	To     time.Time // not included
}

// most is how many people a name may stand for.
const most = 20

// List returns up to limit entries of a trail that precede seq, newest first.
// With seq 0 it begins at the end.
func (s *Service) List(ctx context.Context, trail string, f Query, seq int64, limit int) ([]Entry, error) {
	filter, some, err := s.filter(ctx, trail, f)
	if err != nil || !some {
		return nil, err
	}
	return s.page(ctx, trail, filter, seq, limit)
}

func (s *Service) page(ctx context.Context, trail string, f journal.Filter, seq int64, limit int) ([]Entry, error) {
	found, err := journal.Search(ctx, s.DB, trail, f, seq, limit)
	if err != nil {
		return nil, err
	}
	return s.named(ctx, found)
}

// filter finds out whom and what a query means. It reports whether that can be
// anything at all.
func (s *Service) filter(ctx context.Context, trail string, f Query) (out journal.Filter, some bool, err error) {
	out.From, out.To = f.From, f.To
	if f.Actor != "" || f.Who != "" {
		if out.Actors, err = s.actors(ctx, trail, f); err != nil || len(out.Actors) == 0 {
			return out, false, err
		}
	}
	if f.Action != "" || f.Kind != "" {
		if out.Actions, err = s.actions(ctx, trail, f); err != nil || len(out.Actions) == 0 {
			return out, false, err
		}
	}
	return out, true, nil
}

func (s *Service) actors(ctx context.Context, trail string, f Query) ([]string, error) {
	if ids.Valid(ids.User, f.Actor) {
		name, found, err := journal.NameIn(ctx, s.DB, trail, f.Actor)
		if err != nil || !found {
			return nil, err
		}
		return []string{name}, nil
	}
	if f.Actor != "" {
		return []string{f.Actor}, nil
	}
	return byName.All(ctx, s.DB, trail, pattern(f.Who), identity.NormalEmail(f.Who), most)
}

// pattern finds a text anywhere, whatever signs are in it.
func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(strings.TrimSpace(text))) + "%"
}

// actions are those of the trail that a query means.
func (s *Service) actions(ctx context.Context, trail string, f Query) ([]string, error) {
	if f.Kind == "" && strings.Contains(f.Action, ".") {
		return []string{f.Action}, nil
	}
	all, err := journal.Actions(ctx, s.DB, trail)
	var meant []string
	for _, action := range all {
		if f.Kind != "" && KindOf(action) != f.Kind || f.Action != "" && action != f.Action && !strings.HasPrefix(action, f.Action+".") {
			continue
		}
		meant = append(meant, action)
	}
	return meant, err
}

// named adds names to entries.
func (s *Service) named(ctx context.Context, all []journal.Entry) ([]Entry, error) {
	out, names := make([]Entry, len(all)), map[string]string{"": ""}
	for i, e := range all {
		for _, id := range []string{e.ActorUser, e.TargetUser} {
			if _, known := names[id]; known {
				continue
			}
			u, err := identity.Get(ctx, s.DB, id)
			if err != nil && !errors.Is(err, identity.ErrNoUser) {
				return nil, err
			}
			names[id] = identity.ShownName(u, identity.AudiencesOf(u))
		}
		out[i] = Entry{e, names[e.ActorUser], names[e.TargetUser]}
	}
	return out, nil
}

// Own returns the name of the person's own trail, and whether anything is in
// it.
func (s *Service) Own(ctx context.Context, userID string) (string, bool, error) {
	return journal.OwnTrail(ctx, s.DB, userID)
}

// Verify checks a trail from its first entry to its last, when it is its turn.
func (s *Service) Verify(ctx context.Context, trail string) (journal.Report, error) {
	select {
	case s.Turns <- struct{}{}:
		defer func() { <-s.Turns }()
	case <-ctx.Done():
		return journal.Report{}, ctx.Err()
	}
	return journal.Verify(ctx, s.DB, trail)
}

// byName returns the pseudonyms of people in a trail by a part of their name
// or by their address.
var byName = db.Rows[string](`
	SELECT s.pseudonym FROM subjects s JOIN users u ON u.id = s.user_id
	WHERE s.trail = $1 AND (lower(u.display_name) LIKE $2 ESCAPE '\' OR lower(u.full_name) LIKE $2 ESCAPE '\'
		OR lower(u.first_name || ' ' || u.last_name) LIKE $2 ESCAPE '\'
		OR u.id IN (SELECT user_id FROM emails WHERE normalized = $3 AND is_primary = TRUE))
	ORDER BY s.pseudonym LIMIT $4`)
