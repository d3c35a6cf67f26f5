package signup

import (
	"net/http"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const home = "/settings/profile"

// Web serves signing up and the page of the mail's link.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Rules are the rules of a new password, for the live checklist.
	Rules func(r *http.Request) ([]ui.Rule, error)
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get("/sign-up", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post("/sign-up", route.Visitor, route.Form, route.Guarded, route.NoStore, h.start),
		route.Get("/set-up", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.setUp),
		route.Get("/sign-up/code", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.code),
		route.Post("/sign-up/code", route.Visitor, route.Form, route.Guarded, route.NoStore, h.verifyCode),
		route.Get("/verify", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.link),
		route.Post("/verify", route.Visitor, route.Form, route.Guarded, route.NoStore, h.verifyLink),
	)
}

// startView is what the sign-up page shows.
type startView struct {
	Request Request
	First   bool
	Rules   []ui.Rule
	Faults  web.Faults
}

// proofView is what the pages for code and link show.
type proofView struct {
	Email       string
	Token       string
	NewPassword bool // the proof comes from elsewhere
	Dead        bool // the link leads nowhere
	Rules       []ui.Rule
	Faults      web.Faults
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	if session.Actor(r.Context()).SignedIn() {
		return web.SeeOther(w, r, home)
	}
	return h.startPage(w, r, http.StatusOK, startView{})
}

// setUp is the sign-up page behind the one-time link that the start prints.
func (h Web) setUp(w http.ResponseWriter, r *http.Request) error {
	edge.TokenPage(w.Header())
	return h.startPage(w, r, http.StatusOK, startView{Request: Request{Setup: r.URL.Query().Get("token")}})
}

func (h Web) startPage(w http.ResponseWriter, r *http.Request, status int, v startView) (err error) {
	if v.First, err = h.Service.Allowed(r.Context(), h.browser(r), v.Request.Setup); err != nil {
		return err
	}
	if v.Rules, err = h.Rules(r); err != nil {
		return err
	}
	title := i18n.T(r.Context(), "signup.title")
	lead := i18n.T(r.Context(), "signup.lead")
	if v.First {
		lead = i18n.T(r.Context(), "signup.lead_first")
	}
	return h.door(w, r, status, title, lead, v.Faults, start(v))
}

func (h Web) start(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	req := Request{
		Email: r.PostFormValue("email"), Password: secret.Secret(r.PostFormValue("password")), Setup: r.PostFormValue("setup"),
		DisplayName: r.PostFormValue("display_name"), Organization: r.PostFormValue("organization"),
	}
	out, err := h.Service.Start(r.Context(), h.browser(r), req)
	if err != nil {
		return h.startAgain(w, r, req, err)
	}
	secure := edge.Of(r.Context()).Secure
	if out.SignedIn {
		out.give(w, secure)
		return web.SeeOther(w, r, home)
	}
	setMark(w, secure, out.Mark)
	setAddress(w, secure, req.Email)
	return web.SeeOther(w, r, "/sign-up/code")
}

func (h Web) startAgain(w http.ResponseWriter, r *http.Request, req Request, err error) error {
	faults, err := h.faults(r, err)
	if err != nil {
		return err
	}
	return h.startPage(w, r, http.StatusUnprocessableEntity, startView{Request: req, Faults: faults})
}

func (h Web) code(w http.ResponseWriter, r *http.Request) error {
	return h.codePage(w, r, http.StatusOK, proofView{Email: address(r)})
}

func (h Web) codePage(w http.ResponseWriter, r *http.Request, status int, v proofView) (err error) {
	if v.Rules, err = h.Rules(r); err != nil {
		return err
	}
	lead := i18n.T(r.Context(), "signup.code_lead")
	return h.door(w, r, status, i18n.T(r.Context(), "signup.code_title"), lead, v.Faults, code(v))
}

func (h Web) verifyCode(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := Proof{Email: r.PostFormValue("email"), Code: r.PostFormValue("code"), Password: secret.Secret(r.PostFormValue("password"))}
	out, err := h.Service.Verify(r.Context(), h.browser(r), p)
	if err != nil {
		faults, other := h.faults(r, err)
		if other != nil {
			return other
		}
		return h.codePage(w, r, web.Refusal(w.Header(), err), proofView{Email: p.Email, NewPassword: h.elsewhere(err, p), Faults: faults})
	}
	return h.welcome(w, r, out)
}

func (h Web) link(w http.ResponseWriter, r *http.Request) error {
	return h.linkPage(w, r, http.StatusOK, proofView{Token: r.URL.Query().Get("token")})
}

func (h Web) linkPage(w http.ResponseWriter, r *http.Request, status int, v proofView) (err error) {
	edge.TokenPage(w.Header())
	same, err := h.Service.Waits(r.Context(), h.browser(r), v.Token)
	if isDead(err) {
		status, v.Dead, v.Faults = http.StatusUnprocessableEntity, true, nil
	} else if err != nil {
		return err
	}
	v.NewPassword = !same
	if v.Rules, err = h.Rules(r); err != nil {
		return err
	}
	title, lead := i18n.T(r.Context(), "signup.link_title"), i18n.T(r.Context(), "signup.link_lead")
	switch {
	case v.Dead:
		title, lead = i18n.T(r.Context(), "signup.dead_title"), i18n.T(r.Context(), "signup.dead_lead")
	case v.NewPassword:
		lead = i18n.T(r.Context(), "signup.link_elsewhere")
	}
	return h.door(w, r, status, title, lead, v.Faults, link(v))
}

func (h Web) verifyLink(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := Proof{Token: r.PostFormValue("token"), Password: secret.Secret(r.PostFormValue("password"))}
	out, err := h.Service.Verify(r.Context(), h.browser(r), p)
	if err != nil {
		faults, err := h.faults(r, err)
		if err != nil {
			return err
		}
		return h.linkPage(w, r, http.StatusUnprocessableEntity, proofView{Token: p.Token, Faults: faults})
	}
	return h.welcome(w, r, out)
}

func (h Web) welcome(w http.ResponseWriter, r *http.Request, out Outcome) error {
	secure := edge.Of(r.Context()).Secure
	out.give(w, secure)
	clearMark(w, secure)
	return web.SeeOther(w, r, home)
}

func (h Web) faults(r *http.Request, err error) (web.Faults, error) {
	return web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
}

func (h Web) door(w http.ResponseWriter, r *http.Request, status int, title, lead string, f web.Faults, body component) error {
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = title, lead
		if len(f) > 0 {
			g.Fault = f[0].Text
		}
	}, body)
}

func (h Web) browser(r *http.Request) Browser {
	b := BrowserOf(r)
	b.Page, b.Origin = true, identity.Page
	return b
}
