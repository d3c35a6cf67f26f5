package policy

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// What can go wrong.
var (
	ErrUnknown = errs.New(errs.Invalid, "policy_unknown")   // no such key, or no such role
	ErrValue   = errs.New(errs.Invalid, "policy_value")     // the rule does not take this value
	ErrDenied  = errs.New(errs.Denied, "forbidden")         // the actor may not set rules there
	ErrMovedOn = errs.New(errs.Conflict, "policy_moved_on") // the rule has changed again since
)

// Policies changes rules.
type Policies struct {
	Clock   clock.Clock
	Journal *journal.Journal
}

// Set sets a rule in a scope to value, which is JSON, and writes it into the
// journal. Setting what is set already does nothing. It returns ErrUnknown or
// ErrValue on the field named as the key, ErrDenied, or identity.ErrNoMember
// for an organization that the actor does not know of.
func (p Policies) Set(ctx context.Context, tx *db.Tx, actor identity.Actor, scope Scope, key string, value []byte) error {
	return p.change(ctx, tx, actor, Change{scope, key, append([]byte{}, value...)}, "")
}

// Clear takes a rule out of a scope, so that the layer before it holds again.
// Errors are those of Set.
func (p Policies) Clear(ctx context.Context, tx *db.Tx, actor identity.Actor, scope Scope, key string) error {
	return p.change(ctx, tx, actor, Change{scope, key, nil}, "")
}

// Change does what c says. Errors are those of Set.
func (p Policies) Change(ctx context.Context, tx *db.Tx, actor identity.Actor, c Change) error {
	return p.change(ctx, tx, actor, c, "")
}

// Revert puts a rule back to what it was before an entry of the journal, which
// is about a change of it. It returns ErrMovedOn if the rule is not any more
// what the entry has made it, and otherwise errors are those of Set.
func (p Policies) Revert(ctx context.Context, tx *db.Tx, actor identity.Actor, organizationID string, e journal.Entry) error {
	past := Past(organizationID, e)
	now, _, err := lockValue.Maybe(ctx, tx, organizationID, string(past.Role), past.Key)
	if err != nil {
		return err
	}
	if now != past.After {
		return ErrMovedOn
	}
	back := Change{Scope: past.Scope, Key: past.Key}
	if past.Before != "" {
		back.Value = []byte(past.Before)
	}
	return p.change(ctx, tx, actor, back, e.ID)
}

func (p Policies) change(ctx context.Context, tx *db.Tx, actor identity.Actor, c Change, reverts string) error {
	if err := may(ctx, tx, actor, c.Scope); err != nil {
		return err
	}
	after, err := c.text()
	if err != nil {
		return err
	}
	before, _, err := lockValue.Maybe(ctx, tx, c.OrganizationID, string(c.Role), c.Key)
	if err != nil || before == after {
		return err
	}
	if after == "" {
		_, err = deleteValue.Run(ctx, tx, c.OrganizationID, string(c.Role), c.Key)
	} else {
		_, err = putValue.Run(ctx, tx, c.OrganizationID, string(c.Role), c.Key, after, actor.UserID, p.Clock.Now())
	}
	if err != nil {
		return err
	}
	return p.record(ctx, tx, actor, Passed{Scope: c.Scope, Key: c.Key, Before: before, After: after, Reverts: reverts})
}

func may(ctx context.Context, q db.Q, actor identity.Actor, scope Scope) error {
	switch {
	case actor.Operator && scope.OrganizationID == "":
		return nil
	case actor.Operator:
		_, err := identity.GetOrganization(ctx, q, scope.OrganizationID)
		return err
	case scope.OrganizationID == "":
		return ErrDenied
	case scope.OrganizationID != actor.Membership.OrganizationID:
		return identity.ErrNoMember
	case !actor.Can(identity.EditPolicy):
		return ErrDenied
	}
	return nil
}

// Updated is what the journal calls a change of a rule.
const Updated = "policy.updated"

// Passed is a change of a rule as the journal tells of it. Values are JSON;
// an empty one is none.
type Passed struct {
	Scope
	Key     string
	Before  string
	After   string
	Reverts string // id of the entry that it took back
}

// Past reads an entry of an organization's trail about a rule.
func Past(organizationID string, e journal.Entry) Passed {
	p := Passed{
		Scope:  Scope{organizationID, identity.Role(e.Details["role"])},
		Before: e.Details["before"], After: e.Details["after"], Reverts: e.Details["reverts"],
	}
	if len(e.Changes) == 1 {
		p.Key = e.Changes[0]
	}
	return p
}

func (p Policies) record(ctx context.Context, tx *db.Tx, actor identity.Actor, c Passed) error {
	details := map[string]string{}
	for name, value := range map[string]string{"role": string(c.Role), "before": c.Before, "after": c.After, "reverts": c.Reverts} {
		if value != "" {
			details[name] = value
		}
	}
	act := journal.Act{Action: Updated, Actor: actor, Changes: []string{c.Key}, Details: details}
	if c.OrganizationID == "" {
		act.Target = journal.Thing(journal.Instance)
		return p.Journal.RecordInstance(ctx, tx, act)
	}
	act.Target = journal.Thing(c.OrganizationID)
	return p.Journal.RecordOrganization(ctx, tx, c.OrganizationID, act)
}

// Drop removes every rule of an organization that goes.
func Drop(ctx context.Context, tx *db.Tx, organizationID string) error {
	_, err := drop.Run(ctx, tx, organizationID)
	return err
}

// Forget takes the user out of what is known about who set a rule.
func Forget(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := forget.Run(ctx, tx, userID)
	return err
}
