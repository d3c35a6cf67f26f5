package client

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	credentials = "/settings/credentials"
	section     = credentials + "#clients"
	path        = credentials + "/clients"
	newPath     = path + "/new"

	removedWord     = "client-removed"
	secretEndedWord = "client-secret-ended"
)

// Web serves the pages of clients, and the part of the page of credentials that
// lists them.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Scopes are those that open any route of an organization.
	Scopes func() []string
	// NameOf names a user.
	NameOf func(ctx context.Context, userID string) string
	// Words say what a scope allows.
	Words func(ctx context.Context, scope string) string
	// SignInPart is the part of a client's page about people who sign in there.
	SignInPart func(r *http.Request, id string) (templ.Component, error)
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	may := route.Allowed(identity.Connect)
	t.Add(
		route.Get(newPath, may.WithProof(), route.NoBody, route.Plain, route.NoStore, h.form),
		route.Post(path, may.WithProof(), route.Form, route.Guarded, route.NoStore, h.create),
		route.Get(path+"/{id}", may, route.NoBody, route.Plain, route.NoStore, h.one),
		route.Post(path+"/{id}/secrets", may.WithProof(), route.Form, route.Guarded, route.NoStore, h.addSecret),
		route.Post(path+"/{id}/secrets/{sid}/remove", may.WithProof(), route.Form, route.Plain, route.NoStore, h.removeSecret),
		route.Post(path+"/{id}/remove", may.WithProof(), route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// view is what the pages show.
type view struct {
	Web
	Clients []Client
	Client  Client
	Maker   string
	Fresh   *ui.Secret
	Said    string
	SignIn  templ.Component
	Fault   string // what is wrong in it
	Faults  web.Faults
	Now     time.Time
	Zone    *time.Location
}

func (h Web) view(r *http.Request) view {
	return view{Web: h, Now: h.Service.Clock.Now(), Zone: session.Of(r.Context()).User.Place()}
}

// Sections are the parts of the page of credentials, for those who may.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	if !c.Actor.Can(identity.Connect) {
		return nil, nil
	}
	all, err := h.Service.List(r.Context(), c.Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	v := h.view(r)
	v.Clients = all
	if web.Said(r) == removedWord {
		v.Said = i18n.T(r.Context(), "client.removed")
	}
	return []templ.Component{clients(v)}, nil
}

// draft is the form of a new client.
type draft struct {
	Web
	Name      string
	Chosen    []string
	Redirects string // as typed
	Faults    web.Faults
}

func (h Web) form(w http.ResponseWriter, r *http.Request) error {
	return h.formPage(w, r, http.StatusOK, draft{Web: h, Chosen: []string{identity.MembersRead}})
}

func (h Web) formPage(w http.ResponseWriter, r *http.Request, status int, d draft) error {
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "client.new")
		if len(d.Faults) > 0 {
			f.Fault = d.Faults[0].Text
		}
	}, newPage(d))
}

func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, d := r.Context(), draft{Web: h, Name: r.PostFormValue("name"), Chosen: r.PostForm["scopes"], Redirects: r.PostFormValue("redirect_uris")}
	made, fresh, err := h.Service.Make(ctx, session.Of(ctx), Wish{d.Name, d.Chosen, strings.Fields(d.Redirects)})
	if err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		d.Faults = faults
		return h.formPage(w, r, status, d)
	}
	return h.page(w, r, made, http.StatusOK, func(v *view) { v.Fresh = shown(ctx, made.Name, fresh) })
}

func shown(ctx context.Context, name string, f Fresh) *ui.Secret {
	return &ui.Secret{
		ID: "fresh", Icon: "plug", Name: name, Tag: i18n.T(ctx, "token.fresh"), Note: i18n.T(ctx, "client.once"),
		Lines: []ui.SecretLine{{Text: f.Text.Reveal(), Copy: i18n.T(ctx, "client.copy")}},
	}
}

// find returns a client of the current organization.
func (h Web) find(r *http.Request) (Client, error) {
	all, err := h.Service.List(r.Context(), session.Of(r.Context()).Actor.Membership.OrganizationID)
	if err != nil {
		return Client{}, err
	}
	for _, c := range all {
		if c.ID == r.PathValue("id") {
			return c, nil
		}
	}
	return Client{}, ErrNotFound
}

func (h Web) one(w http.ResponseWriter, r *http.Request) error {
	c, err := h.find(r)
	if err != nil {
		return err
	}
	said := web.Flashed(w, r)
	return h.page(w, r, c, http.StatusOK, func(v *view) {
		if said == secretEndedWord {
			v.Said = i18n.T(r.Context(), "client.secret_ended")
		}
	})
}

