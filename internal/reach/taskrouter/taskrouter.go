package taskrouter

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/sms"
	"nameplate/internal/platform/taskrouter"
)

const (
	// pause is how long nobody calls after a failure that passes.
	pause = 30 * time.Second
	// longPause is the same after a refusal that somebody has to mend.
	longPause = 5 * time.Minute
	// fresh is how old the list of workers may be.
	fresh = 20 * time.Second
	// atOnce is how many members one job looks at.
	atOnce = 20
)

// What may be wrong with somebody's worker.
const (
	NoWorker = "no_worker"
	Several  = "several_workers"
)

// What can go wrong.
var (
	ErrOff = errs.New(errs.Conflict, "taskrouter_off")
	// ErrUnseen means that nothing is known of somebody there.
	ErrUnseen = errs.New(errs.Conflict, "taskrouter_unseen")
)

// Service keeps workers in step. Call Register before the queue runs.
type Service struct {
	DB     *db.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Queue  *jobs.Queue
	Router *taskrouter.Client // nil: there is none

	// Ours is what members take on whose main organization this is, by their ids.
	Ours func(ctx context.Context, q db.Q, organizationID string) (map[string]Standing, error)
	// OursOf is the same of one user; false where they take nothing on.
	OursOf func(ctx context.Context, q db.Q, userID string) (Standing, bool, error)
	// Take sets what a member takes on, as the actor may.
	Take func(ctx context.Context, actor identity.Actor, userID string, channels map[string]Setting) error

	mu      sync.Mutex
	workers []taskrouter.Worker
	read    time.Time // when workers were
	silent  time.Time // until when nobody calls
}

// Setting is how much of a channel somebody takes.
type Setting struct {
	Capacity  int
	Available bool
}

// Standing is what somebody takes on now.
type Standing struct {
	Name     string
	Address  string // of the primary e-mail
	Channels map[string]Setting
	Until    time.Time // when that changes by itself; zero: it does not
}

// pushing is the job that writes what somebody takes on.
type pushing struct{ User string }

func (pushing) Kind() string { return "taskrouter.push" }

// waking is the job that asks for a push when a focus ends.
type waking struct{ User string }

func (waking) Kind() string { return "taskrouter.wake" }

// looking is the job that looks at members of an organization, those whose ids
// follow After.
type looking struct {
	Organization, After string
	Asked               bool // by somebody, who waits for it: it comes back after a failure
}

func (looking) Kind() string { return "taskrouter.look" }

// Register tells the queue how the work is done.
func (s *Service) Register() {
	jobs.Handle(s.Queue, s.push)
	jobs.Handle(s.Queue, func(ctx context.Context, w waking) error {
		return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Changed(ctx, tx, w.User) })
	})
	jobs.Handle(s.Queue, s.look)
}

// On reports whether there is a TaskRouter.
func (s *Service) On() bool { return s.Router != nil }

// Changed asks for a push of what somebody takes on. There is at most one job
// for each person.
func (s *Service) Changed(ctx context.Context, tx *db.Tx, userID string) error {
	if !s.On() {
		return nil
	}
	asked, err := ask.One(ctx, tx, userID)
	if err != nil || asked > 1 {
		return err
	}
	return s.Queue.Insert(ctx, tx, pushing{userID})
}

// push writes what somebody takes on, or comes back later.
func (s *Service) push(ctx context.Context, p pushing) error {
	asked, waits, err := waiting.Maybe(ctx, s.DB, p.User)
	if err != nil || !waits || !s.On() {
		return err
	}
	ours, takes, err := s.OursOf(ctx, s.DB, p.User)
	if err != nil {
		return err
	}
	var seen sight
	if takes {
		var wait time.Duration
		if seen, wait = s.see(ctx, p.User, ours, true); wait > 0 {
			return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Queue.InsertAt(ctx, tx, s.Clock.Now().Add(wait), p) })
		}
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if takes {
			if err := s.keep(ctx, tx, p.User, seen); err != nil {
				return err
			}
		}
		n, err := done.Run(ctx, tx, p.User, asked)
		if err != nil {
			return err
		}
		if n == 0 { // something changed meanwhile, or the person has gone
			return s.again(ctx, tx, p)
		}
		if ours.Until.IsZero() {
			return nil
		}
		return s.Queue.InsertAt(ctx, tx, ours.Until, waking(p))
	})
}

// again has what changed during a push pushed too.
func (s *Service) again(ctx context.Context, tx *db.Tx, p pushing) error {
	_, waits, err := waiting.Maybe(ctx, tx, p.User)
	if err != nil || !waits {
		return err
	}
	return s.Queue.Insert(ctx, tx, p)
}

// Look asks for a look at all members of an organization. It returns ErrOff
// where there is no TaskRouter.
func (s *Service) Look(ctx context.Context, organizationID string) error {
	return s.lookAt(ctx, looking{Organization: organizationID, Asked: true})
}

func (s *Service) lookAt(ctx context.Context, l looking) error {
	if !s.On() {
		return ErrOff
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Queue.Insert(ctx, tx, l) })
}

