package app

import (
	"context"
	"net/http"

	"nameplate/internal/access/password"
	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/web/ui"
)

// passwordRules are those for an account with these memberships. Without any
// they are the instance's.
func (a *App) passwordRules(ctx context.Context, memberships ...identity.Membership) (rules.Policy, error) {
	set, err := policy.Account(ctx, a.DB, memberships)
	if err != nil {
		return rules.Policy{}, err
	}
	return password.RulesOf(set), nil
}

// ticks are the same rules for the checklist in the page.
func (a *App) ticks(ctx context.Context, memberships []identity.Membership) ([]ui.Rule, error) {
	p, err := a.passwordRules(ctx, memberships...)
	if err != nil {
		return nil, err
	}
	return password.LiveRules(ctx, p), nil
}

// liveRules are those of a new account.
func (a *App) liveRules(r *http.Request) ([]ui.Rule, error) { return a.ticks(r.Context(), nil) }
