package coverage

import (
	"context"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/errs"
)

// Step is how long a slot is.
const Step = 30 * time.Minute

// ErrWeek means that the day is none, or too far away.
var ErrWeek = errs.New(errs.Invalid, "coverage_week").On("from")

// furthest is how far away a week may be.
const furthest = 2 * 366 * 24 * time.Hour

// Service computes coverage.
type Service struct {
	Clock clock.Clock

	// Channels are those that an organization has.
	Channels func(ctx context.Context, organizationID string) ([]string, error)
	// Takers are the members who have a channel on.
	Takers func(ctx context.Context, organizationID string) ([]Taker, error)
	// Away says when members don't hear between two moments; who always hears
	// is not in it.
	Away func(ctx context.Context, organizationID string) (map[string]Away, error)
	// Zone is where the organization has its days.
	Zone func(ctx context.Context, organizationID string) (*time.Location, error)
}

// Taker is a member who has a channel on.
type Taker struct {
	UserID   string
	Channel  string
	Capacity int
}

// Away says when somebody does not hear.
type Away struct {
	Key   string // the same for all who have the same hours
	Hours func(from, to time.Time) []Stretch
	Focus time.Time // until when somebody wants to be left alone; zero: no focus
}

// Stretch is from a moment to another.
type Stretch struct{ From, To time.Time }

// Week is the coverage of a week.
type Week struct {
	From, To time.Time // the first moment of Monday and of the next one, in the organization's place
	Channels []Channel
}

// Channel is that of a channel.
type Channel struct {
	Name    string
	Members int    // who have it on
	Slots   []Slot // of the week, in their order
}

// Slot is a half hour.
type Slot struct {
	At       time.Time
	People   int // who hear all of it
	Capacity int // conversations that they take at once
}

// Gaps are the times in which nobody hears, longest stretches.
func (c Channel) Gaps() (all []Stretch) {
	for _, s := range c.Slots {
		if s.People > 0 {
			continue
		}
		if n := len(all); n > 0 && all[n-1].To.Equal(s.At) {
			all[n-1].To = s.At.Add(Step)
			continue
		}
		all = append(all, Stretch{s.At, s.At.Add(Step)})
	}
	return all
}

// Week computes the week in which a day lies, "2026-11-23"; an empty one is
// today. It returns ErrWeek for what is no day of some years.
func (s *Service) Week(ctx context.Context, organizationID, day string) (w Week, err error) {
	zone, err := s.Zone(ctx, organizationID)
	if err != nil {
		return w, err
	}
	now := s.Clock.Now().In(zone)
	if w.From, err = monday(now, day); err != nil {
		return w, err
	}
	w.To = w.From.AddDate(0, 0, 7)
	names, err := s.Channels(ctx, organizationID)
	if err != nil {
		return w, err
	}
	groups, err := s.groups(ctx, organizationID)
	if err != nil {
		return w, err
	}
	slots := int(w.To.Sub(w.From) / Step)
	absent := map[string][]bool{}
	for _, name := range names {
		c := Channel{Name: name, Slots: make([]Slot, slots)}
		for i := range c.Slots {
			c.Slots[i].At = w.From.Add(time.Duration(i) * Step)
		}
		for key, g := range groups[name] {
			c.Members += g.people
			gone, known := absent[key]
			if !known {
				gone = g.away.slots(now, w.From, w.To, slots)
				absent[key] = gone
			}
			c.add(g, gone)
		}
		w.Channels = append(w.Channels, c)
	}
	return w, nil
}

// monday is the beginning of the week in which a day lies.
func monday(now time.Time, day string) (time.Time, error) {
	at := now
	if day != "" {
		d, err := time.ParseInLocation(time.DateOnly, day, now.Location())
		if err != nil || d.Sub(now).Abs() > furthest {
			return at, ErrWeek
		}
		at = d
	}
	back := (int(at.Weekday()) + 6) % 7
	return time.Date(at.Year(), at.Month(), at.Day()-back, 0, 0, 0, 0, now.Location()), nil
}

// group is members of one channel who have the same hours.
type group struct {
	people, capacity int
	away             Away
}

// groups are those of each channel, by the key of their hours.
func (s *Service) groups(ctx context.Context, organizationID string) (map[string]map[string]group, error) {
	takers, err := s.Takers(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	away, err := s.Away(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]group{}
	for _, t := range takers {
		if all[t.Channel] == nil {
			all[t.Channel] = map[string]group{}
		}
		a := away[t.UserID]
		key := a.Key
		if !a.Focus.IsZero() {
			key += " " + a.Focus.UTC().Format(time.RFC3339)
		}
		g := all[t.Channel][key]
		all[t.Channel][key] = group{g.people + 1, g.capacity + t.Capacity, a}
	}
	return all, nil
}

// slots are those of a week in which somebody does not hear all the time.
func (a Away) slots(now, from, to time.Time, n int) []bool {
	gone := make([]bool, n)
	cross := func(s Stretch) {
		first, last := int(s.From.Sub(from)/Step), int((s.To.Sub(from)+Step-1)/Step)
		for i := max(first, 0); i < min(last, n); i++ {
			gone[i] = true
		}
	}
	if a.Hours != nil {
		for _, s := range a.Hours(from, to) {
			cross(s)
		}
	}
	if a.Focus.After(from) {
		cross(Stretch{now, a.Focus})
	}
	return gone
}

func (c *Channel) add(g group, gone []bool) {
	for i := range c.Slots {
		if !gone[i] {
			c.Slots[i].People += g.people
			c.Slots[i].Capacity += g.capacity
		}
	}
}
