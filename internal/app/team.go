package app

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
	"nameplate/internal/who/card"
)

// protected reports whether somebody has a second factor on.
func (a *App) protected(ctx context.Context, q db.Q, userID string) (bool, error) {
	methods, err := a.Factors.Offer(ctx, q, userID)
	return len(methods) > 0, err
}

// leave ends the caller's own membership.
func (a *App) leave(ctx context.Context, c session.Caller) error {
	return a.Members.Remove(ctx, c, c.User.ID)
}

// find returns whose address it is.
func (a *App) find(ctx context.Context, address string) (id string, found bool, err error) {
	email, found, err := identity.FindEmail(ctx, a.DB, address)
	return email.UserID, found, err
}

// cardOf is somebody's card as customers of an organization see it, and its
// address; nil where there is none to be seen.
func (a *App) cardOf(ctx context.Context, userID, organizationID string) (*ui.CardView, string) {
	shown, err := a.Card.Get(ctx, userID, organizationID, a.Card.Token(userID))
	if err != nil {
		return nil, ""
	}
	v := card.View(shown.Card)
	return &v, "/c/" + userID + "?organization=" + organizationID
}

// checkField and writeField lend the profile to what asks for a
// change of it.
func (a *App) checkField(ctx context.Context, c session.Caller, field, text string) (value, now string, err error) {
	return a.Profile.Check(ctx, c, identity.Field(field), text)
}

func (a *App) writeField(ctx context.Context, tx *db.Tx, by identity.Actor, m identity.Membership, field, was, value string) (bool, error) {
	return a.Profile.Write(ctx, tx, by, m, identity.Field(field), was, value)
}

// teamPages are those of the current organization that the caller may open.
// They always stand in this order: details, members, policy, sign-in provider,
// billing, audit.
func (a *App) teamPages(r *http.Request, m identity.Membership) []ui.NavItem {
	ctx := r.Context()
	var all []ui.NavItem
	for _, p := range []struct {
		act               identity.Act
		icon, label, href string
	}{
		{identity.ReadDetails, "building", i18n.T(ctx, "app.nav_details"), "/settings/organization"},
		{identity.ReadMembers, "users", i18n.T(ctx, "app.nav_members"), "/settings/members"},
		{identity.EditPolicy, "rules", i18n.T(ctx, "app.nav_policy"), "/settings/policy"},
		{identity.EditPolicy, "passkey", i18n.T(ctx, "app.nav_provider"), "/settings/sign-in-provider"},
		{identity.SeeBilling, "bank", i18n.T(ctx, "app.nav_billing"), "/settings/billing"},
		{identity.Connect, "headset", i18n.T(ctx, "app.nav_chatwoot"), "/settings/chatwoot"},
		{identity.ReadAudit, "scroll", i18n.T(ctx, "app.nav_audit"), "/settings/audit"},
	} {
		if m.Role.May(p.act) {
			all = append(all, item(r, p.icon, p.label, p.href))
		}
	}
	if i := slices.IndexFunc(all, func(n ui.NavItem) bool { return n.Href == "/settings/members" }); i >= 0 {
		all[i].Count = a.asked(ctx)
	}
	return all
}

// asked is how much members ask of the caller, in figures, or nothing.
func (a *App) asked(ctx context.Context) string {
	c := session.Of(ctx)
	if !c.Actor.Can(identity.ManageMembers) {
		return ""
	}
	n, err := a.Requests.Waiting(ctx, c)
	if err != nil {
		a.Log.Error("requests not counted", "error", err)
	}
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// organizations is the line of the current organization, with the menu that
// leads to the others. After a choice the page that was open comes back, or
// for a page of the organization the one that every member may open.
func organizations(r *http.Request, c session.Caller) *ui.Org {
	ctx := r.Context()
	s := &ui.Switch{Action: "/session/organization", Return: r.URL.Path, All: item(r, "building", i18n.T(ctx, "app.nav_organizations"), "/settings/organizations")}
	if strings.HasPrefix(s.Return, "/settings/members") || s.Return == "/settings/audit" || strings.HasPrefix(s.Return, "/settings/organization/") {
		s.Return = "/settings/organization"
	}
	for _, m := range c.Memberships {
		s.Choices = append(s.Choices, ui.OrgChoice{
			ID: m.OrganizationID, Name: m.OrganizationName, Role: roleLabel(ctx, m), Logo: identity.LogoOf("", m.OrganizationLogo).Sizes["96"], Current: m.OrganizationID == c.Actor.Membership.OrganizationID,
		})
	}
	m := c.Actor.Membership
	if m.OrganizationID == "" {
		return nil
	}
	return &ui.Org{Name: m.OrganizationName, Logo: identity.LogoOf("", m.OrganizationLogo).Sizes["96"], Role: i18n.T(ctx, "app.you_are", "Role", roleLabel(ctx, m)), Switch: s}
}

// payer is whose name and address stand on invoices: those of billing, or else
// the organization's.
func (a *App) payer(ctx context.Context, c session.Caller) (name, email string, err error) {
	d, err := a.Orgs.Get(ctx, c)
	if err != nil {
		return "", "", err
	}
	name, email = d.Billing.Name, d.Billing.Email
	if name == "" {
		name = d.Organization.Name
	}
	if email == "" && d.EmailVerifiedAt.Valid {
		email = d.Email
	}
	return name, email, nil
}
