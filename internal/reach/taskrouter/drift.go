package taskrouter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// State is how a member's worker stands.
type State struct {
	UserID   string
	Name     string
	Worker   string // its SID; empty: none
	Problem  string // NoWorker or Several; empty: none
	Waits    bool   // a push is still to come
	LookedAt time.Time
	Channels []Channel // those that stand on either side, by name
}

// Channel is what a member takes on a channel, here and there.
type Channel struct {
	Name   string
	Ours   *Setting // nil: it was never set here
	Theirs *Setting // nil: the worker has no such channel
}

// Drifts reports whether the two sides differ. What only one of them has is
// left alone.
func (c Channel) Drifts() bool { return c.Ours != nil && c.Theirs != nil && *c.Ours != *c.Theirs }

// Drifts reports whether a push or a pull would change anything.
func (s State) Drifts() bool { return !s.Waits && slices.ContainsFunc(s.Channels, Channel.Drifts) }

// rank sorts what needs somebody before what does not.
func (s State) rank() int {
	switch {
	case s.Drifts():
		return 0
	case s.Problem != "":
		return 1
	case s.Waits:
		return 2
	}
	return 3
}

// States returns how the workers of an organization's members stand, those
// first that need somebody. Of whom nothing is known yet is not among them.
func (s *Service) States(ctx context.Context, organizationID string) ([]State, error) {
	ours, err := s.Ours(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	seen, err := seenIn.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	theirs, err := channelsIn.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	has := map[string]map[string]Setting{}
	for _, c := range theirs {
		if has[c.UserID] == nil {
			has[c.UserID] = map[string]Setting{}
		}
		has[c.UserID][c.Channel] = Setting{int(c.Capacity), c.Available}
	}
	var all []State
	for _, w := range seen {
		own, here := ours[w.UserID]
		if !here {
			continue // it follows another organization, or takes nothing on any more
		}
		all = append(all, State{
			UserID: w.UserID, Name: own.Name, Worker: w.Worker, Problem: w.Problem, Waits: w.Asked.Valid, LookedAt: w.LookedAt,
			Channels: beside(own.Channels, has[w.UserID]),
		})
	}
	slices.SortFunc(all, func(a, b State) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.UserID, b.UserID))
	})
	return all, nil
}

// beside puts both sides beside each other.
func beside(ours, theirs map[string]Setting) (all []Channel) {
	names := map[string]bool{}
	for name := range ours {
		names[name] = true
	}
	for name := range theirs {
		names[name] = true
	}
	for name := range names {
		c := Channel{Name: name}
		if v, has := ours[name]; has {
			c.Ours = &v
		}
		if v, has := theirs[name]; has {
			c.Theirs = &v
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Channel) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// state is that of one member of an organization. It returns
// identity.ErrNoMember, ErrOff, or ErrUnseen where nothing is known.
func (s *Service) state(ctx context.Context, organizationID, userID string) (State, error) {
	if _, err := identity.MemberOf(ctx, s.DB, organizationID, userID); err != nil {
		return State{}, err
	}
	if !s.On() {
		return State{}, ErrOff
	}
	all, err := s.States(ctx, organizationID)
	if err != nil {
		return State{}, err
	}
	for _, st := range all {
		if st.UserID == userID {
			return st, nil
		}
	}
	return State{}, ErrUnseen
}

// Push writes what a member takes on here to their worker.
func (s *Service) Push(ctx context.Context, organizationID, userID string) error {
	if _, err := identity.MemberOf(ctx, s.DB, organizationID, userID); err != nil {
		return err
	}
	if !s.On() {
		return ErrOff
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Changed(ctx, tx, userID) })
}

// Pull takes over here what a member's worker had when it was last looked at.
// It returns ErrUnseen, or what Take does.
func (s *Service) Pull(ctx context.Context, actor identity.Actor, userID string) error {
	st, err := s.state(ctx, actor.Membership.OrganizationID, userID)
	if err != nil {
		return err
	}
	wishes := map[string]Setting{}
	for _, c := range st.Channels {
		if c.Drifts() {
			wishes[c.Name] = *c.Theirs
		}
	}
	return s.Take(ctx, actor, userID, wishes)
}
