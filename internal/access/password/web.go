package password

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	securityPath = "/settings/security"
	changedWord  = "password-changed-" // and how many other devices were signed out
)

// Web serves the security page and the pages of a forgotten password.
type Web struct {
	Changes *Changes
	Shell   web.Shell
	// Provided says where the password is changed, if an identity provider has
	// it; nil otherwise.
	Provided func(ctx context.Context, user identity.User) (*ui.Lock, error)
	// Sections are further ones of the security page, below the password.
	Sections func(r *http.Request) ([]templ.Component, error)
	// Origin says who set a rule, and who can change it.
	Origin func(ctx context.Context, v policy.Value) string
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(securityPath, route.Person.ForSetUp(), route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(securityPath+"/password", route.Person.Changing(string(identity.PasswordField)), route.Form, route.Guarded, route.NoStore, h.change),
		route.Get("/.well-known/change-password", route.Public, route.NoBody, route.Plain, route.NoStore, wellKnown),
		route.Get("/forgot-password", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.forgot),
		route.Post("/forgot-password", route.Visitor, route.Form, route.Guarded, route.NoStore, h.ask),
		route.Get("/reset-password", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.link),
		route.Post("/reset-password", route.Visitor, route.Form, route.Guarded, route.NoStore, h.confirm),
	)
}

// wellKnown leads password managers to the form (W3C, A Well-Known URL for
// Changing Passwords).
func wellKnown(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, securityPath+"#password")
}

// view is what the security page shows.
type view struct {
	Email    string
	Rules    []ui.Rule
	Origin   string     // who set the rules, where somebody has
	Faults   web.Faults // of this form
	Others   web.Faults // of a further section's
	Said     string
	Sections []templ.Component
	Lock     *ui.Lock // an identity provider has the password
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	if n, ok := strings.CutPrefix(web.Flashed(w, r), changedWord); ok {
		if count, err := strconv.Atoi(n); err == nil {
			v.Said = i18n.T(r.Context(), "password.changed", "Count", count)
		}
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) change(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	fresh := r.PostFormValue("new_password")
	var done Changed
	err := error(ErrDiffer)
	if fresh == r.PostFormValue("repeat_password") {
		done, err = h.Changes.Change(r.Context(), session.Of(r.Context()), device.Cookie(r), secret.Secret(r.PostFormValue("current_password")), secret.Secret(fresh))
	}
	if errors.Is(err, session.ErrStale) {
		err = ErrCurrent
	}
	if err != nil {
		status := web.Refusal(w.Header(), err)
		faults, err := h.faults(r, err)
		if err != nil {
			return err
		}
		return h.page(w, r, status, view{Faults: faults})
	}
	session.SetCookie(w, edge.Of(r.Context()).Secure, done.Session)
	web.Flash(w, r, changedWord+strconv.FormatInt(done.SignedOut, 10))
	return web.SeeOther(w, r, securityPath+"#password")
}

// Refuse answers with the whole page when the form of a further section was
// refused. field is the label of what is wrong.
func (h Web) Refuse(w http.ResponseWriter, r *http.Request, status int, field string, faults web.Faults) error {
	return h.framed(w, r, status, field, view{Others: faults})
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	field := ""
	if len(v.Faults) > 0 {
		field = i18n.T(r.Context(), "password.title")
	}
	return h.framed(w, r, status, field, v)
}

func (h Web) framed(w http.ResponseWriter, r *http.Request, status int, field string, v view) error {
	c := session.Of(r.Context())
	email, err := identity.PrimaryEmail(r.Context(), h.Changes.DB, c.User.ID)
	if err != nil {
		return err
	}
	set, err := policy.Account(r.Context(), h.Changes.DB, c.Memberships)
	if err != nil {
		return err
	}
	if v.Sections, err = h.Sections(r); err != nil {
		return err
	}
	if v.Lock, err = h.Provided(r.Context(), c.User); err != nil {
		return err
	}
	v.Email, v.Rules = email.Address, LiveRules(r.Context(), RulesOf(set))
	if rule := policy.PasswordPreset.Value(set); !rule.SetAt.IsZero() {
		v.Origin = h.Origin(r.Context(), rule)
	} else if rule := policy.PasswordMinLength.Value(set); !rule.SetAt.IsZero() {
		v.Origin = h.Origin(r.Context(), rule)
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout, f.Fault = i18n.T(r.Context(), "password.security"), ui.LayoutPlain, field
	}, securityPage(v))
}

func (h Web) forgot(w http.ResponseWriter, r *http.Request) error {
	return h.door(w, r, http.StatusOK, "password.forgot", "password.forgot_lead", forgotPage("", nil))
}

func (h Web) ask(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	address := r.PostFormValue("email")
	if err := h.Changes.Ask(r.Context(), address); err != nil {
		status := web.Refusal(w.Header(), err)
		faults, err := h.faults(r, err)
		if err != nil {
			return err
		}
		return h.door(w, r, status, "password.forgot", "password.forgot_lead", forgotPage(address, faults))
	}
	return h.door(w, r, http.StatusOK, "password.asked", "password.asked_lead", askedPage())
}

func (h Web) link(w http.ResponseWriter, r *http.Request) error {
	return h.resetPage(w, r, http.StatusOK, r.URL.Query().Get("token"), nil)
}

func (h Web) confirm(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	in := Reset{
		Token: r.PostFormValue("token"), Fresh: secret.Secret(r.PostFormValue("new_password")),
		Previous: secret.Secret(r.PostFormValue("previous_password")),
	}
	known, err := h.Changes.Confirm(r.Context(), session.Actor(r.Context()), device.Cookie(r), in)
	if err != nil {
		status := web.Refusal(w.Header(), err)
		faults, err := h.faults(r, err)
		if err != nil {
			return err
		}
		return h.resetPage(w, r, status, in.Token, faults)
	}
	secure := edge.Of(r.Context()).Secure
	session.ClearCookie(w, secure)
	device.SetCookie(w, secure, known)
	return h.door(w, r, http.StatusOK, "password.done", "password.done_lead", donePage())
}

func (h Web) faults(r *http.Request, err error) (web.Faults, error) {
	return web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
}

func (h Web) resetPage(w http.ResponseWriter, r *http.Request, status int, token string, faults web.Faults) error {
	edge.TokenPage(w.Header())
	lead, err := h.Changes.Leads(r.Context(), token)
	if errors.Is(err, once.ErrToken) {
		return h.door(w, r, http.StatusUnprocessableEntity, "password.dead", "password.dead_lead", deadPage())
	}
	if err != nil {
		return err
	}
	return h.door(w, r, status, "password.reset", "password.reset_lead", newPage(token, lead, LiveRules(r.Context(), lead.Rules), faults))
}

func (h Web) door(w http.ResponseWriter, r *http.Request, status int, title, lead string, body templ.Component) error {
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), title), i18n.T(r.Context(), lead)
	}, body)
}
