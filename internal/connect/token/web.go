package token

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path       = "/settings/credentials"
	tokensPath = path + "/tokens"
	newPath    = tokensPath + "/new"

	revokedWord  = "token-revoked"
	narrowedWord = "token-narrowed"
	foundPath    = "/found-token" // for whoever has found one
	soon         = 14 * day       // an end so near is marked
)

// lives are the days that the page offers.
var lives = []int{1, 7, 30, 90, 180, 365}

// Web serves the page of credentials.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Sections are further ones of the page, below the tokens.
	Sections func(r *http.Request) ([]templ.Component, error)
	// Scopes are those that open any route.
	Scopes func() []string
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	sensitive := route.Person.WithProof()
	shows := route.Person.Unless(h.Service.refuseToShow).WithProof()
	t.Add(
		route.Get(path, route.Person, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Get(newPath, sensitive, route.NoBody, route.Plain, route.NoStore, h.form),
		route.Post(tokensPath, sensitive, route.Form, route.Guarded, route.NoStore, h.create),
		route.Post(tokensPath+"/{id}/revoke", sensitive, route.Form, route.Plain, route.NoStore, h.revoke),
		route.Post(tokensPath+"/{id}/show", shows, route.Form, route.Guarded, route.NoStore, h.again),
		route.Post(tokensPath+"/{id}/narrow", sensitive, route.Form, route.Plain, route.NoStore, h.narrow),
		route.Get(foundPath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.found),
		route.Post(foundPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.revokeFound),
	)
}

// view is what the page shows.
type view struct {
	Tokens []Token
	Fresh  *ui.Secret // one that is shown now
	Said   string
	Most   int  // days that the rules let a token live
	Shows  bool // the rules let tokens be shown again
	Now    time.Time
	Zone   *time.Location

	Sections []templ.Component
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	switch web.Flashed(w, r) {
	case revokedWord:
		v.Said = i18n.T(r.Context(), "token.revoked_now")
	case narrowedWord:
		v.Said = i18n.T(r.Context(), "token.narrowed")
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	if v.Tokens, err = h.Service.List(ctx, c); err != nil {
		return err
	}
	if v.Sections, err = h.Sections(r); err != nil {
		return err
	}
	set, err := policy.Account(ctx, h.Service.DB, c.Memberships)
	if err != nil {
		return err
	}
	v.Most, v.Shows = policy.TokensMaxDays.Of(set), policy.TokensRedisplay.Of(set) == policy.Yes
	v.Now, v.Zone = h.Service.Clock.Now(), c.User.Place()
	return h.Shell.Page(w, r, status, func(f *ui.Frame) { f.Title = i18n.T(ctx, "token.credentials") }, page(v))
}

// draft is the form of a new token.
type draft struct {
	Name    string
	Scopes  []string
	Days    string
	Offered []string
	Most    int
	Faults  web.Faults
}

func (h Web) form(w http.ResponseWriter, r *http.Request) error {
	return h.formPage(w, r, http.StatusOK, draft{Scopes: standard[:1], Days: "90"})
}

func (h Web) formPage(w http.ResponseWriter, r *http.Request, status int, d draft) error {
	set, err := policy.Account(r.Context(), h.Service.DB, session.Of(r.Context()).Memberships)
	if err != nil {
		return err
	}
	d.Offered, d.Most = h.Scopes(), policy.TokensMaxDays.Of(set)
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "token.new")
		if len(d.Faults) > 0 {
			f.Fault = d.Faults[0].Text
		}
	}, newPage(d))
}

// create makes a token as the form says, or in one click a plain one.
func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, wish := r.Context(), Wish{Name: r.PostFormValue("name"), Scopes: r.PostForm["scopes"]}
	if r.PostForm.Has("plain") {
		wish = Wish{Name: i18n.T(ctx, "token.plain"), Scopes: standard}
	} else if days, err := strconv.Atoi(r.PostFormValue("expires_in_days")); err == nil {
		wish.Days = &days
	}
	made, err := h.Service.Make(ctx, session.Of(ctx), wish)
	if err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		return h.formPage(w, r, status, draft{Name: wish.Name, Scopes: wish.Scopes, Days: r.PostFormValue("expires_in_days"), Faults: faults})
	}
	return h.page(w, r, http.StatusOK, view{Fresh: shown(ctx, made.Name, i18n.T(ctx, "token.fresh"), made.Secret.Reveal(), made.Kept)})
}

func shown(ctx context.Context, name, tag, text string, kept bool) *ui.Secret {
	note := i18n.T(ctx, "token.once")
	if kept {
		note = i18n.T(ctx, "token.kept")
	}
	return &ui.Secret{
		ID: "fresh", Icon: "key", Name: name, Tag: tag, Note: note, Lines: []ui.SecretLine{{Text: text, Copy: i18n.T(ctx, "token.copy")}},
	}
}

