package app

import (
	"context"
	"net/http"

	"nameplate/internal/access/signin"
	"nameplate/internal/access/sso"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
	"nameplate/internal/team/domain"
	"nameplate/internal/team/provision"
)

// mountProviders adds the page of the sign-in provider, which domains and
// providers share, and the way to a provider and back.
func (a *App) mountProviders(shell web.Shell) {
	providers := sso.Web{Service: a.SSO, Shell: shell, Enter: a.enter}
	people := provision.Web{Service: a.Provides, Shell: shell}
	page := domain.Web{Service: a.Domains, Shell: shell, Sections: providers.Sections, Ends: together(people.Sections, providers.Ends)}
	providers.Page = page.Page
	page.Mount(a.Table)
	providers.Mount(a.Table)
	sso.API{Service: a.SSO}.Mount(a.API)
	people.Mount(a.Table)
	provision.API{Service: a.Provides}.Mount(a.API)
	provision.HTTP{Service: a.Provides}.Mount(a.Table)
}

// groupRoles are the lines of the provider's list by which groups give roles.
func (a *App) groupRoles(ctx context.Context, q db.Q, organizationID string) (all []provision.Mapping, err error) {
	lines, err := a.SSO.GroupRoles(ctx, q, organizationID)
	for _, l := range lines {
		all = append(all, provision.Mapping{Group: l.Value, Role: l.Role})
	}
	return all, err
}

// enter opens a session for somebody who comes from a provider.
func (a *App) enter(w http.ResponseWriter, r *http.Request, user identity.User, proved bool, back string) (string, error) {
	in, err := a.SignIn.ByProvider(r.Context(), signin.BrowserOf(r), user, proved)
	if err != nil {
		return "", err
	}
	return in.Give(w, r, back), nil
}

// provided reports whether an identity provider has the password and the
// address of a user.
func (a *App) provided(ctx context.Context, q db.Q, user identity.User) (bool, error) {
	_, barred, err := a.SSO.Bars(ctx, q, user)
	return barred, err
}

// providerOf returns where people with an address sign in.
func (a *App) providerOf(ctx context.Context, address string) (name, start string, err error) {
	w, found, err := a.SSO.WayOf(ctx, a.DB, address)
	if err != nil || !found {
		return "", "", err
	}
	return w.Provider.Name, a.SSO.StartURL(w.Provider), nil
}

// proofAt returns where somebody who came by a provider can prove themselves
// again.
func (a *App) proofAt(ctx context.Context, user identity.User) (name, start string, err error) {
	p, found, err := a.SSO.LastOf(ctx, user.ID)
	if err != nil || !found {
		return "", "", err
	}
	return p.Name, a.SSO.StartURL(p), nil
}

// providerLock says where somebody changes what an identity provider has; nil
// if none has it.
func (a *App) providerLock(ctx context.Context, user identity.User) (*ui.Lock, error) {
	p, barred, err := a.SSO.Bars(ctx, a.DB, user)
	if err != nil || !barred {
		return nil, err
	}
	lock := &ui.Lock{Rule: i18n.T(ctx, "rules.name.signin.sso_only"), Source: i18n.T(ctx, "app.provider_has", "Provider", p.Brand())}
	if to := p.Account(); to != "" {
		lock.Ask = &ui.Button{Label: i18n.T(ctx, "app.provider_account", "Provider", p.Brand()), Href: to}
	}
	return lock, nil
}
