package focus

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

const (
	// longestLife is how far ahead a focus ends at most.
	longestLife = 14 * 24 * time.Hour
	// maxMessage is the most characters of the message.
	maxMessage = 100
)

// ErrUntil means that a focus would end in the past, or too far ahead.
var ErrUntil = errs.New(errs.Invalid, "focus_until").On("until")

// Service turns focus on and off.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Journal *journal.Journal

	// Moved hears that the end of a focus is another one, or now: what was held
	// back until then is to be looked at again.
	Moved func(ctx context.Context, tx *db.Tx, userID string) error
}

// Focus is how long somebody wants to be left alone, and why. The zero one is
// none.
type Focus struct {
	Until   time.Time
	Message string // the person's own words why
}

// On reports whether there is one.
func (f Focus) On() bool { return !f.Until.IsZero() }

// Get returns the focus of a user.
func (s *Service) Get(ctx context.Context, q db.Q, userID string) (Focus, error) {
	f, found, err := focusOf.Maybe(ctx, q, userID)
	if err != nil || !found || !f.Until.After(s.Clock.Now()) {
		return Focus{}, err
	}
	return f, nil
}

// Set begins the caller's focus, or changes it. It returns ErrUntil.
func (s *Service) Set(ctx context.Context, c session.Caller, f Focus) (Focus, error) {
	now := s.Clock.Now()
	var faults errs.Fields
	message, err := identity.Line("message", f.Message, maxMessage)
	if err := faults.Add(err); err != nil {
		return Focus{}, err
	}
	if !f.Until.After(now) || f.Until.Sub(now) > longestLife {
		faults = append(faults, ErrUntil)
	}
	if len(faults) > 0 {
		return Focus{}, faults
	}
	f = Focus{f.Until.UTC().Truncate(time.Second), message}
	return f, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := begin.Run(ctx, tx, c.User.ID, f.Until, f.Message); err != nil {
			return err
		}
		if err := s.Moved(ctx, tx, c.User.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "focus.begun", now)
	})
}

// End ends the caller's focus, if there is one.
func (s *Service) End(ctx context.Context, c session.Caller) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		n, err := end.Run(ctx, tx, c.User.ID, now)
		if err != nil || n == 0 {
			return err
		}
		if err := s.Moved(ctx, tx, c.User.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "focus.ended", now)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string, now time.Time) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: now, Action: action, Actor: c.Actor, Target: journal.Person(c.User.ID), Changes: []string{"availability"},
	})
}

// In returns until when members of an organization are in focus, by the ids of
// those who are.
func (s *Service) In(ctx context.Context, q db.Q, organizationID string) (map[string]time.Time, error) {
	found, err := inFocus.All(ctx, q, organizationID, s.Clock.Now())
	all := make(map[string]time.Time, len(found))
	for _, f := range found {
		all[f.UserID] = f.Until
	}
	return all, err
}

// Sweep removes what has ended.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}

var (
	focusOf = db.Rows[Focus](`SELECT until, message FROM focus WHERE user_id = $1`).Kept(4096)
	begin   = db.Exec(`
		INSERT INTO focus (user_id, until, message) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET until = excluded.until, message = excluded.message`)
	end     = db.Exec(`DELETE FROM focus WHERE user_id = $1 AND until > $2`)
	inFocus = db.Rows[struct {
		UserID string
		Until  time.Time
	}](`
		SELECT f.user_id, f.until FROM focus f JOIN memberships m ON m.user_id = f.user_id WHERE m.organization_id = $1 AND f.until > $2`)
	sweep = db.Exec(`DELETE FROM focus WHERE until <= $1`)
)
