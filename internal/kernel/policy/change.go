package policy

import (
	"context"
	"encoding/json"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// What can go wrong.
var (
	ErrUnknown = errs.New(errs.Invalid, "policy_unknown") // no such key, or no such role
	ErrValue   = errs.New(errs.Invalid, "policy_value")   // the rule does not take this value
	ErrDenied  = errs.New(errs.Denied, "forbidden")       // the actor may not set rules there
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
	rule, err := p.permitted(ctx, tx, actor, scope, key)
	if err != nil {
		return err
	}
	v, err := rule.read(value)
	if err != nil {
		return ErrValue.On(key)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	before, _, err := lockValue.Maybe(ctx, tx, scope.OrganizationID, string(scope.Role), key)
	if err != nil || before == string(text) {
		return err
	}
	_, err = putValue.Run(ctx, tx, scope.OrganizationID, string(scope.Role), key, string(text), actor.UserID, p.Clock.Now())
	if err != nil {
		return err
	}
	return p.record(ctx, tx, actor, scope, key, before, string(text))
}

// Clear takes a rule out of a scope, so that the layer before it holds again.
// Errors are those of Set.
func (p Policies) Clear(ctx context.Context, tx *db.Tx, actor identity.Actor, scope Scope, key string) error {
	if _, err := p.permitted(ctx, tx, actor, scope, key); err != nil {
		return err
	}
	before, found, err := lockValue.Maybe(ctx, tx, scope.OrganizationID, string(scope.Role), key)
	if err != nil || !found {
		return err
	}
	if _, err := deleteValue.Run(ctx, tx, scope.OrganizationID, string(scope.Role), key); err != nil {
		return err
	}
	return p.record(ctx, tx, actor, scope, key, before, "")
}

// permitted returns the rule if the actor may set it in scope: the operator
// everywhere, whoever may edit the policy in the own organization.
func (p Policies) permitted(ctx context.Context, q db.Q, actor identity.Actor, scope Scope, key string) (*rule, error) {
	if err := may(ctx, q, actor, scope); err != nil {
		return nil, err
	}
	if scope.Role != "" && (scope.OrganizationID == "" || !scope.Role.Valid()) {
		return nil, ErrUnknown.On("role")
	}
	if rules[key] == nil {
		return nil, ErrUnknown.On(key)
	}
	return rules[key], nil
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

func (p Policies) record(ctx context.Context, tx *db.Tx, actor identity.Actor, scope Scope, key, before, after string) error {
	details := map[string]string{}
	for name, value := range map[string]string{"role": string(scope.Role), "before": before, "after": after} {
		if value != "" {
			details[name] = value
		}
	}
	act := journal.Act{Action: "policy.updated", Actor: actor, Changes: []string{key}, Details: details}
	if scope.OrganizationID == "" {
		act.Target = journal.Thing(journal.Instance)
		return p.Journal.RecordInstance(ctx, tx, act)
	}
	act.Target = journal.Thing(scope.OrganizationID)
	return p.Journal.RecordOrganization(ctx, tx, scope.OrganizationID, act)
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
