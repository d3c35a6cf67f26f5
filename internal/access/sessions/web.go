package sessions

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path       = "/settings/sessions"
	endedWord  = "session-ended"
	othersWord = "sessions-ended-" // and how many
)

// Web serves the page of sessions.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(path, route.Person, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path+"/{id}/end", route.Person, route.Form, route.Plain, route.NoStore, h.end),
		route.Post(path+"/end-others", route.Person, route.Form, route.Plain, route.NoStore, h.endOthers),
	)
}

// view is what the page shows.
type view struct {
	Devices []Device
	Said    string
	Now     time.Time
	Zone    *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	c := session.Of(r.Context())
	all, err := h.Service.List(r.Context(), c)
	if err != nil {
		return err
	}
	v := view{Devices: all, Said: said(r.Context(), web.Flashed(w, r)), Now: h.Service.Clock.Now(), Zone: time.UTC}
	if place, err := time.LoadLocation(c.User.TimeZone); err == nil {
		v.Zone = place
	}
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) { f.Title = i18n.T(r.Context(), "sessions.title") }, page(v))
}

func said(ctx context.Context, word string) string {
	if word == endedWord {
		return i18n.T(ctx, "sessions.ended")
	}
	if n, ok := strings.CutPrefix(word, othersWord); ok {
		if count, err := strconv.Atoi(n); err == nil {
			return i18n.T(ctx, "sessions.others_ended", "Count", count)
		}
	}
	return ""
}

func (h Web) end(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.End(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, endedWord)
	return web.SeeOther(w, r, path)
}

func (h Web) endOthers(w http.ResponseWriter, r *http.Request) error {
	n, err := h.Service.EndOthers(r.Context(), session.Of(r.Context()))
	if err != nil {
		return err
	}
	web.Flash(w, r, othersWord+strconv.FormatInt(n, 10))
	return web.SeeOther(w, r, path)
}

// name reads "Firefox on Windows".
func (d Device) name(ctx context.Context) string {
	switch {
	case d.Browser != "" && d.System != "":
		return i18n.T(ctx, "sessions.browser_on", "Browser", d.Browser, "System", d.System)
	case d.Browser != "":
		return d.Browser
	}
	return i18n.T(ctx, "sessions.unknown")
}

// meta says when and from where the session was used.
func (v view) meta(ctx context.Context, d Device) string {
	if d.Current {
		return i18n.T(ctx, "sessions.since", "When", i18n.Date(ctx, d.CreatedAt.In(v.Zone)), "Address", d.Address)
	}
	return i18n.T(ctx, "sessions.last", "When", i18n.Relative(ctx, v.Now.In(v.Zone), d.LastSeenAt.In(v.Zone)), "Address", d.Address)
}

func (v view) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, d := range v.Devices {
		row := ui.Row{Icon: "laptop", Name: d.name(ctx), Meta: v.meta(ctx, d)}
		if d.Phone {
			row.Icon = "phone"
		}
		if d.Current {
			row.Tags = []ui.Tag{{Tone: ui.Own, Word: i18n.T(ctx, "sessions.current")}}
		} else {
			row.Act = endForm(d.ID, d.name(ctx))
		}
		rows = append(rows, row)
	}
	return rows
}

// acts is what can be done with all other devices, if there are any.
func (v view) acts() templ.Component {
	if len(v.Devices) < 2 {
		return nil
	}
	return endOthers(len(v.Devices) - 1)
}
