package request

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	profilePath  = "/settings/profile"
	securityPath = "/settings/security#email"
	membersPath  = "/settings/members"
	teamPath     = membersPath + "/requests"
	pageSize     = 50

	sentWord      = "request-sent"
	withdrawnWord = "request-withdrawn"
	approvedWord  = "request-approved"
	declinedWord  = "request-declined"
)

// ownPath is the page of a field's requests.
func ownPath(field string) string { return profilePath + "/request/" + field }

// Web serves the page on which a person asks for a change, and the one on which
// the organization decides.
type Web struct {
	Service *Service
	Shell   web.Shell

	// Input is the control that edits a field of the caller's profile.
	Input func(r *http.Request, field string) (ui.Field, error)
	// NameOf names a person, or nobody.
	NameOf func(ctx context.Context, userID string) string
}

// Mount adds the routes of the pages. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	const one, mine = teamPath + "/{org}/{id}", profilePath + "/request/{field}"
	decides := route.Allowed(identity.ManageMembers)
	t.Add(
		route.Get(mine, route.Person, route.NoBody, route.Plain, route.NoStore, h.ask),
		route.Post(mine, route.Person, route.Form, route.Guarded, route.NoStore, h.propose),
		route.Post(mine+"/withdraw", route.Person, route.Form, route.Plain, route.NoStore, h.withdraw),
		route.Get(teamPath, decides, route.NoBody, route.Plain, route.NoStore, h.list),
		route.Post(one+"/approve", decides, route.Form, route.Plain, route.NoStore, h.approve),
		route.Post(one+"/decline", decides, route.Form, route.Plain, route.NoStore, h.decline),
	)
}

// clocked tells times as the reader's clock does.
type clocked struct {
	Now  time.Time
	Zone *time.Location
}

func (h Web) clocked(c session.Caller) clocked {
	return clocked{h.Service.Clock.Now(), c.User.Place()}
}

func (k clocked) ago(ctx context.Context, at time.Time) string {
	return i18n.Relative(ctx, k.Now.In(k.Zone), at.In(k.Zone))
}

func (k clocked) date(ctx context.Context, at time.Time) string { return i18n.Date(ctx, at.In(k.Zone)) }

// askView is what the page of a person's request shows.
type askView struct {
	Field  string
	Label  string
	Orgs   []identity.Membership
	Input  ui.Field
	Held   string // what the field holds, in words
	Last   *Mine  // the newest request, however it stands
	Said   string
	Faults web.Faults
	clocked
}

func (h Web) ask(w http.ResponseWriter, r *http.Request) error {
	v := askView{}
	switch web.Flashed(w, r) {
	case sentWord:
		v.Said = i18n.T(r.Context(), "request.said_sent")
	case withdrawnWord:
		v.Said = i18n.T(r.Context(), "request.said_withdrawn")
	}
	return h.askPage(w, r, http.StatusOK, v, nil)
}

// askPage shows the page. typed is what a refused try has asked for.
func (h Web) askPage(w http.ResponseWriter, r *http.Request, status int, v askView, typed *string) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v.Field, v.clocked = r.PathValue("field"), h.clocked(c)
	if v.Orgs, err = h.Service.Asked(ctx, c, v.Field); err != nil {
		return h.elsewhere(w, r, err)
	}
	v.Label = h.Service.Label(ctx, v.Field)
	if v.Input, err = h.input(r, v.Field); err != nil {
		return err
	}
	v.Held = held(v.Input)
	found, _, err := h.Service.Own(ctx, c, Query{Field: v.Field, Limit: 1})
	if err != nil {
		return err
	}
	if len(found) > 0 && v.matters(found[0]) {
		v.Last = &found[0]
	}
	if typed != nil {
		v.Input.Value = *typed
	}
	v.Input.Error = v.Faults.Of("value")
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(ctx, "request.title")
		if len(v.Faults) > 0 {
			f.Fault = v.Label
		}
	}, askPage(v))
}

// elsewhere leads whoever needs not ask to where the field is.
func (h Web) elsewhere(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return session.ErrNotFound
	case errs.KindOf(err) == errs.Conflict || errs.KindOf(err) == errs.Denied:
		return web.SeeOther(w, r, profilePath)
	}
	return err
}

func (h Web) input(r *http.Request, field string) (ui.Field, error) {
	ctx := r.Context()
	f := ui.Field{Label: i18n.T(ctx, "request.new_email"), Type: "email", InputMode: "email", Autocomplete: "email"}
	if field == email {
		at, err := identity.PrimaryEmail(ctx, h.Service.DB, session.Of(ctx).User.ID)
		if err != nil {
			return f, err
		}
		f.Value = at.Address
	} else {
		var err error
		if f, err = h.Input(r, field); err != nil {
			return f, err
		}
	}
	f.Name, f.EnterKey = "value", "send"
	return f, nil
}

// held is the value of a field, or the words of its choice.
func held(f ui.Field) string {
	for _, o := range f.Options {
		if o.Value == f.Value && o.Label != "" {
			return o.Label
		}
	}
	return f.Value
}

// matters reports whether there is still something to say about the newest
// request: what was withdrawn is not worth a word.
func (v askView) matters(m Mine) bool {
	switch m.State {
	case Withdrawn, Replaced:
		return false
	case Approved:
		return v.Field == email && v.Now.Before(m.ExpiresAt)
	}
	return true
}

func (h Web) propose(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	field, value := r.PathValue("field"), r.PostFormValue("value")
	_, err := h.Service.Propose(r.Context(), session.Of(r.Context()), field, value)
	if err == nil {
		web.Flash(w, r, sentWord)
		return web.SeeOther(w, r, ownPath(field))
	}
	if k := errs.KindOf(err); k == errs.Conflict || k == errs.Denied {
		return h.elsewhere(w, r, err)
	}
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	return h.askPage(w, r, status, askView{Faults: faults}, &value)
}

func (h Web) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	field := r.PathValue("field")
	err := h.Service.Withdraw(r.Context(), session.Of(r.Context()), r.PostFormValue("id"))
	if errs.KindOf(err) == errs.Conflict {
		return web.SeeOther(w, r, ownPath(field)) // the page tells how it was decided
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, withdrawnWord)
	return web.SeeOther(w, r, ownPath(field))
}

// Ask is what stands in the lock of a field that can be asked for: a way to
// the page, and what waits already. There is none where nobody can be asked.
func (h Web) Ask(ctx context.Context, field string, c policy.Control) (button *ui.Button, waits string) {
	caller := session.Of(ctx)
	if c.State != policy.Request || len(caller.Memberships) == 0 {
		return nil, ""
	}
	button = &ui.Button{
		Label: i18n.T(ctx, "request.ask"), Object: i18n.T(ctx, "request.of", "Field", h.Service.Label(ctx, field)), Small: true, Href: ownPath(field),
	}
	found, _, err := h.Service.Own(ctx, caller, Query{Field: field, Limit: 1})
	if err != nil || len(found) == 0 || found[0].State != Open {
		return button, ""
	}
	button.Label = i18n.T(ctx, "request.see")
	return button, i18n.T(ctx, "request.waits", "Value", found[0].Value, "When", h.clocked(caller).date(ctx, found[0].ExpiresAt))
}
