package openid

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	credentials = "/settings/credentials"
	appsPath    = credentials + "/apps"
	clientsPath = credentials + "/clients"

	endedWord   = "app-ended"
	savedWord   = "app-saved"
	removedWord = "app-removed"
)

// Web serves the pages between an app and its people, the list of the apps that
// somebody has allowed something, and what a client is as an app.
type Web struct {
	Service *Service
	Shell   web.Shell
	// SignOut ends the session of a request.
	SignOut func(w http.ResponseWriter, r *http.Request) error
	// Page answers with the whole page of a client, of which Part is a part.
	Page func(w http.ResponseWriter, r *http.Request, status int, part templ.Component, fault string) error
}

// Mount adds the routes.
func (h Web) Mount(t *route.Table) {
	connects := route.Allowed(identity.Connect).WithProof()
	t.Add(
		route.Get(authorizePath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.authorize),
		route.Post(authorizePath, route.Person, route.Form, route.Guarded, route.NoStore, h.decide),
		route.Get(logoutPath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.logout),
		route.Post(logoutPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.signOut),
		route.Post(appsPath+"/{id}/disconnect", route.Person, route.Form, route.Plain, route.NoStore, h.disconnect),
		route.Post(clientsPath+"/{id}/sign-in", connects, route.Form, route.Guarded, route.NoStore, h.save),
		route.Post(clientsPath+"/{id}/sign-in/remove", connects, route.Form, route.Plain, route.NoStore, h.remove),
	)
}

func (h Web) authorize(w http.ResponseWriter, r *http.Request) error {
	a, err := h.Service.Read(r.Context(), asked(r.URL.Query()))
	step := SignIn
	if err == nil {
		step, err = h.Service.Next(r.Context(), session.Of(r.Context()), a)
	}
	if err != nil {
		return h.refuse(w, r, a, err, a.returned())
	}
	return h.take(w, r, a, step)
}

// asked is what an app asked; the language of the page is no part of it.
func asked(q url.Values) url.Values {
	q.Del("lang")
	return q
}

// refuse sends a refusal to the app; any other error is ours.
func (h Web) refuse(w http.ResponseWriter, r *http.Request, a Ask, err error, hop bool) error {
	var no *Refusal
	if !errors.As(err, &no) {
		return err
	}
	return h.lead(w, r, a, h.Service.Answer(a, "error", no.Code, "error_description", no.Words), hop)
}

// take does the next step.
func (h Web) take(w http.ResponseWriter, r *http.Request, a Ask, step Step) error {
	switch step {
	case SignIn:
		q := url.Values{"return_to": {h.Service.Again(a)}}
		if a.LoginHint != "" {
			q.Set("login_hint", a.LoginHint)
		}
		return web.SeeOther(w, r, "/sign-in?"+q.Encode())
	case Prove:
		return web.SeeOther(w, r, "/reauthenticate?"+url.Values{"again": {""}, "return_to": {h.Service.Again(a)}}.Encode())
	case Consent:
		return h.consent(w, r, a)
	}
	code, err := h.Service.Code(r.Context(), session.Of(r.Context()), a)
	if err != nil {
		return h.refuse(w, r, a, err, a.returned())
	}
	return h.lead(w, r, a, h.Service.Answer(a, "code", code.Reveal()), a.returned())
}

// lead sends the browser to the app. Where it comes from a form of ours it goes
// by way of a page: the form may lead to nowhere else.
func (h Web) lead(w http.ResponseWriter, r *http.Request, a Ask, to string, hop bool) error {
	edge.TokenPage(w.Header())
	if !hop {
		return web.SeeOther(w, r, to)
	}
	w.Header().Set("Refresh", "0; url="+to)
	return h.Shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title, g.Languages = i18n.T(r.Context(), "openid.on_title", "App", a.App.Name), nil
	}, goOn(a.App.Name, to))
}

// question is what the page of consent shows.
type question struct {
	Ask
	Request string // the whole of it, as a query
	Person  ui.Picture
	Name    string
	Email   string
	Member  bool
	Org     string
}