func (h Web) again(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), session.Of(r.Context())
	t, err := h.Service.Find(ctx, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	text, err := h.Service.Show(ctx, c, t.ID)
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, view{Fresh: shown(ctx, t.Name, i18n.T(ctx, "token.again"), text.Reveal(), true)})
}

func (h Web) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Revoke(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, revokedWord)
	return web.SeeOther(w, r, path+"#tokens")
}

func (h Web) narrow(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := h.Service.Narrow(r.Context(), session.Of(r.Context()), r.PathValue("id"), r.PostFormValue("scope")); err != nil {
		return err
	}
	web.Flash(w, r, narrowedWord)
	return web.SeeOther(w, r, path+"#tokens")
}

func (v view) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, t := range v.Tokens {
		if t.State == Live {
			rows = append(rows, v.living(ctx, t))
		}
	}
	for _, t := range v.Tokens {
		if t.State != Live {
			rows = append(rows, v.ended(ctx, t))
		}
	}
	return rows
}

func (v view) living(ctx context.Context, t Token) ui.Row {
	row := ui.Row{
		Icon: "key", Name: t.Name, Side: i18n.T(ctx, "token.unused"), Act: acts(t, v.Shows && t.Kept), Below: v.Shows && t.Kept,
		Meta: i18n.T(ctx, "token.meta", "Prefix", t.Prefix, "May", t.may(ctx), "When", v.day(ctx, t.ExpiresAt)),
	}
	if used := t.LastUsedAt(); !used.IsZero() {
		row.Side = i18n.T(ctx, "token.used", "When", i18n.Relative(ctx, v.Now.In(v.Zone), used.In(v.Zone)))
	}
	if left := t.ExpiresAt.Sub(v.Now); left <= soon {
		row.Tags = []ui.Tag{{Tone: ui.Warn, Icon: "clock", Word: i18n.T(ctx, "token.left", "Count", int(math.Ceil(left.Hours()/24)))}}
	}
	if idle := t.idle(); len(idle) > 0 && len(t.Scopes) > 1 {
		row.More = hints(t, idle)
	}
	return row
}

// idle are the scopes that were not needed for long.
func (t Token) idle() (all []Scope) {
	for _, s := range t.Scopes {
		if s.Idle {
			all = append(all, s)
		}
	}
	return all
}

func (v view) ended(ctx context.Context, t Token) ui.Row {
	word, icon := i18n.T(ctx, "token.is_revoked"), "close"
	switch t.State {
	case Expired:
		word, icon = i18n.T(ctx, "token.is_expired"), "clock"
	case Found:
		word, icon = i18n.T(ctx, "token.is_found"), "alert"
	case Cut:
		word = i18n.T(ctx, "token.is_cut")
	}
	row := ui.Row{Icon: "key", Name: t.Name, Tags: []ui.Tag{{Tone: ui.Bad, Icon: icon, Word: word}}, Meta: t.Prefix}
	if !t.EndedAt.IsZero() {
		row.Side = v.day(ctx, t.EndedAt)
	}
	return row
}

func (v view) day(ctx context.Context, t time.Time) string { return i18n.Date(ctx, t.In(v.Zone)) }

// count is how many tokens live.
func (v view) count(ctx context.Context) ui.Line {
	if v.Said != "" {
		return ui.Line{Tone: ui.Good, Text: v.Said}
	}
	return ui.Line{Text: i18n.T(ctx, "token.count", "Count", len(Living(v.Tokens)), "Max", Most)}
}

func (d draft) scopes(ctx context.Context) ui.Field {
	f := ui.Field{Name: "scopes", Label: i18n.T(ctx, "token.scopes"), Hint: i18n.T(ctx, "token.scopes_hint"), Error: d.Faults.Of("scopes")}
	for _, s := range d.Offered {
		f.Options = append(f.Options, ui.Option{Value: s, Label: ScopeWords(ctx, s), Note: s})
	}
	return f
}

func (d draft) life(ctx context.Context) ui.Field {
	f := ui.Field{Name: "expires_in_days", Label: i18n.T(ctx, "token.life"), Value: d.Days, Error: d.Faults.Of("expires_in_days")}
	for _, n := range lives {
		if n < d.Most {
			f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(n), Label: i18n.T(ctx, "rules.days", "Count", n)})
		}
	}
	f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(d.Most), Label: i18n.T(ctx, "rules.days", "Count", d.Most)})
	return f
}

// found asks whoever has found a token for it.
func (h Web) found(w http.ResponseWriter, r *http.Request) error {
	return h.door(w, r, "token.found_title", "token.found_lead", foundForm())
}

// revokeFound says the same whatever was sent.
func (h Web) revokeFound(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := h.Service.Found(r.Context(), session.Actor(r.Context()), strings.TrimSpace(r.PostFormValue("token"))); err != nil {
		return err
	}
	return h.door(w, r, "token.found_done", "token.found_done_lead", foundDone())
}

func (h Web) door(w http.ResponseWriter, r *http.Request, title, lead string, body templ.Component) error {
	return h.Shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), title), i18n.T(r.Context(), lead)
	}, body)
}
