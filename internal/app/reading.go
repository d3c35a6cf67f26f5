package app

import (
	"net/http"

	"nameplate/internal/help/guide"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// readers is the frame of pages that are open to everybody, for somebody who is
// not signed in: the guide stands where the settings are otherwise.
func (a *App) readers(r *http.Request) ui.Frame {
	ctx := r.Context()
	lang := i18n.Lang(ctx)
	return ui.Frame{
		Lang: lang.Tag, Dir: lang.Dir, NavLabel: i18n.T(ctx, "app.nav_guide"),
		Nav: guide.Nav(ctx, a.Guide, r.URL.Path),
		Foot: []ui.NavItem{
			item(r, "plug", i18n.T(ctx, "app.nav_api"), "/docs/api"),
			item(r, "leave", i18n.T(ctx, "app.nav_sign_in"), "/sign-in"),
		},
	}
}