func (h Web) consent(w http.ResponseWriter, r *http.Request, a Ask) error {
	ctx, c := r.Context(), session.Of(r.Context())
	org, err := identity.GetOrganization(ctx, h.Service.DB, a.App.OrganizationID)
	if err != nil {
		return err
	}
	email, err := identity.PrimaryEmail(ctx, h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	v := question{Ask: a, Request: a.query.Encode(), Name: c.User.Name(), Email: email.Address, Org: org.Name}
	v.Person = ui.Picture{URL: identity.AvatarOf("", c.User, c.Actor.Membership).Sizes["96"]}
	v.Member = slices.ContainsFunc(c.Memberships, func(m identity.Membership) bool { return m.OrganizationID == a.App.OrganizationID })
	if to, err := url.Parse(a.Redirect); err == nil {
		edge.FormsLeadTo(w.Header(), to.Scheme+"://"+to.Host)
	}
	return h.Shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title = i18n.T(ctx, "openid.consent_title", "App", a.App.Name)
		g.Lead = i18n.T(ctx, "openid.consent_lead", "App", a.App.Name, "Organization", org.Name)
		if !v.Member {
			g.Title, g.Lead = i18n.T(ctx, "openid.stranger_title", "App", a.App.Name), i18n.T(ctx, "openid.stranger_lead", "Organization", org.Name)
		}
		g.Logo = identity.LogoOf("", org.Logo).Sizes["96"]
	}, consentPage(v))
}

// decide takes the answer to the page of consent.
func (h Web) decide(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, c := r.Context(), session.Of(r.Context())
	q, err := url.ParseQuery(r.PostFormValue("request"))
	if err != nil {
		return ErrNoApp
	}
	a, err := h.Service.Read(ctx, asked(q))
	if err != nil {
		return h.refuse(w, r, a, err, false)
	}
	switch r.PostFormValue("answer") {
	case "allow":
	case "switch":
		if err := h.SignOut(w, r); err != nil {
			return err
		}
		return h.take(w, r, a, SignIn)
	default:
		return h.refuse(w, r, a, refused("access_denied", ""), false)
	}
	step, err := h.Service.Next(ctx, c, a)
	if err == nil && step == Prove {
		return h.take(w, r, a, step)
	}
	if err == nil {
		err = h.Service.Allow(ctx, c, a)
	}
	if err != nil {
		return h.refuse(w, r, a, err, false)
	}
	code, err := h.Service.Code(ctx, c, a)
	if err != nil {
		return h.refuse(w, r, a, err, false)
	}
	return h.lead(w, r, a, h.Service.Answer(a, "code", code.Reveal()), false)
}

// may says what a scope tells an app.
func may(ctx context.Context, scope string) string {
	switch scope {
	case ScopeProfile:
		return i18n.T(ctx, "openid.may_profile")
	case ScopeEmail:
		return i18n.T(ctx, "openid.may_email")
	case ScopePhone:
		return i18n.T(ctx, "openid.may_phone")
	case ScopeOffline:
		return i18n.T(ctx, "openid.may_offline")
	}
	return i18n.T(ctx, "openid.may_openid")
}

func (v question) terms(ctx context.Context) []string {
	all := make([]string, len(v.Scopes))
	for i, s := range v.Scopes {
		all[i] = may(ctx, s)
	}
	return all
}

func (h Web) logout(w http.ResponseWriter, r *http.Request) error {
	c, q := session.Of(r.Context()), asked(r.URL.Query())
	l, err := h.Service.Leave(r.Context(), c, q)
	if err != nil {
		return err
	}
	if c.Session.ID == "" {
		return h.gone(w, r, l)
	}
	if l.Sure {
		if err := h.SignOut(w, r); err != nil {
			return err
		}
		return h.gone(w, r, l)
	}
	if to, err := url.Parse(l.To); err == nil && l.To != "" {
		edge.FormsLeadTo(w.Header(), to.Scheme+"://"+to.Host)
	}
	return h.Shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title = i18n.T(r.Context(), "openid.leave_title")
		g.Lead = i18n.T(r.Context(), "openid.leave_lead")
	}, leavePage(l, q.Encode()))
}

