package app

import (
	"context"
	"math"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

const (
	// setUpPath is where people are led to whom all is closed but the way to a
	// second factor.
	setUpPath = "/settings/security"
	appSetUp  = setUpPath + "/authenticator"
)

// standing is what stands above every page of somebody who lacks a second
// factor that a rule requires.
func (a *App) standing(r *http.Request) *ui.Remark {
	ctx, c := r.Context(), session.Of(r.Context())
	lacks, err := a.Sessions.Lacks(ctx, c)
	if err != nil {
		a.Log.Error("second factor not looked up", "error", err)
	}
	if !lacks {
		return nil
	}
	who := i18n.T(ctx, "app.this_service")
	if m, err := identity.Pick(c.Memberships, c.Demand.Rule.OrganizationID); err == nil && c.Demand.Rule.OrganizationID != "" {
		who = m.OrganizationName
	}
	out := &ui.Remark{Tone: ui.Warn, Icon: "shield", Lead: i18n.T(ctx, "app.factor_needed", "Organization", who)}
	if now := a.Clock.Now(); c.Demand.Over(now) {
		out.Tone, out.Text = ui.Bad, i18n.T(ctx, "app.factor_over")
	} else {
		out.Text = i18n.T(ctx, "app.factor_days", "Count", daysUntil(now, c.Demand.Due))
	}
	out.Text += " " + a.origin(ctx, c.Demand.Rule)
	if r.URL.Path != appSetUp {
		out.Acts = []ui.Button{{Label: i18n.T(ctx, "app.factor_set_up"), Href: appSetUp}}
	}
	return out
}

// daysUntil counts a day that has begun as a whole one.
func daysUntil(now, due time.Time) int { return int(math.Ceil(due.Sub(now).Hours() / 24)) }

// origin says who set a rule, when, and who can change it. Of what nobody set
// it says only the last.
func (a *App) origin(ctx context.Context, v policy.Value) string {
	by := i18n.T(ctx, "policy.changeable_by.admins")
	if v.Source == policy.FromInstance {
		by = i18n.T(ctx, "policy.changeable_by.operator")
	}
	if v.SetAt.IsZero() {
		return by
	}
	at := v.SetAt.In(session.Of(ctx).User.Place())
	return i18n.T(ctx, "profile.lock_set", "Who", a.nameOf(ctx, v.SetBy), "When", i18n.Date(ctx, at)) + " " + by
}
