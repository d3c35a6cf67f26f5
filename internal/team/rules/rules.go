package rules

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// What can go wrong, beside what package policy returns.
var (
	ErrStale   = errs.New(errs.Stale, "precondition_failed")
	ErrNoEntry = errs.New(errs.NotFound, "no_such_change").On("entry")
)

// Service reads and changes the rules of organizations.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Journal  *journal.Journal
	Policies policy.Policies
	Sessions session.Store

	// Kinds returns the kinds of second factors that each member of an
	// organization has.
	Kinds func(ctx context.Context, q db.Q, organizationID string) (map[string][]string, error)
}

// Sheet is the rules of an organization, or of the instance.
type Sheet struct {
	OrganizationID string // empty: the instance
	Book           policy.Book
	Version        string // another one after each change
}

// Set returns the rules that hold for a role, or without one for all roles.
func (s Sheet) Set(role identity.Role) (policy.Set, error) {
	return s.Book.Effective(policy.Scope{OrganizationID: s.OrganizationID, Role: role})
}

// Get returns the rules of an organization, for whoever may edit them. It
// returns policy.ErrDenied or identity.ErrNoMember.
func (s *Service) Get(ctx context.Context, actor identity.Actor, organizationID string) (Sheet, error) {
	if err := may(actor, organizationID); err != nil {
		return Sheet{}, err
	}
	return s.read(ctx, s.DB, organizationID)
}

func (s *Service) read(ctx context.Context, q db.Q, organizationID string) (Sheet, error) {
	b, err := policy.Read(ctx, q, organizationID)
	return Sheet{organizationID, b, b.Version(organizationID)}, err
}

func may(actor identity.Actor, organizationID string) error {
	switch {
	case actor.Operator:
		return nil
	case organizationID == "" || !actor.Can(identity.EditPolicy):
		return policy.ErrDenied
	case organizationID != actor.Membership.OrganizationID:
		return identity.ErrNoMember
	}
	return nil
}

// Change makes a patch. version is the one that it was made from; an empty one
// takes whatever is there. It returns ErrStale, or what package policy returns,
// for each key that is wrong.
func (s *Service) Change(ctx context.Context, actor identity.Actor, organizationID, version string, p Patch) (after Sheet, err error) {
	if err := may(actor, organizationID); err != nil {
		return after, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := s.hold(ctx, tx, organizationID)
		if err != nil {
			return err
		}
		if version != "" && version != before.Version {
			return ErrStale
		}
		if err := s.write(ctx, tx, actor, before, p); err != nil {
			return err
		}
		after, err = s.read(ctx, tx, organizationID)
		return err
	})
	return after, err
}

// hold reads the rules of an organization and lets nobody else change them
// until the transaction ends.
func (s *Service) hold(ctx context.Context, tx *db.Tx, organizationID string) (Sheet, error) {
	if organizationID != "" {
		if err := identity.Hold(ctx, tx, organizationID); err != nil {
			return Sheet{}, err
		}
	}
	return s.read(ctx, tx, organizationID)
}

func (s *Service) write(ctx context.Context, tx *db.Tx, actor identity.Actor, before Sheet, p Patch) error {
	changes, err := p.changes(before)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if err := s.Policies.Change(ctx, tx, actor, c); err != nil {
			return err
		}
	}
	if p.Preset == "" || before.OrganizationID == "" {
		return nil
	}
	return s.relabel(ctx, tx, actor, before, policy.BundleOf(p.Preset))
}

// relabel gives roles the words of a preset.
func (s *Service) relabel(ctx context.Context, tx *db.Tx, actor identity.Actor, before Sheet, to policy.Bundle) error {
	o, err := identity.GetOrganization(ctx, tx, before.OrganizationID)
	if err != nil {
		return err
	}
	labels, err := policy.Relabel(o.RoleLabels, before.preset(), to)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	changed, err := identity.SetRoleLabels(ctx, tx, o.ID, labels, now)
	if err != nil || !changed {
		return err
	}
	return s.Journal.RecordOrganization(ctx, tx, o.ID, journal.Act{
		At: now, Action: "organization.updated", Actor: actor, Target: journal.Thing(o.ID), Changes: []string{"role_labels"},
	})
}

// Revert takes back a change that an entry of the journal tells of. It returns
// ErrNoEntry or policy.ErrMovedOn.
func (s *Service) Revert(ctx context.Context, actor identity.Actor, organizationID, entry string) (after Sheet, err error) {
	if err := may(actor, organizationID); err != nil {
		return after, err
	}
	e, found, err := journal.Find(ctx, s.DB, organizationID, policy.Updated, entry)
	if err != nil {
		return after, err
	}
	if !found {
		return after, ErrNoEntry
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.hold(ctx, tx, organizationID); err != nil {
			return err
		}
		if err := s.Policies.Revert(ctx, tx, actor, organizationID, e); err != nil {
			return err
		}
		after, err = s.read(ctx, tx, organizationID)
		return err
	})
	return after, err
}

// Past is a change of a rule that was made.
type Past struct {
	policy.Passed
	ID       string
	At       time.Time
	By       string // id of the user; empty: the operator; policy.Deleted: one who is gone
	Present  bool   // the rule is still what the change has made it
	Reverted bool   // it was taken back
}

// History returns up to limit changes before an entry, the newest first.
func (s *Service) History(ctx context.Context, sheet Sheet, before string, limit int) ([]Past, error) {
	entries, err := journal.Of(ctx, s.DB, sheet.OrganizationID, policy.Updated, before, limit)
	if err != nil {
		return nil, err
	}
	reverted, own := map[string]bool{}, sheet.own()
	all := make([]Past, len(entries))
	for i, e := range entries {
		p := Past{Passed: policy.Past(sheet.OrganizationID, e), ID: e.ID, At: e.At, By: who(e)}
		if p.Reverts != "" {
			reverted[p.Reverts] = true
		}
		p.Reverted = reverted[e.ID]
		p.Present = !p.Reverted && own[place{p.Role, p.Key}] == p.After
		all[i] = p
	}
	return all, nil
}

func who(e journal.Entry) string {
	switch {
	case e.ActorUser != "":
		return e.ActorUser
	case journal.IsPerson(e.Actor):
		return policy.Deleted
	}
	return ""
}