// signOut is what the person answers.
func (h Web) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	q, err := url.ParseQuery(r.PostFormValue("request"))
	if err != nil {
		return ErrLogout
	}
	c := session.Of(r.Context())
	l, err := h.Service.Leave(r.Context(), c, asked(q))
	if err != nil {
		return err
	}
	if c.Session.ID != "" {
		if err := h.SignOut(w, r); err != nil {
			return err
		}
	}
	return h.gone(w, r, l)
}

// gone leads to where the app wants people to be then.
func (h Web) gone(w http.ResponseWriter, r *http.Request, l Leaving) error {
	if l.To == "" {
		return web.SeeOther(w, r, "/sign-in")
	}
	return web.SeeOther(w, r, l.To)
}

// listed is the part of the page of credentials.
type listed struct {
	Apps []Connected
	Said string
	Now  time.Time
	Zone *time.Location
}

// Sections are the parts of the page of credentials.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	all, err := h.Service.Apps(r.Context(), c.User.ID)
	if err != nil {
		return nil, err
	}
	v := listed{Apps: all, Now: h.Service.Clock.Now(), Zone: c.User.Place()}
	if web.Said(r) == endedWord {
		v.Said = i18n.T(r.Context(), "openid.ended")
	}
	return []templ.Component{appsSection(v)}, nil
}

func (v listed) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Apps))
	for i, a := range v.Apps {
		var knows []string
		for _, s := range a.Scopes[1:] { // the first is openid: who they are
			knows = append(knows, may(ctx, s))
		}
		if len(knows) == 0 {
			knows = []string{may(ctx, ScopeOpenID)}
		}
		rows[i] = ui.Row{
			Icon: "plug", Name: a.Name, Meta: strings.Join(knows, " · "), Act: disconnect(a),
			Side: i18n.T(ctx, "token.used", "When", i18n.Relative(ctx, v.Now.In(v.Zone), a.LastUsedAt.In(v.Zone))),
		}
	}
	return rows
}

func (h Web) disconnect(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Disconnect(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, endedWord)
	return web.SeeOther(w, r, credentials+"#apps")
}

// settings is what the page of a client shows of it as an app.
type settings struct {
	App
	Base   string
	Faults web.Faults
	Said   string
}

// Part is the part of the page of a client.
func (h Web) Part(r *http.Request, clientID string) (templ.Component, error) {
	app, err := h.Service.Of(r.Context(), session.Of(r.Context()).Actor, clientID)
	if err != nil {
		return nil, err
	}
	v := settings{App: app, Base: h.Service.Issuer()}
	switch web.Said(r) {
	case savedWord:
		v.Said = i18n.T(r.Context(), "openid.saved")
	case removedWord:
		v.Said = i18n.T(r.Context(), "openid.removed")
	}
	return settingsPart(v), nil
}

func (h Web) save(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	wish := App{
		ClientID: r.PathValue("id"), Redirects: strings.Fields(r.PostFormValue("redirect_uris")),
		Logouts: strings.Fields(r.PostFormValue("post_logout_redirect_uris")), Backchannel: r.PostFormValue("backchannel_logout_uri"),
	}
	if err := h.Service.Save(r.Context(), session.Of(r.Context()).Actor, wish); err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		return h.Page(w, r, status, settingsPart(settings{App: wish, Base: h.Service.Issuer(), Faults: faults}), faults[0].Text)
	}
	web.Flash(w, r, savedWord)
	return web.SeeOther(w, r, clientsPath+"/"+wish.ClientID+"#sign-in")
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.Service.Remove(r.Context(), session.Of(r.Context()).Actor, id); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, clientsPath+"/"+id+"#sign-in")
}

func lines(all []string) string { return strings.Join(all, "\n") }

// submitting makes a button send its form.
func submitting(b ui.Button) ui.Button { b.Submit = true; return b }
