package channel

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// What can go wrong.
var (
	ErrNone     = errs.New(errs.NotFound, "no_such_channel")
	ErrNoOrg    = errs.New(errs.NotFound, "no_organization")
	ErrCapacity = errs.New(errs.Invalid, "capacity_bounds").On("capacity")
	ErrDenied   = errs.New(errs.Denied, "channels_not_yours")
)

// Service reads and sets what members take on, and hands out places.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Journal *journal.Journal

	// Away are the members of an organization who want to be left alone now, with
	// until when.
	Away func(ctx context.Context, q db.Q, organizationID string) (map[string]time.Time, error)
	// Changed hears that a user takes something else on.
	Changed func(ctx context.Context, tx *db.Tx, userID string) error
}

// Channel is what a member takes on, on one channel.
type Channel struct {
	Name     string
	Enabled  bool
	Capacity int // conversations at once; kept while the channel is off
	Max      int // that the organization allows
	Load     int // conversations now
}

// Room is how many more conversations can come.
func (c Channel) Room() int {
	if !c.Enabled {
		return 0
	}
	return max(0, min(c.Capacity, c.Max)-c.Load)
}

// Sheet is what a member takes on.
type Sheet struct {
	Membership identity.Membership
	Channels   []Channel // those that the organization has
	Control    policy.Control
}

// Get returns what the caller takes on in the current organization. It returns
// ErrNoOrg for whoever is in none.
func (s *Service) Get(ctx context.Context, c session.Caller) (Sheet, error) {
	if c.Actor.Membership.OrganizationID == "" {
		return Sheet{}, ErrNoOrg
	}
	return s.sheet(ctx, s.DB, c.Actor.Membership)
}

// Of returns what a member of the actor's organization takes on, for whoever
// may set it. It returns identity.ErrNoMember or ErrDenied.
func (s *Service) Of(ctx context.Context, actor identity.Actor, userID string) (Sheet, error) {
	m, err := s.theirs(ctx, s.DB, actor, userID)
	if err != nil {
		return Sheet{}, err
	}
	return s.sheet(ctx, s.DB, m)
}

// theirs is the membership of somebody whose channels the actor may set.
func (s *Service) theirs(ctx context.Context, q db.Q, actor identity.Actor, userID string) (identity.Membership, error) {
	m, err := identity.MemberOf(ctx, q, actor.Membership.OrganizationID, userID)
	if err == nil && !MaySet(actor, m) {
		err = ErrDenied
	}
	return m, err
}

// MaySet reports whether the actor sets the channels of a member: a supervisor
// those of agents, whoever manages members those of everybody they may act on.
func MaySet(actor identity.Actor, m identity.Membership) bool {
	if !actor.Can(identity.SetMemberChannels) {
		return false
	}
	return m.Role == identity.Agent || actor.Membership.Role.MayTouch(m.Role)
}

func (s *Service) sheet(ctx context.Context, q db.Q, m identity.Membership) (sheet Sheet, err error) {
	rules, err := policy.Effective(ctx, q, policy.Scope{OrganizationID: m.OrganizationID, Role: m.Role})
	if err != nil {
		return sheet, err
	}
	kept, err := ofMember.All(ctx, q, m.OrganizationID, m.UserID, s.Clock.Now())
	if err != nil {
		return sheet, err
	}
	sheet.Membership, sheet.Control = m, rules.Control("capacity", m.Role)
	for _, name := range policy.Channels {
		c := Channel{Name: name, Capacity: 1, Max: policy.CapacityMax(name).Of(rules)}
		if c.Max == 0 {
			continue
		}
		if i := slices.IndexFunc(kept, func(r row) bool { return r.Channel == name }); i >= 0 {
			c.Enabled, c.Capacity, c.Load = kept[i].Enabled, int(kept[i].Capacity), int(kept[i].Load)
		}
		sheet.Channels = append(sheet.Channels, c)
	}
	return sheet, nil
}

// find returns one channel of a sheet.
func (sheet Sheet) find(name string) (Channel, error) {
	for _, c := range sheet.Channels {
		if c.Name == name {
			return c, nil
		}
	}
	return Channel{}, ErrNone
}

