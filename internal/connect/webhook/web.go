package webhook

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	credentials = "/settings/credentials"
	section     = credentials + "#webhooks"
	path        = credentials + "/webhooks"
	newPath     = path + "/new"
	shown       = 30 // deliveries on the page

	removedWord = "webhook-removed"
	testedWord  = "webhook-tested"
	resentWord  = "webhook-resent"
	changedWord = "webhook-changed"
)

// Web serves the pages of webhooks, and the part of the page of credentials that
// lists them.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	may := route.Allowed(identity.Connect)
	t.Add(
		route.Get(newPath, may.WithProof(), route.NoBody, route.Plain, route.NoStore, h.form),
		route.Post(path, may.WithProof(), route.Form, route.Guarded, route.NoStore, h.create),
		route.Get(path+"/{id}", may, route.NoBody, route.Plain, route.NoStore, h.one),
		route.Post(path+"/{id}", may.WithProof(), route.Form, route.Guarded, route.NoStore, h.change),
		route.Post(path+"/{id}/secret", may.WithProof(), route.Form, route.Guarded, route.NoStore, h.rotate),
		route.Post(path+"/{id}/test", may, route.Form, route.Guarded, route.NoStore, h.test),
		route.Post(path+"/{id}/resend", may, route.Form, route.Guarded, route.NoStore, h.resend),
		route.Post(path+"/{id}/remove", may.WithProof(), route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// view is what the pages show.
type view struct {
	Hooks []Webhook
	Hook  Webhook
	Log   []Delivery
	Fresh *ui.Secret
	Draft draft
	Said  string // of the list, or of the log
	Saved string // of the form
	Zone  *time.Location
}

// draft is the form of a webhook.
type draft struct {
	URL    string
	Events []string
	Faults web.Faults
}

// Sections are the parts of the page of credentials, for those who may.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	if !c.Actor.Can(identity.Connect) {
		return nil, nil
	}
	hooks, err := h.Service.List(r.Context(), c.Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	v := view{Hooks: hooks}
	if web.Said(r) == removedWord {
		v.Said = i18n.T(r.Context(), "webhook.removed")
	}
	return []templ.Component{hooksPart(v)}, nil
}

func (h Web) form(w http.ResponseWriter, r *http.Request) error {
	return h.formPage(w, r, http.StatusOK, draft{Events: []string{all}})
}

func (h Web) formPage(w http.ResponseWriter, r *http.Request, status int, d draft) error {
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "webhook.new")
		if len(d.Faults) > 0 {
			f.Fault = d.Faults[0].Text
		}
	}, newPage(d))
}

func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, d := r.Context(), draft{URL: r.PostFormValue("url"), Events: r.PostForm["events"]}
	made, key, err := h.Service.Make(ctx, session.Of(ctx), d.URL, d.Events)
	if err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		d.Faults = faults
		return h.formPage(w, r, status, d)
	}
	return h.page(w, r, http.StatusOK, made, view{Fresh: fresh(ctx, made, key)})
}

func fresh(ctx context.Context, w Webhook, key secret.Secret) *ui.Secret {
	return &ui.Secret{
		ID: "fresh", Icon: "hook", Name: i18n.T(ctx, "webhook.secret"), Tag: i18n.T(ctx, "token.fresh"), Note: i18n.T(ctx, "webhook.once"),
		Lines: []ui.SecretLine{{Text: key.Reveal(), Copy: i18n.T(ctx, "client.copy")}},
	}
}

func (h Web) one(w http.ResponseWriter, r *http.Request) error {
	hook, err := h.Service.Find(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := view{}
	switch web.Flashed(w, r) {
	case testedWord:
		v.Said = i18n.T(r.Context(), "webhook.tested")
	case resentWord:
		v.Said = i18n.T(r.Context(), "webhook.resent")
	case changedWord:
		v.Saved = i18n.T(r.Context(), "webhook.changed")
	}
	return h.page(w, r, http.StatusOK, hook, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, hook Webhook, v view) (err error) {
	c := session.Of(r.Context())
	if v.Log, err = h.Service.Deliveries(r.Context(), c, hook.ID, "", shown); err != nil {
		return err
	}
	v.Hook, v.Zone = hook, c.User.Place()
	if v.Draft.URL == "" {
		v.Draft.URL, v.Draft.Events = hook.URL, hook.Events
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = hook.host()
		if len(v.Draft.Faults) > 0 {
			f.Fault = v.Draft.Faults[0].Text
		}
	}, onePage(v))
}

func (h Web) change(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, c := r.Context(), session.Of(r.Context())
	hook, err := h.Service.Find(ctx, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	d := draft{URL: r.PostFormValue("url"), Events: r.PostForm["events"]}
	if d.Events == nil {
		d.Events = []string{} // none, which is refused, and not as before
	}
	if _, err := h.Service.Change(ctx, c, hook.ID, &d.URL, d.Events); err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		d.Faults = faults
		return h.page(w, r, status, hook, view{Draft: d})
	}
	return h.back(w, r, changedWord, "#about")
}

func (h Web) rotate(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), session.Of(r.Context())
	hook, err := h.Service.Find(ctx, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	key, err := h.Service.Rotate(ctx, c, hook.ID)
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, hook, view{Fresh: fresh(ctx, hook, key)})
}

