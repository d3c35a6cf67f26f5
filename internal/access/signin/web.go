package signin

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// home is where people land after signing in.
const home = "/settings/profile"

// Web serves the sign-in page.
type Web struct {
	Service *Service
	Shell   web.Shell
	// SignUp says whether the page offers to sign up.
	SignUp func(r *http.Request) bool
	// Passkeys says whether passkeys can be used at the server's address.
	Passkeys bool
	// Provider returns where people with an address sign in, whoever has it; an
	// empty name is here.
	Provider func(ctx context.Context, address string) (name, start string, err error)
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get("/{$}", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.root),
		route.Get("/sign-in", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post("/sign-in", route.Visitor, route.Form, route.Guarded, route.NoStore, h.signIn),
		route.Post(passkeyPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.byPasskey),
		route.Get(secondPath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.showSecond),
		route.Post(secondPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.second),
		route.Post(sendPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.send),
		route.Get(providerPath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.askProvider),
		route.Post(providerPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.toProvider),
		route.Post("/sign-out", route.Halfway, route.Form, route.Plain, route.NoStore, h.signOut),
		route.Post("/session/organization", route.Person, route.Form, route.Plain, route.NoStore, h.choose),
	)
}

// view is what the page shows.
type view struct {
	Email    string
	Return   string
	SignUp   bool
	Passkeys bool
	Wrong    string // what went wrong, in words
	Provider string // where the person signs in instead
	Start    string // and where that begins
}

func (h Web) root(w http.ResponseWriter, r *http.Request) error {
	if session.Actor(r.Context()).SignedIn() {
		return web.SeeOther(w, r, home)
	}
	return web.SeeOther(w, r, "/sign-in")
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	back := web.ReturnPath(r.URL.Query().Get("return_to"), home)
	if session.Actor(r.Context()).SignedIn() {
		return web.SeeOther(w, r, back)
	}
	return h.page(w, r, http.StatusOK, view{Return: back, Email: hint(r)})
}

// hint is the address that an app expects to sign in.
func hint(r *http.Request) string {
	const most = 254
	if text := r.URL.Query().Get("login_hint"); len(text) <= most && strings.Contains(text, "@") {
		return text
	}
	return ""
}

func (h Web) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := view{Email: r.PostFormValue("email"), Return: web.ReturnPath(r.PostFormValue("return_to"), home)}
	given := secret.Secret(r.PostFormValue("password"))
	if given == "" {
		if v, err := h.provided(r.Context(), v); err != nil || v.Provider != "" {
			return orPage(err, func() error { return h.lead(w, r, v) })
		}
	}
	in, err := h.Service.SignIn(r.Context(), BrowserOf(r), v.Email, given)
	if errors.Is(err, policy.ErrElsewhere) {
		if v, err := h.provided(r.Context(), v); err != nil || v.Provider != "" {
			return orPage(err, func() error { return h.page(w, r, http.StatusForbidden, v) })
		}
	}
	if err != nil {
		return h.refuse(w, r, v, err)
	}
	return web.SeeOther(w, r, in.Give(w, r, v.Return))
}

// refuse shows the page again with what went wrong.
func (h Web) refuse(w http.ResponseWriter, r *http.Request, v view, err error) error {
	err = web.Settle(h.Shell.Log, r, err)
	faults, other := web.FaultsOf(r.Context(), err)
	if other != nil {
		return other
	}
	v.Wrong = faults[0].Text
	return h.page(w, r, web.Refusal(w.Header(), err), v)
}

func (h Web) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.SignOut(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	Leave(w, r)
	return web.SeeOther(w, r, "/sign-in")
}

// choose is the menu of organizations, on every page.
func (h Web) choose(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if _, err := h.Service.Switch(r.Context(), session.Of(r.Context()), r.PostFormValue("organization")); err != nil {
		return err
	}
	return web.SeeOther(w, r, web.ReturnPath(r.PostFormValue("return_to"), home))
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	v.SignUp, v.Passkeys = h.SignUp(r), h.Passkeys
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title = i18n.T(r.Context(), "signin.title")
		g.Fault = ""
	}, page(v))
}

// Give sets the cookies of a sign-in and says where the browser goes on: to
// back, or to the second factor first.
func (in Entered) Give(w http.ResponseWriter, r *http.Request, back string) string {
	in.give(w, r)
	if len(in.Factors) > 0 {
		return returning(secondPath, back)
	}
	return back
}

// give sets the cookies of a sign-in.
func (in Entered) give(w http.ResponseWriter, r *http.Request) {
	secure := edge.Of(r.Context()).Secure
	session.SetCookie(w, secure, in.Token)
	if in.Device != "" {
		device.SetCookie(w, secure, in.Device)
	}
}

// Leave takes everything that the browser keeps of the session.
func Leave(w http.ResponseWriter, r *http.Request) {
	session.ClearCookie(w, edge.Of(r.Context()).Secure)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

// BrowserOf is what a request says of its browser.
func BrowserOf(r *http.Request) Browser {
	c, info := session.Of(r.Context()), edge.Of(r.Context())
	origin := identity.Page
	if route.IsAPI(r.URL.Path) {
		origin = identity.API
	}
	return Browser{
		Session: c.Session.ID, Device: device.Cookie(r), UserAgent: r.UserAgent(),
		Address: info.Client.String(), Network: info.Network(), Origin: origin,
	}
}