// Wish is how a channel is to be; nil stays as it is.
type Wish struct {
	Enabled  *bool
	Capacity *int
}

// Set changes channels of the caller's, all or none. It returns ErrNone,
// ErrCapacity, or policy.ErrManaged for a number that is not the caller's to
// set.
func (s *Service) Set(ctx context.Context, c session.Caller, wishes map[string]Wish) (sheet Sheet, err error) {
	if c.Actor.Membership.OrganizationID == "" {
		return Sheet{}, ErrNoOrg
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		sheet, err = s.set(ctx, tx, c.Actor, c.Actor.Membership, wishes, false)
		return err
	})
	return sheet, err
}

// SetFor changes channels of a member. It returns what Of and Set do.
func (s *Service) SetFor(ctx context.Context, actor identity.Actor, userID string, wishes map[string]Wish) (sheet Sheet, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		sheet, err = s.SetIn(ctx, tx, actor, userID, wishes)
		return err
	})
	return sheet, err
}

// SetIn is SetFor in a transaction that does more.
func (s *Service) SetIn(ctx context.Context, tx *db.Tx, actor identity.Actor, userID string, wishes map[string]Wish) (Sheet, error) {
	m, err := s.theirs(ctx, tx, actor, userID)
	if err != nil {
		return Sheet{}, err
	}
	return s.set(ctx, tx, actor, m, wishes, true)
}

// set changes channels of a member. free says that the numbers are the actor's
// to set whatever the rule about them says.
func (s *Service) set(ctx context.Context, tx *db.Tx, actor identity.Actor, m identity.Membership, wishes map[string]Wish, free bool) (Sheet, error) {
	sheet, err := s.sheet(ctx, tx, m)
	if err != nil {
		return sheet, err
	}
	sheet.Control.Editable = sheet.Control.Editable || free
	if err := s.wish(ctx, tx, actor, sheet, wishes); err != nil {
		return sheet, err
	}
	return s.sheet(ctx, tx, m)
}

func (s *Service) wish(ctx context.Context, tx *db.Tx, actor identity.Actor, sheet Sheet, wishes map[string]Wish) error {
	var faults errs.Fields
	for _, name := range policy.Channels {
		w, asked := wishes[name]
		if !asked {
			continue
		}
		c, err := sheet.find(name)
		if err != nil {
			return err
		}
		after, err := w.laidOver(c, sheet.Control.Editable)
		if errors.Is(err, policy.ErrManaged) {
			return err
		}
		if err := faults.Add(err); err != nil {
			return err
		}
		if err != nil || after == c {
			continue
		}
		if err := s.keep(ctx, tx, actor, sheet.Membership, after); err != nil {
			return err
		}
	}
	for name := range wishes {
		if !slices.Contains(policy.Channels, name) {
			return ErrNone
		}
	}
	return faults.OrNil()
}

// laidOver returns the channel as it is wished.
func (w Wish) laidOver(c Channel, editable bool) (Channel, error) {
	if w.Enabled != nil {
		c.Enabled = *w.Enabled
	}
	if w.Capacity == nil || *w.Capacity == c.Capacity {
		return c, nil
	}
	if !editable {
		return c, policy.ErrManaged.On("capacity")
	}
	if *w.Capacity < 0 || *w.Capacity > c.Max {
		return c, ErrCapacity.With("Max", c.Max)
	}
	c.Capacity = *w.Capacity
	return c, nil
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, actor identity.Actor, m identity.Membership, c Channel) error {
	now := s.Clock.Now()
	if _, err := keep.Run(ctx, tx, m.OrganizationID, m.UserID, c.Name, c.Enabled, c.Capacity, now); err != nil {
		return err
	}
	if err := s.Changed(ctx, tx, m.UserID); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, m.OrganizationID, journal.Act{
		At: now, Action: "availability.changed", Actor: actor, Target: journal.Person(m.UserID), Changes: []string{c.Name},
		Details: map[string]string{"channel": c.Name, "enabled": strconv.FormatBool(c.Enabled), "capacity": strconv.Itoa(c.Capacity)},
	})
}

// Sweep removes places whose lease has ended.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}
