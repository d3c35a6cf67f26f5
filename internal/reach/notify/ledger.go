package notify

import (
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
)

// Parts that somebody may have in a conversation, for the simulator.
const (
	AsAssignee    = "assignee"
	AsParticipant = "participant"
	AsMentioned   = "mentioned"
	AsNone        = "none"
)

var roles = []string{AsAssignee, AsParticipant, AsMentioned, AsNone}

// What the simulator may be asked wrongly.
var ErrRole = errs.New(errs.Invalid, "simulate_role").On("role")

// Line is a line of the ledger.
type Line struct {
	Decision
	Event string
	At    time.Time
}

// Explanation says in words why.
func (d Decision) Explanation(ctx context.Context, place *time.Location) string {
	words := i18n.T(ctx, "notify.rule."+d.Rule)
	if !d.Until.IsZero() {
		words += " " + i18n.T(ctx, "notify.until", "When", i18n.DateTime(ctx, d.Until.In(place)))
	}
	return words
}

var order = []string{Audio, Email, Push}

func sorted(lines []Line) []Line {
	slices.SortStableFunc(lines, func(a, b Line) int { return slices.Index(order, a.Channel) - slices.Index(order, b.Channel) })
	return lines
}

// Decisions returns what was decided for the caller about an event: sound, mail
// and push. An event that nobody has sent has none.
func (s *Service) Decisions(ctx context.Context, c session.Caller, event string) ([]Line, error) {
	m := c.Actor.Membership
	if m.OrganizationID == "" {
		return nil, ErrNoOrg
	}
	found, err := ledgerOf.All(ctx, s.DB, m.OrganizationID, m.UserID, event)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return sorted(lines(found)), nil
	}
	e, known, err := eventOf.Maybe(ctx, s.DB, m.OrganizationID, event)
	if err != nil || !known || e.Type == Read || e.ReceivedAt.Before(m.Since) {
		return nil, err
	}
	// It neither named nor reached the person.
	d := Decision{Outcome: Dropped, Rule: NotConcerned}
	if e.Type == Created {
		d.Kind, d.Rule = ConversationCreated, NotWanted
	}
	var all []Line
	for _, d.Channel = range order {
		all = append(all, Line{d, event, e.ReceivedAt})
	}
	return all, nil
}

// lastMost is how many lines the last decisions are.
const lastMost = 60

// Last returns the last decisions for the caller, the newest first.
func (s *Service) Last(ctx context.Context, c session.Caller) ([]Line, error) {
	m := c.Actor.Membership
	if m.OrganizationID == "" {
		return nil, ErrNoOrg
	}
	found, err := latest.All(ctx, s.DB, m.OrganizationID, m.UserID, lastMost)
	return lines(found), err
}

func lines(found []decided) []Line {
	all := make([]Line, len(found))
	for i, d := range found {
		all[i] = Line{Decision{d.Channel, Kind(d.Kind), d.Outcome, d.Rule, d.Until.V}, d.Event, d.DecidedAt}
	}
	return all
}

// Scene is what the simulator is asked: an event, the caller's part in it, and
// when.
type Scene struct {
	Type, SLA, Role string
	At              time.Time
}

// Simulate says what would be done for the caller, with a page open. Nothing is
// sent or kept.
func (s *Service) Simulate(ctx context.Context, c session.Caller, scene Scene) ([]Line, error) {
	set, err := s.Settings(ctx, c)
	if err != nil {
		return nil, err
	}
	e, err := scene.event(c.User.ID)
	if err != nil {
		return nil, err
	}
	focus, err := s.Focus(ctx, s.DB, c.Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	devices, err := s.Devices(ctx, s.DB, c.Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	imagined := Case{
		Kind: e.kindFor(c.User.ID), Assigned: e.Assignee == c.User.ID, Unassigned: e.Assignee == "", Settings: set, Now: scene.At,
		Home: c.User.Place(), FocusUntil: focus[c.User.ID], Pages: 1, Devices: devices[c.User.ID],
	}
	var all []Line
	for _, d := range Decide(imagined) {
		all = append(all, Line{Decision: d, At: scene.At})
	}
	return all, nil
}

// somebody stands for another person.
const somebody = "somebody"

// event is one as the scene tells it.
func (s Scene) event(userID string) (Event, error) {
	var faults errs.Fields
	if !slices.Contains(types, s.Type) || s.Type == Read {
		faults = append(faults, ErrType.On("type"))
	}
	if !slices.Contains(roles, s.Role) {
		faults = append(faults, ErrRole)
	}
	if s.At.IsZero() {
		faults = append(faults, ErrTime.On("at"))
	}
	if s.SLA == "" {
		s.SLA = "first_response"
	}
	if slas[s.SLA] == "" {
		faults = append(faults, ErrSLA.On("sla"))
	}
	e := Event{Type: s.Type, SLA: s.SLA, Assignee: somebody}
	switch s.Role {
	case AsAssignee:
		e.Assignee = userID
	case AsParticipant:
		e.Participants = []string{userID}
	case AsMentioned:
		e.Mentioned = []string{userID}
	}
	return e, faults.OrNil()
}
