package rules

import (
	"context"
	"maps"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// Effect is what a change does to a member.
type Effect string

// The effects, from the hardest.
const (
	Blocked   Effect = "blocked"    // nothing is open until a second factor is set up
	Prompted  Effect = "prompted"   // is asked on every page to set up a second factor
	SignedOut Effect = "signed_out" // at least one session ends
)

// Met is a member whom a change meets.
type Met struct {
	UserID   string
	Name     string
	Role     identity.Role
	Effect   Effect
	Rule     string        // the key that decides
	Due      time.Time     // of a Prompted: when the days of grace end
	Sessions int           // of a SignedOut: how many end
	Limit    time.Duration // of a SignedOut: how long they may live, or lie idle
}

// Difference is a rule that a change gives another value. Values are JSON; an
// empty one goes back to the layer before.
type Difference struct {
	Key           string
	Role          identity.Role
	Before, After string
}

// Forecast is what would happen.
type Forecast struct {
	Changes []Difference
	Members int
	Met     []Met // the hardest first
	After   Sheet // the rules as they would be
}

// Count returns how many members are met by an effect, each counted at the
// hardest.
func (f Forecast) Count(e Effect) int {
	n, seen := 0, map[string]bool{}
	for _, m := range f.Met {
		if !seen[m.UserID] && m.Effect == e {
			n++
		}
		seen[m.UserID] = true
	}
	return n
}

// Unmet returns how many members notice nothing.
func (f Forecast) Unmet() int {
	return f.Members - f.Count(Blocked) - f.Count(Prompted) - f.Count(SignedOut)
}

// Try tells whom a patch would block, prompt or sign out, and changes nothing.
// Errors are those of Change.
func (s *Service) Try(ctx context.Context, actor identity.Actor, sheet Sheet, p Patch) (f Forecast, err error) {
	changes, err := p.changes(sheet)
	if err != nil {
		return f, err
	}
	w, err := s.world(ctx, sheet.OrganizationID)
	if err != nil {
		return f, err
	}
	after, err := w.book.With(actor.UserID, w.now, changes...)
	if err != nil {
		return f, err
	}
	f.After = Sheet{sheet.OrganizationID, after, after.Version(sheet.OrganizationID)}
	f.Changes, f.Members = differences(sheet.own(), f.After.own()), len(w.people)
	if f.Met, err = w.met(after); err != nil {
		return f, err
	}
	return f, nil
}

func differences(before, after map[place]string) (all []Difference) {
	places := maps.Clone(before)
	maps.Copy(places, after)
	for at := range places {
		if before[at] != after[at] {
			all = append(all, Difference{at.key, at.role, before[at], after[at]})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return byPlace(place{a.Role, a.Key}, place{b.Role, b.Key}) })
	return all
}

// world is everybody in an organization, with what decides over them.
type world struct {
	now      time.Time
	book     policy.Book // of every organization that one of them belongs to
	people   []person
	belongs  map[string][]identity.Membership
	kinds    map[string][]string // of second factors
	sessions map[string][]session.Session
}

func (s *Service) world(ctx context.Context, organizationID string) (w world, err error) {
	w = world{
		now: s.Clock.Now(), belongs: map[string][]identity.Membership{}, sessions: map[string][]session.Session{},
	}
	if w.people, err = membersOf.All(ctx, s.DB, organizationID); err != nil {
		return w, err
	}
	if err := w.readBook(ctx, s.DB, organizationID); err != nil {
		return w, err
	}
	if w.kinds, err = s.Kinds(ctx, s.DB, organizationID); err != nil {
		return w, err
	}
	living, err := s.Sessions.OfMembers(ctx, s.DB, organizationID)
	for _, one := range living {
		w.sessions[one.UserID] = append(w.sessions[one.UserID], one)
	}
	return w, err
}

func (w *world) readBook(ctx context.Context, q db.Q, organizationID string) (err error) {
	all, err := membershipsOfMembers.All(ctx, q, organizationID)
	if err != nil {
		return err
	}
	organizations := map[string]bool{organizationID: true}
	for _, m := range all {
		w.belongs[m.UserID] = append(w.belongs[m.UserID], m)
		organizations[m.OrganizationID] = true
	}
	w.book, err = policy.Read(ctx, q, slices.Collect(maps.Keys(organizations))...)
	return err
}

// met returns whom it meets if the book becomes another one.
func (w world) met(after policy.Book) (all []Met, err error) {
	for _, p := range w.people {
		old, err := w.book.Terms(p.CreatedAt, w.belongs[p.UserID])
		if err != nil {
			return nil, err
		}
		fresh, err := after.Terms(p.CreatedAt, w.belongs[p.UserID])
		if err != nil {
			return nil, err
		}
		m := Met{UserID: p.UserID, Name: p.name(), Role: p.Role}
		if asked, ok := w.asked(m, old, fresh); ok {
			all = append(all, asked)
		}
		if out, ok := w.signedOut(m, old, fresh); ok {
			all = append(all, out)
		}
	}
	slices.SortStableFunc(all, func(a, b Met) int { return slices.Index(effects, a.Effect) - slices.Index(effects, b.Effect) })
	return all, nil
}

var effects = []Effect{Blocked, Prompted, SignedOut}

// asked says what the rules on second factors newly do to somebody.
func (w world) asked(m Met, old, fresh policy.Terms) (Met, bool) {
	m.Rule, m.Due = policy.MFARequired.Name(), fresh.Factor.Due
	m.Effect = w.effect(m.UserID, fresh)
	if before := w.effect(m.UserID, old); m.Effect == Blocked && before != Blocked || m.Effect == Prompted && before == "" {
		return m, true
	}
	// A phone that gets no code any more leaves backup codes to sign in with.
	m.Rule, m.Effect = policy.MFASMS.Name(), Blocked
	return m, !fresh.Factor.Made() && w.holds(m.UserID, old) && !w.holds(m.UserID, fresh)
}

// effect is what the demand for a second factor does to somebody.
func (w world) effect(userID string, t policy.Terms) Effect {
	switch {
	case !t.Factor.Made() || w.holds(userID, t):
		return ""
	case t.Factor.Over(w.now):
		return Blocked
	}
	return Prompted
}

// bySMS is the kind of factor that rules can take back.
const bySMS = "sms"

// holds reports whether somebody has a second factor that the rules take.
func (w world) holds(userID string, t policy.Terms) bool {
	return slices.ContainsFunc(w.kinds[userID], func(kind string) bool { return kind != bySMS || t.SMS })
}

// signedOut says how many sessions of somebody newly end.
func (w world) signedOut(m Met, old, fresh policy.Terms) (Met, bool) {
	m.Effect = SignedOut
	for _, one := range w.sessions[m.UserID] {
		if !one.Within(old, w.now) || one.Within(fresh, w.now) {
			continue
		}
		m.Sessions++
		m.Rule, m.Limit = policy.SessionIdle.Name(), fresh.Idle
		if w.now.Sub(one.CreatedAt) >= fresh.Lifetime {
			m.Rule, m.Limit = policy.SessionMax.Name(), fresh.Lifetime
		}
	}
	return m, m.Sessions > 0
}
