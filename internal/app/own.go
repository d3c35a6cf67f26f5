package app

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"nameplate/assets"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
	"nameplate/internal/team/provision"
)

// What the app itself refuses.
var errUnready = errs.New(errs.Unavailable, "not_ready").After(storageWait)

// mountOwn adds what belongs to no feature: health, files, the API's document,
// the component gallery and the operator's mailbox.
func (a *App) mountOwn(shell web.Shell) {
	a.Table.Add(
		route.Get("/healthz", route.Public, route.NoBody, route.Plain, route.NoStore, healthy),
		route.Get("/readyz", route.Public, route.NoBody, route.Plain, route.NoStore, a.ready),
		route.Get("/assets/{hash}/{file}", route.Public, route.NoBody, route.Plain, route.Immutable, asset),
		route.Get("/embed.js", route.Public, route.NoBody, route.Plain, route.Revalidate, embed),
		route.Get("/openapi.json", route.Public, route.NoBody, route.Plain, route.Revalidate, a.document),
		route.Get("/dev/components", route.Public, route.NoBody, route.Plain, route.NoStore, gallery),
	)
	mailbox{a, shell}.mount(a.Table)
}

func healthy(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok") }

func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	if err := a.DB.Ping(r.Context()); err != nil {
		return errUnready.Because(err)
	}
	if err := a.Blobs.Ping(r.Context()); err != nil {
		return errUnready.Because(err)
	}
	return plain(w, "ready")
}

func plain(w http.ResponseWriter, word string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(word + "\n"))
	return err
}

var files = assets.Handler()

func asset(w http.ResponseWriter, r *http.Request) error {
	files.ServeHTTP(w, r)
	return nil
}

// embed is the script that host pages load, so every site may have it.
func embed(w http.ResponseWriter, r *http.Request) error {
	script, ok := assets.File("embed.js")
	if !ok {
		return edge.ErrNotFound
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	_, err := w.Write(script)
	return err
}

func (a *App) document(w http.ResponseWriter, _ *http.Request) error {
	doc, err := a.API.Document()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(doc)
	return err
}

// gallery shows every component in every state, to whoever works on them.
func gallery(w http.ResponseWriter, r *http.Request) error {
	lang := i18n.Lang(r.Context())
	f := ui.Frame{Title: i18n.T(r.Context(), "app.gallery"), Lang: lang.Tag, Dir: lang.Dir, Layout: ui.LayoutWide}
	if t := r.URL.Query().Get("theme"); t == "light" || t == "dark" {
		f.Theme = t
	}
	return web.HTML(w, r, http.StatusOK, web.Within(ui.Page(f), ui.Gallery()))
}

// edge is the border of this server.
func (a *App) edge() *edge.Edge {
	shell := a.shell()
	return &edge.Edge{
		URL: a.Config.Base, Loopback: a.Loopback(), Trusted: a.Config.Trusted, Clock: a.Clock, Log: a.Log,
		Guard: a.guard, Throttle: a.throttle, Prepare: speak,
		Render: func(w http.ResponseWriter, r *http.Request, err error) { a.render(shell, w, r, err) },
	}
}

// guard asks the session, and lets the request speak the person's language
// and tell times by the person's clock.
func (a *App) guard(w http.ResponseWriter, r *http.Request, ac route.Access) (*http.Request, error) {
	r, err := a.Sessions.Guard(w, r, ac)
	if ac.Level == route.Anyone {
		return r, err
	}
	user := session.Of(r.Context()).User
	if user.Locale != "" && asked(r) == "" {
		r = r.WithContext(i18n.With(r.Context(), user.Locale))
	}
	if user.ID != "" {
		ctx := r.Context()
		r = r.WithContext(i18n.WithTwelveHours(ctx, func() bool { return a.twelve(ctx, user.ID) }))
	}
	return r, err
}

// addressTries bounds what one address may send to guarded routes.
var addressTries = limit.Declare("address", 300, addressSpan)

// throttle counts a request against its client address. This machine's own
// address says nothing about who asks, so it is not counted.
func (a *App) throttle(r *http.Request) error {
	client := edge.Of(r.Context()).Client
	if client.IsLoopback() || r.Method == http.MethodGet {
		return nil
	}
	return a.Limit.Take(r.Context(), addressTries, neighbourhood(client))
}

// neighbourhood is what one subscriber can choose an address from: a single
// IPv4 address, or the 64 bits behind an IPv6 prefix.
func neighbourhood(client netip.Addr) string {
	if client.Is4() {
		return client.String()
	}
	p, err := client.Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// render answers with an error: a problem under /v1, in SCIM's own shape under
// /scim, a page elsewhere. A page
// that needs somebody signed in leads to the sign-in page.
func (a *App) render(shell web.Shell, w http.ResponseWriter, r *http.Request, err error) {
	err = web.Settle(a.Log, r, full(err))
	if strings.HasPrefix(r.URL.Path, provision.Prefix) {
		provision.Refuse(w, r, err)
		return
	}
	if route.IsAPI(r.URL.Path) {
		api.Write(w, r, err)
		return
	}
	if errs.KindOf(err) == errs.Unauthenticated && r.Method == http.MethodGet {
		web.SeeOther(w, r, "/sign-in?return_to="+escape(r.URL.RequestURI())) //nolint:errcheck // a redirect does not fail
		return
	}
	if errors.Is(err, session.ErrFactor) && r.Method == http.MethodGet {
		web.SeeOther(w, r, setUpPath) //nolint:errcheck // a redirect does not fail
		return
	}
	if errors.Is(err, session.ErrStale) {
		if err = a.askProof(shell, w, a.known(w, r)); err == nil {
			return
		}
		err = web.Settle(a.Log, r, err)
	}
	shell.Error(w, a.known(w, r), err)
}

// known reads the session for an error page where no route has done so, so that
// whoever is signed in keeps their frame and language.
func (a *App) known(w http.ResponseWriter, r *http.Request) *http.Request {
	if framed(r) {
		return r
	}
	if found, err := a.guard(w, r, route.Visitor); err == nil {
		return found
	}
	return r
}

// full says that there is no room left, where that is the reason.
func full(err error) error {
	if db.Full(err) {
		return errStorage.Because(err)
	}
	return err
}

var errStorage = errs.New(errs.Unavailable, "storage_full").After(storageWait)

// speak chooses the language of a request: the one asked for in the address,
// the one chosen before at the door, or what the browser asks for.
func speak(ctx context.Context, r *http.Request) context.Context {
	return i18n.Later(ctx, func() string { return language(r) })
}

func language(r *http.Request) string {
	if asked := asked(r); i18n.Known(asked) || asked == i18n.Pseudo {
		return asked
	}
	if c, err := r.Cookie(langCookie); err == nil && i18n.Known(c.Value) {
		return c.Value
	}
	return i18n.Match(r.Header.Get("Accept-Language"))
}

// asked is the language that the address asks for.
func asked(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("lang")
}

const langCookie = "np-lang"

// remember keeps the language that was chosen at the door.
func (a *App) remember(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked := asked(r); asked != "" && i18n.Known(asked) && !strings.HasPrefix(r.URL.Path, "/v1/") {
			http.SetCookie(w, &http.Cookie{
				Name: langCookie, Value: asked, Path: "/", MaxAge: 365 * 24 * 3600, Secure: a.Config.Base.Scheme == "https", SameSite: http.SameSiteLaxMode, HttpOnly: true,
			})
		}
		next.ServeHTTP(w, r)
	})
}
