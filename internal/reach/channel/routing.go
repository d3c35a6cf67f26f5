package channel

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

const (
	// leaseLife is how long a conversation keeps its place when nobody says how
	// long, or prolongs it.
	leaseLife = 8 * time.Hour
	// longestLease is the longest that can be asked for.
	longestLease = 7 * 24 * time.Hour
	// maxConversation is the most characters of a conversation's id.
	maxConversation = 128
	// rounds is how often everybody with room is asked again after others were
	// quicker.
	rounds = 3
)

// What routing may be told.
var (
	ErrNoRoom    = errs.New(errs.Conflict, "no_capacity")
	ErrLease     = errs.New(errs.Invalid, "reservation_lease").On("lease_seconds")
	ErrNoPlace   = errs.New(errs.NotFound, "no_such_reservation")
	errNoChannel = errs.New(errs.Invalid, "reservation_channel").On("channel")
)

// Available is a member who has a channel on.
type Available struct {
	UserID   string
	Name     string
	Capacity int
	Load     int
}

// Free is how many more conversations can come.
func (a Available) Free() int { return max(0, a.Capacity-a.Load) }

// Reservation is a place that a conversation has taken.
type Reservation struct {
	ID           string
	UserID       string
	Channel      string
	Conversation string
	ExpiresAt    time.Time
}

// Request asks for a place.
type Request struct {
	Channel      string
	Conversation string        // the platform's own id
	UserID       string        // empty: whoever has most room
	Lease        time.Duration // 0: the usual one
}

// Available lists everybody with a channel on, most room first, and of those
// with the same room who waits longest. Who is in focus is not among them.
func (s *Service) Available(ctx context.Context, organizationID, channel string) ([]Available, error) {
	if !slices.Contains(policy.Channels, channel) {
		return nil, errNoChannel
	}
	people, err := s.roster(ctx, organizationID, channel)
	all := make([]Available, len(people))
	for i, p := range people {
		u := identity.User{DisplayName: p.DisplayName, FullName: p.FullName, FirstName: p.FirstName, LastName: p.LastName, Visibility: p.Visibility}
		all[i] = Available{p.UserID, identity.ShownName(u, identity.AudiencesOf(u)), int(p.Capacity), int(p.Load)}
	}
	return all, err
}

// roster reads who has a channel on, with the number that the rules leave of
// theirs.
func (s *Service) roster(ctx context.Context, organizationID, channel string) ([]candidate, error) {
	book, err := policy.Read(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	away, err := s.Away(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	all, err := roster.All(ctx, s.DB, organizationID, channel, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	var here []candidate
	for _, c := range all {
		rules, err := book.Effective(policy.Scope{OrganizationID: organizationID, Role: identity.Role(c.Role)})
		if err != nil {
			return nil, err
		}
		most := policy.CapacityMax(channel).Of(rules)
		if _, gone := away[c.UserID]; gone || most == 0 {
			continue
		}
		c.Capacity = min(c.Capacity, int64(most))
		here = append(here, c)
	}
	slices.SortFunc(here, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Capacity-b.Load, a.Capacity-a.Load), a.TakenAt.Compare(b.TakenAt), cmp.Compare(a.UserID, b.UserID))
	})
	return here, nil
}

// Reserve takes a place for a conversation. One that has a place keeps it, for
// another lease; made is false then. It returns ErrNoRoom, or what is wrong
// with the request.
func (s *Service) Reserve(ctx context.Context, organizationID string, r Request) (place Reservation, made bool, err error) {
	if r, err = r.checked(); err != nil {
		return place, false, err
	}
	for range rounds {
		place, found, err := s.prolong(ctx, organizationID, r)
		if err != nil || found {
			return place, false, err
		}
		place, err = s.takeOne(ctx, organizationID, r)
		if !errors.Is(err, errRaced) {
			return place, err == nil, err
		}
	}
	return place, false, ErrNoRoom
}

func (r Request) checked() (Request, error) {
	var faults errs.Fields
	var err error
	if !slices.Contains(policy.Channels, r.Channel) {
		faults = append(faults, errNoChannel)
	}
	if r.Conversation, err = identity.Line("conversation", r.Conversation, maxConversation); err == nil && r.Conversation == "" {
		err = identity.ErrTextRequired.On("conversation")
	}
	if err := faults.Add(err); err != nil {
		return r, err
	}
	if r.Lease == 0 {
		r.Lease = leaseLife
	}
	if r.Lease < time.Second || r.Lease > longestLease {
		faults = append(faults, ErrLease)
	}
	return r, faults.OrNil()
}

// prolong gives the place that a conversation has another lease.
func (s *Service) prolong(ctx context.Context, organizationID string, r Request) (place Reservation, found bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		now := s.Clock.Now()
		if _, err := forget.Run(ctx, tx, organizationID, r.Channel, r.Conversation, now); err != nil {
			return err
		}
		place, found, err = prolong.Maybe(ctx, tx, organizationID, r.Channel, r.Conversation, now, now.Add(r.Lease))
		return err
	})
	return place, found, err
}

var (
	// errRaced means that the conversation got a place meanwhile.
	errRaced = errors.New("channel: the conversation has a place by now")
	// errFull means that the member's room went to others meanwhile.
	errFull = errors.New("channel: the member has no room any more")
)

// takeOne tries those with room, one after the other.
func (s *Service) takeOne(ctx context.Context, organizationID string, r Request) (place Reservation, err error) {
	people, err := s.roster(ctx, organizationID, r.Channel)
	if err != nil {
		return place, err
	}
	for _, c := range people {
		if r.UserID != "" && r.UserID != c.UserID || c.Load >= c.Capacity {
			continue
		}
		if place, err = s.takeOf(ctx, organizationID, r, c); !errors.Is(err, errFull) {
			return place, err
		}
	}
	return place, ErrNoRoom
}

// takeOf takes a place of one member. It returns errFull or errRaced.
func (s *Service) takeOf(ctx context.Context, organizationID string, r Request, c candidate) (place Reservation, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		capacity, on, err := hold.Maybe(ctx, tx, organizationID, r.Channel, c.UserID, now)
		if err != nil {
			return err
		}
		held, err := load.One(ctx, tx, organizationID, r.Channel, c.UserID, now)
		if err != nil {
			return err
		}
		if !on || held >= min(capacity, c.Capacity) {
			return errFull
		}
		place = Reservation{ids.New(ids.Reservation, now), c.UserID, r.Channel, r.Conversation, now.Add(r.Lease)}
		n, err := take.Run(ctx, tx, place.ID, organizationID, place.Channel, place.UserID, place.Conversation, place.ExpiresAt)
		if err == nil && n == 0 {
			err = errRaced
		}
		return err
	})
	return place, err
}

// Release gives a place back. It returns ErrNoPlace if there is none, or its
// lease has ended.
func (s *Service) Release(ctx context.Context, organizationID, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := release.Run(ctx, tx, organizationID, id, s.Clock.Now())
		if err == nil && n == 0 {
			err = ErrNoPlace
		}
		return err
	})
}
