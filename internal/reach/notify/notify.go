package notify

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

const (
	// keptLife is how long it is known what was told and decided.
	keptLife = 7 * 24 * time.Hour
	// eventsAJob is how many events one job decides about, so that it is done
	// long before its lease ends.
	eventsAJob = 20
)

// Service takes events and tells people. Call Register before the queue runs.
type Service struct {
	DB      *db.DB
	Keys    *secret.Keys
	Clock   clock.Clock
	Queue   *jobs.Queue
	Mail    *mail.Mailer
	Journal *journal.Journal
	URL     *url.URL
	Delay   time.Duration // of a mail, for the message to be read

	// Focus is until when each member of an organization wants to be left alone.
	Focus func(ctx context.Context, q db.Q, organizationID string) (map[string]time.Time, error)
	// Devices is how many devices of each member have allowed push.
	Devices func(ctx context.Context, q db.Q, organizationID string) (map[string]int, error)
	// Push sends a note to a member's devices.
	Push func(ctx context.Context, tx *db.Tx, organizationID, userID string, n Note) error
	// Pages is how many pages of a person are open that could sound.
	Pages func(userID string) int
	// Signal tells the pages of a member. about is what has brought it about.
	Signal func(ctx context.Context, tx *db.Tx, organizationID, userID, name, about string, content any) error
}

// deciding is the job that decides about events that were taken.
type deciding struct {
	Organization string
	Events       []Event
}

func (deciding) Kind() string { return "notify.decide" }

// mailing is the job that sends what waits for a person.
type mailing struct{ Organization, User string }

func (mailing) Kind() string { return "notify.mail" }

// Register tells the queue how the work is done.
func (s *Service) Register() {
	jobs.HandleIn(s.Queue, jobs.Prompt, func(ctx context.Context, d deciding) error {
		for _, e := range d.Events {
			if err := s.tell(ctx, d.Organization, e); err != nil {
				return err
			}
		}
		return nil
	})
	jobs.Handle(s.Queue, func(ctx context.Context, p pushing) error { return s.digest(ctx, p.Organization, p.User) })
	jobs.Handle(s.Queue, func(ctx context.Context, m mailing) error { return s.deliver(ctx, m.Organization, m.User) })
}

// Taken is what became of an event: taken, taken before, or wrong.
type Taken struct {
	ID        string
	Duplicate bool
	Err       error
}

