package preferences

import (
	"context"
	"errors"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// ErrStale means that a change was made from another version than the present.
var ErrStale = api.ErrStale

// Service reads and changes preferences.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Journal *journal.Journal

	// Phones lists the numbers that a user has proved to have, the oldest
	// first.
	Phones func(ctx context.Context, q db.Q, userID string) ([]Phone, error)
}

// sheet is one of the two things that a person prefers, and a change of it.
type sheet[T any] struct {
	read    func(ctx context.Context, q db.Q, userID string) (T, error)
	write   func(ctx context.Context, tx *db.Tx, userID string, v T, was int64) (int64, error)
	version func(*T) *int64
	apply   func(tx *db.Tx, before T) (after T, changed []string, err error)
}

// attempts is how often a change without a version is made again when another
// one comes between.
const attempts = 5

var errRaced = errors.New("preferences: another save came between")

// save makes a change in a transaction with its entry in the journal.
func save[T any](ctx context.Context, s *Service, c session.Caller, version int64, action string, sh sheet[T]) (after T, err error) {
	for range attempts {
		err = s.DB.Tx(ctx, func(tx *db.Tx) error {
			after, err = once(ctx, tx, s, c, version, action, sh)
			return err
		})
		if version != 0 || !errors.Is(err, errRaced) {
			break
		}
	}
	if errors.Is(err, errRaced) {
		err = ErrStale
	}
	return after, err
}

func once[T any](ctx context.Context, tx *db.Tx, s *Service, c session.Caller, version int64, action string, sh sheet[T]) (T, error) {
	before, err := sh.read(ctx, tx, c.User.ID)
	if err != nil {
		return before, err
	}
	was := *sh.version(&before)
	if version != 0 && version != was {
		return before, ErrStale
	}
	after, changed, err := sh.apply(tx, before)
	if err != nil || len(changed) == 0 {
		return before, err
	}
	*sh.version(&after) = was + 1
	n, err := sh.write(ctx, tx, c.User.ID, after, was)
	if err != nil {
		return before, err
	}
	if n == 0 {
		return before, errRaced
	}
	return after, s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Person(c.User.ID), Changes: changed,
	})
}

// member returns identity.ErrNoMember unless the user is in the organization
// of the actor.
func (s *Service) member(ctx context.Context, actor identity.Actor, userID string) error {
	_, err := identity.MemberOf(ctx, s.DB, actor.Membership.OrganizationID, userID)
	return err
}

// changes are the names of what differs.
type changes []string

// set takes a wish, and reports whether it is another one than before.
func set[T comparable](ch *changes, name string, to, wish *T) bool {
	if wish == nil || *wish == *to {
		return false
	}
	*to = *wish
	*ch = append(*ch, name)
	return true
}

// choose takes a wish that is one of some words.
func (ch *changes) choose(name string, to, wish *string, words []string) error {
	if wish != nil && !slices.Contains(words, *wish) {
		return ErrChoice.On(name)
	}
	set(ch, name, to, wish)
	return nil
}

// all gathers what is wrong with several wishes.
func all(wrong ...error) error {
	var faults errs.Fields
	for _, err := range wrong {
		if err := faults.Add(err); err != nil {
			return err
		}
	}
	return faults.OrNil()
}