func (h Web) page(w http.ResponseWriter, r *http.Request, c Client, status int, set func(*view)) error {
	v := h.view(r)
	v.Client, v.Maker = c, h.NameOf(r.Context(), maker(c))
	set(&v)
	if v.SignIn == nil {
		part, err := h.SignInPart(r, c.ID)
		if err != nil {
			return err
		}
		v.SignIn = part
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) { f.Title, f.Fault = c.Name, v.Fault }, onePage(v))
}

// Refuse answers with the page of a client whose part about signing in has
// something wrong in it.
func (h Web) Refuse(w http.ResponseWriter, r *http.Request, status int, part templ.Component, fault string) error {
	c, err := h.find(r)
	if err != nil {
		return err
	}
	return h.page(w, r, c, status, func(v *view) { v.SignIn, v.Fault = part, fault })
}

// maker is whoever made a client; it outlives them.
func maker(c Client) string {
	if c.MadeBy == "" {
		return policy.Deleted
	}
	return c.MadeBy
}

func (h Web) addSecret(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	fresh, err := h.Service.AddSecret(ctx, session.Of(ctx), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := h.find(r)
	if err != nil {
		return err
	}
	return h.page(w, r, c, http.StatusOK, func(v *view) { v.Fresh = shown(ctx, c.Name, fresh) })
}

func (h Web) removeSecret(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.Service.RemoveSecret(r.Context(), session.Of(r.Context()), id, r.PathValue("sid")); err != nil {
		return err
	}
	web.Flash(w, r, secretEndedWord)
	return web.SeeOther(w, r, path+"/"+id+"#secrets")
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, section)
}

// may lists what a client may do.
func (v view) may(ctx context.Context, c Client) string {
	all := make([]string, len(c.Scopes))
	for i, s := range c.Scopes {
		all[i] = v.Words(ctx, s.Name)
	}
	return strings.Join(all, ", ")
}

func (v view) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Clients))
	for i, c := range v.Clients {
		rows[i] = ui.Row{Icon: "plug", Name: c.Name, Meta: v.may(ctx, c), Side: v.used(ctx, c.LastUsedAt()), Act: open(c)}
		switch len(c.Secrets) {
		case 0:
			rows[i].Tags = []ui.Tag{{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "client.no_secret")}}
		case mostSecrets:
			rows[i].Tags = []ui.Tag{{Tone: ui.Warn, Icon: "redo", Word: i18n.T(ctx, "client.two_secrets")}}
		}
	}
	return rows
}

func (v view) used(ctx context.Context, at time.Time) string {
	if at.IsZero() {
		return i18n.T(ctx, "token.unused")
	}
	return i18n.T(ctx, "token.used", "When", i18n.Relative(ctx, v.Now.In(v.Zone), at.In(v.Zone)))
}

// more is the way to a further secret, while there is room for one.
func (v view) more() templ.Component {
	if len(v.Client.Secrets) >= mostSecrets {
		return nil
	}
	return addSecret(v.Client)
}

func (v view) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "client.id"), Value: identifier(v.Client.ID)},
		{Term: i18n.T(ctx, "client.made"), Value: ui.Words(v.Maker), Note: i18n.Date(ctx, v.Client.CreatedAt.In(v.Zone))},
	}
	for _, s := range v.Client.Scopes {
		facts = append(facts, ui.Fact{Term: v.Words(ctx, s.Name), Value: ui.Words(s.Name), Note: v.used(ctx, s.LastUsedAt)})
	}
	return facts
}

func (v view) secrets(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Client.Secrets))
	for i, s := range v.Client.Secrets {
		rows[i] = ui.Row{
			Icon: "key", Name: s.name(ctx), Side: v.used(ctx, s.LastUsedAt), Act: endSecret(v.Client.ID, s),
			Meta: i18n.T(ctx, "client.secret_made", "When", i18n.Date(ctx, s.CreatedAt.In(v.Zone))),
		}
	}
	return rows
}

func (s Secret) name(ctx context.Context) string {
	if s.Key {
		return i18n.T(ctx, "client.key", "Name", s.Prefix)
	}
	return s.Prefix + " ••••"
}

func (d draft) choice(ctx context.Context) ui.Field {
	f := ui.Field{Name: "scopes", Label: i18n.T(ctx, "token.scopes"), Hint: i18n.T(ctx, "client.scopes_hint"), Error: d.Faults.Of("scopes")}
	for _, s := range d.Scopes() {
		f.Options = append(f.Options, ui.Option{Value: s, Label: d.Words(ctx, s), Note: s})
	}
	return f
}
