package stream

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/live"
	"nameplate/internal/platform/secret"
)

const (
	// Kept is how long a page may be away and still hear of a signal.
	Kept = 10 * time.Minute
	// most is how many streams a session holds open: a browser needs one.
	most = 10
)

// ErrMany means that a session holds too many streams open.
var ErrMany = errs.New(errs.Throttled, "many_streams").After(time.Minute)

// Service keeps signals and knows which pages are open.
type Service struct {
	DB       *db.DB
	Keys     *secret.Keys
	Clock    clock.Clock
	Feed     *live.Feed
	Whole    bool // every change passes through the feed
	Sessions session.Store

	// State is what a person's pages depend on: versions, by the type of the
	// change that is told when one differs.
	State func(ctx context.Context, c session.Caller) (map[string]string, error)
	// Came hears that a signal has reached a page that was not there when it was
	// sent.
	Came func(ctx context.Context, s Signal) error

	mu       sync.Mutex
	sessions map[string]int // open streams of each
	people   map[string]int
}

// Signal is something that happens, for the pages of a person.
type Signal struct {
	OrganizationID string
	UserID         string
	Name           string // of the event that pages get
	About          string // what has brought it about
}

// place is where what a signal says may be unsealed.
func place(userID string) string { return "signals|content|" + userID }

// Send tells a person's pages as soon as tx commits. content is their data.
func (s *Service) Send(ctx context.Context, tx *db.Tx, sig Signal, content any) error {
	plain, err := json.Marshal(content)
	if err != nil {
		return err
	}
	number, err := count.One(ctx, tx, sig.UserID)
	if err != nil {
		return err
	}
	sealed := s.Keys.Seal(plain, place(sig.UserID))
	if _, err := keep.Run(ctx, tx, sig.UserID, number, sig.OrganizationID, sig.Name, sig.About, sealed, s.Pages(sig.UserID) > 0, s.Clock.Now()); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.Feed.Publish(topic(sig.UserID)) })
	return nil
}

func topic(userID string) string { return "signals:" + userID }

// Pages is how many streams of a person are open on this node. Pages of one
// browser share one.
func (s *Service) Pages(userID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people[userID]
}

// enter counts a stream, or returns ErrMany.
func (s *Service) enter(c session.Caller) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions, s.people = map[string]int{}, map[string]int{}
	}
	if s.sessions[c.Session.ID] >= most {
		return nil, ErrMany
	}
	s.sessions[c.Session.ID]++
	s.people[c.User.ID]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		drop(s.sessions, c.Session.ID)
		drop(s.people, c.User.ID)
	}, nil
}

func drop(counts map[string]int, name string) {
	if counts[name]--; counts[name] == 0 {
		delete(counts, name)
	}
}

// Sweep removes signals that nobody needs any more.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-Kept))
	return err
}
