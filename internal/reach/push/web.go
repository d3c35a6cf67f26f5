package push

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"nameplate/assets"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	// Home is the page that has the section.
	Home        = "/settings/notifications"
	path        = Home + "/devices"
	allowedWord = "push-allowed"
	refusedWord = "push-refused"
	removedWord = "push-removed"
	testedWord  = "push-tested"
)

// Web serves the section of the page of notifications, and the script that
// shows pushes.
type Web struct{ Service *Service }

// Mount adds the routes.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Post(path, route.Person, route.Form, route.Plain, route.NoStore, h.allow),
		route.Post(path+"/{id}/remove", route.Person, route.Form, route.Plain, route.NoStore, h.remove),
		route.Post(path+"/{id}/test", route.Person, route.Form, route.Plain, route.NoStore, h.test),
		route.Get("/push.js", route.Public, route.NoBody, route.Plain, route.Revalidate, worker),
	)
}

// worker is at the root, because a script governs but what lies below it.
func worker(w http.ResponseWriter, _ *http.Request) error {
	content, _ := assets.File("push.js")
	maps.Copy(w.Header(), http.Header{"Content-Type": {"text/javascript; charset=utf-8"}})
	_, err := w.Write(content)
	return err
}

// view is what the section shows.
type view struct {
	Devices []Device
	Person  string
	Key     string
	Now     time.Time // in the person's own zone
	State   ui.Line
}

// Section is the caller's devices, as a section of a page.
func (h Web) Section(r *http.Request) (templ.Component, error) {
	ctx, c := r.Context(), session.Of(r.Context())
	all, err := h.Service.List(ctx, c)
	v := view{Devices: all, Person: c.User.ID, Key: h.Service.Public(), Now: h.Service.Clock.Now().In(c.User.Place())}
	switch web.Said(r) {
	case allowedWord:
		v.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "push.said_allowed")}
	case removedWord:
		v.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "push.said_removed")}
	case testedWord:
		v.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "push.said_tested")}
	case refusedWord:
		v.State = ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "push.said_refused")}
	}
	return section(v), err
}

func (h Web) allow(w http.ResponseWriter, r *http.Request) error {
	var f browserForm
	word := allowedWord
	err := json.Unmarshal([]byte(r.PostFormValue("subscription")), &f)
	if err == nil {
		_, err = h.Service.Allow(r.Context(), session.Of(r.Context()), f.target(), r.UserAgent())
		if err != nil && errs.KindOf(err) != errs.Invalid {
			return err
		}
	}
	if err != nil {
		word = refusedWord
	}
	return back(w, r, word)
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	return back(w, r, removedWord)
}

func (h Web) test(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if _, err := h.Service.Test(ctx, session.Of(ctx), r.PathValue("id"), h.Service.trial(ctx)); err != nil {
		return err
	}
	return back(w, r, testedWord)
}

func back(w http.ResponseWriter, r *http.Request, word string) error {
	web.Flash(w, r, word)
	return web.SeeOther(w, r, Home+"#devices")
}

func (v view) rows(ctx context.Context) (all []ui.Row) {
	for _, d := range v.Devices {
		name := d.Agent.Name(ctx)
		row := ui.Row{
			Icon: "laptop", Name: name, Meta: i18n.T(ctx, "push.allowed_at", "When", i18n.Relative(ctx, v.Now, d.CreatedAt)), Act: acts(d, name),
		}
		if d.Agent.Phone {
			row.Icon = "phone"
		}
		if d.Current {
			row.Tags = append(row.Tags, ui.Tag{Tone: ui.Own, Word: i18n.T(ctx, "push.this")})
		}
		if !d.FailedAt.IsZero() {
			row.Tags = append(row.Tags, ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "push.failed")})
			row.Meta = i18n.T(ctx, "push.failure_"+d.Failure, "When", i18n.Relative(ctx, v.Now, d.FailedAt))
		}
		if !d.DeliveredAt.IsZero() {
			row.Side = i18n.T(ctx, "push.delivered", "When", i18n.Relative(ctx, v.Now, d.DeliveredAt))
		}
		all = append(all, row)
	}
	return all
}

// current reports whether this browser is among the devices.
func (v view) current() bool { return len(v.Devices) > 0 && v.Devices[0].Current }