// Accept takes events. When it returns, those that are not wrong are durable.
// It returns ErrBatch for too many.
func (s *Service) Accept(ctx context.Context, organizationID string, events []Event) ([]Taken, error) {
	if len(events) == 0 || len(events) > mostAtOnce {
		return nil, ErrBatch
	}
	now := s.Clock.Now()
	all, good := make([]Taken, len(events)), make([]Event, len(events))
	for i, e := range events {
		clean, err := e.checked(now)
		if err != nil && errs.KindOf(err) == errs.Internal {
			return nil, err
		}
		all[i], good[i] = Taken{ID: e.ID, Err: err}, clean
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var fresh []Event
		for i, e := range good {
			if all[i].Err != nil {
				continue
			}
			n, err := takeEvent.Run(ctx, tx, organizationID, e.ID, e.Type, now)
			if err != nil {
				return err
			}
			if all[i].Duplicate = n == 0; n > 0 {
				fresh = append(fresh, e)
			}
		}
		for some := range slices.Chunk(fresh, eventsAJob) {
			if err := s.Queue.Insert(ctx, tx, deciding{organizationID, some}); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// tell decides about one event for everybody. It may run again.
func (s *Service) tell(ctx context.Context, organizationID string, e Event) error {
	if e.Type == Read {
		return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.read(ctx, tx, organizationID, e) })
	}
	people, err := members.All(ctx, s.DB, organizationID)
	if err != nil {
		return err
	}
	focus, err := s.Focus(ctx, s.DB, organizationID)
	if err != nil {
		return err
	}
	devices, err := s.Devices(ctx, s.DB, organizationID)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		readers, err := readersOf.All(ctx, tx, organizationID, e.Conversation.ID, e.OccurredAt)
		if err != nil {
			return err
		}
		has := map[string]bool{}
		for _, id := range readers {
			has[id] = true
		}
		for _, m := range people {
			if !m.hearsOf(e) {
				continue
			}
			c := caseOf(e, m, now)
			c.FocusUntil, c.Read, c.Pages, c.Devices = focus[m.UserID], has[m.UserID], s.Pages(m.UserID), devices[m.UserID]
			if err := s.note(ctx, tx, organizationID, e, m.UserID, c, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// caseOf is what an event is to a member.
func caseOf(e Event, m member, now time.Time) Case {
	return Case{
		Kind: e.kindFor(m.UserID), Assigned: e.Assignee == m.UserID, Unassigned: e.Assignee == "",
		Own: e.ActorUser == m.UserID, Old: now.Sub(e.OccurredAt) > tooOld, Settings: m.settings(), Now: now,
		Home: identity.User{TimeZone: m.TimeZone}.Place(),
	}
}

// note writes what is decided for a person, and does what follows from it.
// Whom an event neither names nor reaches has no line: the ledger knows that
// they had not asked for it.
func (s *Service) note(ctx context.Context, tx *db.Tx, organizationID string, e Event, userID string, c Case, now time.Time) error {
	all := Decide(c)
	reached := e.names(userID)
	for _, d := range all {
		reached = reached || d.Outcome != Dropped
	}
	if !reached {
		return nil
	}
	for _, d := range all {
		due := d.Until
		if waits := d.Channel == Email && d.Outcome == Sent; waits {
			d.Outcome, d.Rule, due = Held, MailDelay, now.Add(s.Delay)
		}
		n, err := decide.Run(ctx, tx, organizationID, userID, e.ID, d.Channel, string(d.Kind), d.Outcome, d.Rule, moment(due), now)
		if err != nil {
			return err
		}
		if n == 0 {
			continue // noted by an earlier run
		}
		if err := s.follow(ctx, tx, organizationID, userID, e, c, d, due); err != nil {
			return err
		}
	}
	return nil
}

// follow does what a decision is about.
func (s *Service) follow(ctx context.Context, tx *db.Tx, organizationID, userID string, e Event, c Case, d Decision, due time.Time) error {
	switch {
	case d.Channel == Audio:
		return s.ring(ctx, tx, organizationID, userID, e, c, d)
	case d.Channel == Email && d.Outcome == Held:
		return s.wait(ctx, tx, organizationID, userID, e, d, due)
	case d.Channel == Push && d.Outcome == Held:
		return s.holdPush(ctx, tx, organizationID, userID, e, due)
	case d.Channel == Push && d.Outcome == Sent:
		return s.push(ctx, tx, organizationID, userID, e, c, d)
	}
	return nil
}

// read ends what waits to tell a person of a conversation, up to what they have
// seen.
func (s *Service) read(ctx context.Context, tx *db.Tx, organizationID string, e Event) error {
	_, err := identity.MemberOf(ctx, tx, organizationID, e.Reader)
	if errors.Is(err, identity.ErrNoMember) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := noteRead.Run(ctx, tx, organizationID, e.Reader, e.Conversation.ID, e.OccurredAt); err != nil {
		return err
	}
	dropped, err := readMails.All(ctx, tx, organizationID, e.Reader, e.Conversation.ID, e.OccurredAt)
	if err != nil {
		return err
	}
	unpushed, err := readPushes.All(ctx, tx, organizationID, e.Reader, e.Conversation.ID, e.OccurredAt)
	if err != nil {
		return err
	}
	for channel, events := range map[string][]string{Email: dropped, Push: unpushed} {
		for _, event := range events {
			if _, err := revise.Run(ctx, tx, organizationID, e.Reader, event, channel, Dropped, WasRead, moment(time.Time{}), s.Clock.Now()); err != nil {
				return err
			}
		}
	}
	return s.Signal(ctx, tx, organizationID, e.Reader, readSignal, e.ID, readData{organizationID, e.Conversation.ID})
}

// Release lets what focus has held back for a person go out now, as one digest.
func (s *Service) Release(ctx context.Context, tx *db.Tx, userID string) error {
	now := s.Clock.Now()
	mails, err := free.Run(ctx, tx, userID, now)
	if err != nil {
		return err
	}
	pushes, err := freePushes.Run(ctx, tx, userID, now)
	if err != nil || mails+pushes == 0 {
		return err
	}
	memberships, err := identity.Memberships(ctx, tx, userID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		for _, work := range []jobs.Args{mailing{m.OrganizationID, userID}, pushing{m.OrganizationID, userID}} {
			if err := s.Queue.Insert(ctx, tx, work); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sweep removes what is older than it is kept.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	before := s.Clock.Now().Add(-keptLife)
	var failed error
	for _, one := range []db.Command{sweepMails, sweepPushes, sweepEvents, sweepReads, sweepDecisions} {
		_, err := one.Run(ctx, tx, before)
		failed = errors.Join(failed, err)
	}
	return failed
}
