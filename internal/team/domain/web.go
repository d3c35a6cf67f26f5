package domain

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path         = "/settings/sign-in-provider"
	domainsPath  = path + "/domains"
	sectionPath  = path + "#domains"
	addedWord    = "domain-added"
	verifiedWord = "domain-verified"
	removedWord  = "domain-removed"
)

// Web serves the page of the sign-in provider, with the domains on it.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Sections are what else stands on the page, above the domains.
	Sections func(r *http.Request) ([]templ.Component, error)
	// Ends are what stands below them.
	Ends func(r *http.Request) ([]templ.Component, error)
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	editor := route.Allowed(identity.EditPolicy)
	t.Add(
		route.Get(path, editor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(domainsPath, editor.WithProof(), route.Form, route.Plain, route.NoStore, h.add),
		route.Post(domainsPath+"/{domain}/verify", editor.WithProof(), route.Form, route.Guarded, route.NoStore, h.verify),
		route.Post(domainsPath+"/{domain}/remove", editor.WithProof(), route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// view is what the page shows of domains.
type view struct {
	Domains []Domain
	Sent    string // what was typed, if it was refused
	Said    string
	Faults  web.Faults
	Refused string // the domain whose check has failed
	Why     string
	Zone    *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	switch web.Flashed(w, r) {
	case addedWord:
		v.Said = i18n.T(r.Context(), "domain.said_added")
	case verifiedWord:
		v.Said = i18n.T(r.Context(), "domain.said_verified")
	case removedWord:
		v.Said = i18n.T(r.Context(), "domain.said_removed")
	}
	return h.page(w, r, http.StatusOK, v)
}

// Page answers with the whole page when a form of another section was posted.
// part stands in place of Sections, and fault is the label of what is wrong.
func (h Web) Page(w http.ResponseWriter, r *http.Request, status int, part templ.Component, fault string) error {
	return h.framed(w, r, status, view{}, []templ.Component{part}, fault)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	above, err := h.Sections(r)
	if err != nil {
		return err
	}
	fault := ""
	if len(v.Faults) > 0 {
		fault = i18n.T(r.Context(), "domain.name")
	}
	return h.framed(w, r, status, v, above, fault)
}

func (h Web) framed(w http.ResponseWriter, r *http.Request, status int, v view, above []templ.Component, fault string) (err error) {
	c := session.Of(r.Context())
	if v.Domains, err = h.Service.List(r.Context(), c.Actor); err != nil {
		return err
	}
	below, err := h.Ends(r)
	if err != nil {
		return err
	}
	v.Zone = c.User.Place()
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Fault = i18n.T(r.Context(), "domain.page"), fault
	}, page(v, above, below))
}

func (h Web) add(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	sent := r.PostFormValue("domain")
	if _, err := h.Service.Add(r.Context(), session.Actor(r.Context()), sent); err != nil {
		faults, other := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if other != nil {
			return other
		}
		return h.page(w, r, web.Refusal(w.Header(), err), view{Sent: sent, Faults: faults})
	}
	web.Flash(w, r, addedWord)
	return web.SeeOther(w, r, sectionPath)
}

func (h Web) verify(w http.ResponseWriter, r *http.Request) error {
	d, err := h.Service.Verify(r.Context(), session.Actor(r.Context()), r.PathValue("domain"))
	if err != nil {
		faults, other := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if other != nil || d.Domain == "" {
			return err
		}
		return h.page(w, r, web.Refusal(w.Header(), err), view{Refused: d.Domain, Why: faults[0].Text})
	}
	web.Flash(w, r, verifiedWord)
	return web.SeeOther(w, r, sectionPath)
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Actor(r.Context()), r.PathValue("domain")); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, sectionPath)
}

func (v view) rows(ctx context.Context) []ui.Row {
	all := make([]ui.Row, len(v.Domains))
	for i, d := range v.Domains {
		all[i] = ui.Row{
			Icon: "globe", Name: d.Domain, Tags: []ui.Tag{tagOf(ctx, d)}, Meta: v.meta(ctx, d), Act: acts(d), Below: true,
		}
		if d.State() != Verified {
			all[i].More = recordOf(d, v.why(ctx, d))
		}
	}
	return all
}

// why says what the last look at a domain has come to.
func (v view) why(ctx context.Context, d Domain) ui.Line {
	switch {
	case d.Domain == v.Refused:
		return ui.Line{Tone: ui.Bad, Text: v.Why}
	case d.State() == Missing:
		return ui.Line{Tone: ui.Warn, Text: i18n.T(ctx, "domain.missing_until", "When", i18n.Date(ctx, d.MissingSince.V.Add(grace).In(v.Zone)))}
	}
	return ui.Line{}
}

func (v view) meta(ctx context.Context, d Domain) string {
	if d.VerifiedAt.Valid {
		return i18n.T(ctx, "domain.since", "When", i18n.Date(ctx, d.VerifiedAt.V.In(v.Zone)))
	}
	return i18n.T(ctx, "domain.named", "When", i18n.Date(ctx, d.CreatedAt.In(v.Zone)))
}

func tagOf(ctx context.Context, d Domain) ui.Tag {
	switch d.State() {
	case Verified:
		return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "domain.verified")}
	case Missing:
		return ui.Tag{Tone: ui.Warn, Icon: "alert", Word: i18n.T(ctx, "domain.missing")}
	}
	return ui.Tag{Icon: "clock", Word: i18n.T(ctx, "domain.pending")}
}