func (h Web) test(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.Test(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	return h.back(w, r, testedWord, "#log")
}

func (h Web) resend(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := h.Service.Resend(r.Context(), session.Of(r.Context()), r.PostFormValue("delivery")); err != nil {
		return err
	}
	return h.back(w, r, resentWord, "#log")
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, section)
}

func (h Web) back(w http.ResponseWriter, r *http.Request, word, anchor string) error {
	web.Flash(w, r, word)
	return web.SeeOther(w, r, path+"/"+r.PathValue("id")+anchor)
}

// host is what people know an address by.
func (w Webhook) host() string {
	_, rest, _ := strings.Cut(w.URL, "://")
	return rest
}

// told says what a webhook is told of.
func (w Webhook) told(ctx context.Context) string {
	if len(w.Events) == 1 && w.Events[0] == all {
		return i18n.T(ctx, "webhook.all")
	}
	return strings.Join(w.Events, ", ")
}

func (v view) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Hooks))
	for i, w := range v.Hooks {
		rows[i] = ui.Row{Icon: "hook", Name: w.host(), Meta: w.told(ctx), Act: open(w)}
		if !w.DisabledAt.IsZero() {
			rows[i].Tags = []ui.Tag{{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "webhook.disabled")}}
		}
	}
	return rows
}

func (d draft) events(ctx context.Context) ui.Field {
	f := ui.Field{Name: "events", Label: i18n.T(ctx, "webhook.events"), Error: d.Faults.Of("events")}
	f.Options = []ui.Option{{Value: all, Label: i18n.T(ctx, "webhook.all")}}
	for _, t := range append(slices.Clone(change.Told), d.Events...) {
		if option := (ui.Option{Value: t, Label: t}); t != all && !slices.Contains(f.Options, option) {
			f.Options = append(f.Options, option)
		}
	}
	return f
}

// days is the log as a ledger.
func (v view) days(ctx context.Context) (days []ui.Day) {
	for _, d := range v.Log {
		at := d.CreatedAt.In(v.Zone)
		title := i18n.Date(ctx, at)
		if len(days) == 0 || days[len(days)-1].Title != title {
			days = append(days, ui.Day{Title: title})
		}
		last := &days[len(days)-1]
		last.Lines = append(last.Lines, ui.Entry{
			At: d.CreatedAt, Clock: i18n.Clock(ctx, at), Tag: d.tag(ctx), Who: ui.Actor{Name: d.Type}, What: d.what(ctx), Trace: v.trace(ctx, d),
		})
	}
	return days
}

func (d Delivery) tag(ctx context.Context) ui.Tag {
	switch d.State {
	case Done:
		return ui.Tag{Tone: ui.Good, Icon: "check", Word: strconv.Itoa(d.Status)}
	case Failed:
		return ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "webhook.failed")}
	}
	return ui.Tag{Tone: ui.Warn, Icon: "clock", Word: i18n.T(ctx, "webhook.waits")}
}

func (d Delivery) what(ctx context.Context) string {
	switch {
	case d.Tries == 0:
		return i18n.T(ctx, "webhook.untried")
	case d.Status == 0:
		return i18n.T(ctx, "webhook.silent")
	}
	return i18n.T(ctx, "webhook.answered", "Status", d.Status, "Took", d.Took.String())
}

func (v view) trace(ctx context.Context, d Delivery) []ui.Fact {
	facts := []ui.Fact{{Term: "webhook-id", Value: code(d.ID)}, {Term: i18n.T(ctx, "webhook.payload"), Value: code(d.Payload)}}
	if d.Answer != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "webhook.answer"), Value: code(d.Answer)})
	}
	if d.State == Waits && d.Tries > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "webhook.next"), Value: ui.Words(i18n.DateTime(ctx, d.NextAt.In(v.Zone)))})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "webhook.again"), Value: resend(v.Hook.ID, d)})
}
