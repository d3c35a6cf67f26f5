package app

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
	"nameplate/internal/reach/notify"
)

// frame is what stands around a page of the settings.
func (a *App) frame(r *http.Request) ui.Frame {
	if !framed(r) {
		return a.readers(r)
	}
	ctx, c := r.Context(), session.Of(r.Context())
	lang := i18n.Lang(ctx)
	f := ui.Frame{Lang: lang.Tag, Dir: lang.Dir, Theme: a.theme(r), Menu: a.Config.Menu, SignOut: "/sign-out"}
	f.Person = &ui.Person{Name: c.User.Name(), Email: a.addressOf(ctx, c.User.ID), Picture: identity.AvatarOf("", c.User, c.Actor.Membership).Sizes["96"]}
	if f.Person.Name == "" {
		f.Person.Name = f.Person.Email
	}
	f.Organization = organizations(r, c)
	f.Nav = []ui.NavGroup{{ID: "you", Title: i18n.T(ctx, "app.nav_you"), Items: []ui.NavItem{
		item(r, "user", i18n.T(ctx, "app.nav_profile"), "/settings/profile"),
		item(r, "shield", i18n.T(ctx, "app.nav_security"), "/settings/security"),
		item(r, "laptop", i18n.T(ctx, "app.nav_sessions"), "/settings/sessions"),
		item(r, "bell", i18n.T(ctx, "app.nav_notifications"), "/settings/notifications"),
		item(r, "headset", i18n.T(ctx, "app.nav_channels"), "/settings/channels"),
		item(r, "face", i18n.T(ctx, "app.nav_interaction"), "/settings/interaction"),
		item(r, "key", i18n.T(ctx, "app.nav_credentials"), "/settings/credentials"),
		item(r, "switch", i18n.T(ctx, "app.nav_configuration"), "/settings/configuration"),
	}}}
	if team := a.teamPages(r, c.Actor.Membership); team != nil {
		f.Nav = append(f.Nav, ui.NavGroup{ID: "organization", Title: i18n.T(ctx, "app.nav_organization"), Items: team})
	}
	f.Standing = a.standing(r)
	if !a.incomplete(ctx, c) {
		f.Bell = &ui.Bell{Person: c.User.ID, Words: notify.RingWords(ctx)}
	}
	f.Foot = []ui.NavItem{item(r, "book", i18n.T(ctx, "app.nav_guide"), "/help")}
	f.Mine = []ui.NavItem{item(r, "user", i18n.T(ctx, "app.nav_profile"), "/settings/profile")}
	if c.Actor.Membership.OrganizationID != "" {
		f.Mine = append(f.Mine, item(r, "building", i18n.T(ctx, "app.nav_organization"), "/settings/organization"))
	} else {
		f.Mine = append(f.Mine, item(r, "building", i18n.T(ctx, "app.nav_organizations"), "/settings/organizations"))
	}
	return f
}

func item(r *http.Request, icon, label, href string) ui.NavItem {
	return ui.NavItem{Icon: icon, Label: label, Href: href, Current: r.URL.Path == href || strings.HasPrefix(r.URL.Path, href+"/")}
}

// gate is what stands around a form at the door.
func (a *App) gate(r *http.Request) ui.Gate {
	lang := i18n.Lang(r.Context())
	g := ui.Gate{Lang: lang.Tag, Dir: lang.Dir, Theme: a.theme(r)}
	for _, l := range i18n.Languages() {
		q := r.URL.Query()
		q.Set("lang", l.Tag)
		g.Languages = append(g.Languages, ui.Language{Tag: l.Tag, Name: l.Name, Href: "?" + q.Encode(), Current: l.Tag == lang.Tag})
	}
	g.Links = []ui.NavItem{{Label: i18n.T(r.Context(), "app.nav_guide"), Href: "/help"}}
	return g
}

func framed(r *http.Request) bool { return session.Actor(r.Context()).SignedIn() }

func (a *App) addressOf(ctx context.Context, userID string) string {
	e, err := identity.PrimaryEmail(ctx, a.DB, userID)
	if err != nil {
		return ""
	}
	return e.Address
}

// nameOf names whoever set a rule.
func (a *App) nameOf(ctx context.Context, userID string) string {
	switch userID {
	case "":
		return i18n.T(ctx, "app.the_operator")
	case policy.Deleted:
		return i18n.T(ctx, "app.deleted_user")
	}
	u, err := identity.Get(ctx, a.DB, userID)
	if err != nil {
		return i18n.T(ctx, "app.deleted_user")
	}
	return u.Name()
}

// roleLabel is the organization's own word for a role, or ours.
func roleLabel(ctx context.Context, m identity.Membership) string {
	own := map[identity.Role]string{}
	if json.Unmarshal([]byte(m.RoleLabels), &own) == nil && own[m.Role] != "" {
		return own[m.Role]
	}
	switch m.Role {
	case identity.Owner:
		return i18n.T(ctx, "app.role_owner")
	case identity.Admin:
		return i18n.T(ctx, "app.role_admin")
	case identity.Supervisor:
		return i18n.T(ctx, "app.role_supervisor")
	case identity.Agent:
		return i18n.T(ctx, "app.role_agent")
	case identity.Billing:
		return i18n.T(ctx, "app.role_billing")
	}
	return ""
}

// roleWords names a role and says what it allows.
func roleWords(ctx context.Context, m identity.Membership) (label, may string) {
	label = roleLabel(ctx, m)
	switch m.Role {
	case identity.Owner:
		may = i18n.T(ctx, "app.may_owner")
	case identity.Admin:
		may = i18n.T(ctx, "app.may_admin")
	case identity.Supervisor:
		may = i18n.T(ctx, "app.may_supervisor")
	case identity.Agent:
		may = i18n.T(ctx, "app.may_agent")
	case identity.Billing:
		may = i18n.T(ctx, "app.may_billing")
	}
	return label, may
}

// roleMay says what a role allows.
func roleMay(ctx context.Context, m identity.Membership) string {
	_, may := roleWords(ctx, m)
	return may
}

// incomplete reports whether the caller has to set up a second factor before
// anything else, so that the stream is closed to them.
func (a *App) incomplete(ctx context.Context, c session.Caller) bool {
	if !c.Demand.Over(a.Clock.Now()) {
		return false
	}
	lacks, err := a.Sessions.Lacks(ctx, c)
	return err != nil || lacks
}