// Recheck asks for a look at all members of each organization that anything is
// known of.
func (s *Service) Recheck(ctx context.Context) error {
	if !s.On() {
		return nil
	}
	all, err := organizations.All(ctx, s.DB)
	for _, id := range all {
		err = errors.Join(err, s.lookAt(ctx, looking{Organization: id}))
	}
	return err
}

// look looks at some members and goes on with the next ones.
func (s *Service) look(ctx context.Context, l looking) error {
	if !s.On() {
		return nil
	}
	ours, err := s.Ours(ctx, s.DB, l.Organization)
	if err != nil {
		return err
	}
	var next []string
	for id := range ours {
		if id > l.After {
			next = append(next, id)
		}
	}
	slices.Sort(next)
	more := len(next) > atOnce
	next = next[:min(len(next), atOnce)]
	for _, id := range next {
		seen, wait := s.see(ctx, id, ours[id], false)
		if wait > 0 && !l.Asked {
			return nil // the next round comes by itself
		}
		if wait > 0 {
			return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Queue.InsertAt(ctx, tx, s.Clock.Now().Add(wait), l) })
		}
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.keep(ctx, tx, id, seen) }); err != nil {
			return err
		}
		l.After = id
	}
	if !more {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Queue.Insert(ctx, tx, l) })
}

// sight is what was seen of somebody there.
type sight struct {
	Worker   string
	Problem  string
	Channels map[string]Setting
}

// see looks at somebody's worker, and with write sets what differs from ours.
// wait is how long to wait with trying again; 0: all went well.
func (s *Service) see(ctx context.Context, userID string, ours Standing, write bool) (seen sight, wait time.Duration) {
	if wait = s.quiet(); wait > 0 {
		return seen, wait
	}
	seen, err := s.seen(ctx, userID, ours, write)
	if err == nil {
		return seen, 0
	}
	return seen, s.failed(err)
}

func (s *Service) seen(ctx context.Context, userID string, ours Standing, write bool) (seen sight, err error) {
	seen.Worker, seen.Problem, err = s.find(ctx, userID, ours.Address)
	if err != nil || seen.Worker == "" {
		return seen, err
	}
	theirs, err := s.Router.Channels(ctx, seen.Worker)
	if err != nil {
		return seen, err
	}
	seen.Channels = map[string]Setting{}
	for _, c := range theirs {
		has := Setting{c.Capacity, c.Available}
		want, known := ours.Channels[c.Name]
		if write && known && want != has {
			if err := s.Router.Set(ctx, seen.Worker, c.SID, difference(has, want)); err != nil {
				return seen, err
			}
			has = want
		}
		seen.Channels[c.Name] = has
	}
	return seen, nil
}

func difference(has, want Setting) (ch taskrouter.Change) {
	if has.Capacity != want.Capacity {
		ch.Capacity = &want.Capacity
	}
	if has.Available != want.Available {
		ch.Available = &want.Available
	}
	return ch
}

// find is the worker that somebody is, or why there is none.
func (s *Service) find(ctx context.Context, userID, address string) (sid, problem string, err error) {
	all, err := s.list(ctx)
	if err != nil {
		return "", "", err
	}
	var byID, byMail []string
	for _, w := range all {
		switch {
		case w.User == userID:
			byID = append(byID, w.SID)
		case w.User == "" && w.Mail != "" && strings.EqualFold(w.Mail, address):
			byMail = append(byMail, w.SID)
		}
	}
	found := byID
	if len(found) == 0 {
		found = byMail
	}
	switch len(found) {
	case 0:
		return "", NoWorker, nil
	case 1:
		return found[0], "", nil
	}
	return "", Several, nil
}

// list is the workers of the workspace, read now or shortly before.
func (s *Service) list(ctx context.Context) ([]taskrouter.Worker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	if !s.read.IsZero() && now.Sub(s.read) < fresh && !now.Before(s.read) {
		return s.workers, nil
	}
	all, err := s.Router.Workers(ctx)
	if err == nil {
		s.workers, s.read = all, now
	}
	return all, err
}

// quiet is how long nobody calls yet.
func (s *Service) quiet() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, s.silent.Sub(s.Clock.Now()))
}

// failed notes that a call has failed, and says how long nobody calls.
func (s *Service) failed(err error) time.Duration {
	wait := pause
	var refused *taskrouter.Refusal
	switch {
	case errors.As(err, &refused) && refused.After > 0:
		wait = refused.After
	case errors.As(err, &refused) && !refused.Passing(), !errors.As(err, &refused) && !errors.Is(err, sms.ErrSilent):
		wait = longPause
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent, s.read = s.Clock.Now().Add(wait), time.Time{}
	s.Log.Warn("TaskRouter can't be kept in step for now", "error", err, "again", s.silent)
	return wait
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, userID string, seen sight) error {
	if _, err := forget.Run(ctx, tx, userID); err != nil {
		return err
	}
	if _, err := note.Run(ctx, tx, userID, seen.Worker, seen.Problem, s.Clock.Now()); err != nil {
		return err
	}
	for name, c := range seen.Channels {
		if _, err := noteChannel.Run(ctx, tx, userID, name, c.Capacity, c.Available); err != nil {
			return err
		}
	}
	return nil
}
