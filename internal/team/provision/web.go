package provision

import (
	"context"
	"net/http"
	"strconv"
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
	providerPath = "/settings/sign-in-provider"
	path         = "/settings/provisioning"
	tokensPath   = path + "/tokens"

	revokedWord = "scim-token-revoked"
)

// Web serves the page of provisioning, and the part of the page of the sign-in
// provider that leads there.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	editor := route.Allowed(identity.EditPolicy)
	t.Add(
		route.Get(path, editor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(tokensPath, editor.WithProof(), route.Form, route.Guarded, route.NoStore, h.create),
		route.Post(tokensPath+"/{id}/revoke", editor.WithProof(), route.Form, route.Plain, route.NoStore, h.revoke),
	)
}

// view is what the page shows.
type view struct {
	Base     string
	Tokens   []Token
	Standing Standing
	Fresh    *ui.Secret
	Name     string // what was typed, if it was refused
	Said     string
	Faults   web.Faults
	Now      time.Time
	Zone     *time.Location
}

// Sections are what the page of the sign-in provider shows of it.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	v, err := h.view(r)
	return []templ.Component{door(v)}, err
}

func (h Web) view(r *http.Request) (v view, err error) {
	c := session.Of(r.Context())
	org := c.Actor.Membership.OrganizationID
	v = view{Base: h.Service.Base(org), Now: h.Service.Clock.Now(), Zone: c.User.Place()}
	if v.Tokens, err = h.Service.Tokens(r.Context(), c.Actor); err != nil {
		return v, err
	}
	v.Standing, err = h.Service.Standing(r.Context(), org)
	return v, err
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	said := ""
	if web.Flashed(w, r) == revokedWord {
		said = i18n.T(r.Context(), "provision.said_revoked")
	}
	return h.page(w, r, http.StatusOK, func(v *view) { v.Said = said })
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, set func(*view)) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	set(&v)
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "provision.page")
		if len(v.Faults) > 0 {
			f.Fault = v.Faults[0].Text
		}
	}, page(v))
}

func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, name := r.Context(), r.PostFormValue("name")
	t, text, err := h.Service.Make(ctx, session.Of(ctx), name)
	if err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		return h.page(w, r, status, func(v *view) { v.Name, v.Faults = name, faults })
	}
	return h.page(w, r, http.StatusOK, func(v *view) {
		v.Fresh = &ui.Secret{
			ID: "fresh", Icon: "key", Name: t.Name, Tag: i18n.T(ctx, "token.fresh"), Note: i18n.T(ctx, "provision.once"),
			Lines: []ui.SecretLine{{Text: text.Reveal(), Copy: i18n.T(ctx, "provision.copy_token")}},
		}
	})
}

func (h Web) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Revoke(r.Context(), session.Actor(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, revokedWord)
	return web.SeeOther(w, r, path+"#tokens")
}

// state is what the part of the other page says.
func (v view) state(ctx context.Context) string {
	if v.Standing.Kept == 0 {
		return i18n.T(ctx, "provision.not_yet")
	}
	return i18n.T(ctx, "provision.keeps", "Count", v.Standing.Active) + " " +
		i18n.T(ctx, "provision.last", "When", i18n.Relative(ctx, v.Now.In(v.Zone), v.Standing.Last.In(v.Zone)))
}

func (v view) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Tokens))
	for i, t := range v.Tokens {
		used := i18n.T(ctx, "token.unused")
		if t.LastUsedAt.Valid {
			used = i18n.T(ctx, "token.used", "When", i18n.Relative(ctx, v.Now.In(v.Zone), t.LastUsedAt.V.In(v.Zone)))
		}
		rows[i] = ui.Row{
			Icon: "key", Name: t.Name, Side: used, Act: revoking(t),
			Meta: i18n.T(ctx, "provision.token_made", "Prefix", t.Prefix, "When", i18n.Date(ctx, t.CreatedAt.In(v.Zone))),
		}
	}
	return rows
}

func (v view) facts(ctx context.Context) []ui.Fact {
	s := v.Standing
	return []ui.Fact{
		{Term: i18n.T(ctx, "provision.fact_last"), Value: ui.Time(s.Last, i18n.Relative(ctx, v.Now.In(v.Zone), s.Last.In(v.Zone)), i18n.DateTime(ctx, s.Last.In(v.Zone)))},
		{Term: i18n.T(ctx, "provision.fact_people"), Value: ui.Words(i18n.T(ctx, "provision.people", "Count", s.Active)), Note: v.suspended(ctx)},
		{Term: i18n.T(ctx, "provision.fact_groups"), Value: ui.Words(strconv.FormatInt(s.Groups, 10))},
	}
}

func (v view) suspended(ctx context.Context) string {
	if n := v.Standing.Kept - v.Standing.Active; n > 0 {
		return i18n.T(ctx, "provision.suspended", "Count", n)
	}
	return ""
}

func (v view) faults(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Standing.Faults))
	for i, f := range v.Standing.Faults {
		rows[i] = ui.Row{
			Icon: "alert", Name: f.Subject, Meta: words(ctx, f.Code, f.Field, f.Args), Side: i18n.Relative(ctx, v.Now.In(v.Zone), f.At.In(v.Zone)),
			Tags: []ui.Tag{{Word: f.Call}},
		}
		if f.Subject == "" {
			rows[i].Name = f.Call
			rows[i].Tags = nil
		}
	}
	return rows
}
