package sessions

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path       = "/settings/sessions"
	endedWord  = "session-ended"
	othersWord = "sessions-ended-" // and how many
	lostWord   = "device-lost-"    // and how many
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
		route.Post(path+"/lost-device", route.Person.WithProof(), route.Form, route.Guarded, route.NoStore, h.loseDevice),
	)
}

// view is what the page shows.
type view struct {
	Devices []Device
	Said    string // of the devices
	Lost    string // of a lost one
	Now     time.Time
	Zone    *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	c := session.Of(r.Context())
	all, err := h.Service.List(r.Context(), c)
	if err != nil {
		return err
	}
	v := view{Devices: all, Now: h.Service.Clock.Now(), Zone: c.User.Place()}
	v.say(r.Context(), web.Flashed(w, r))
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) { f.Title = i18n.T(r.Context(), "sessions.title") }, page(v))
}

// say puts the word of what has just been done where it belongs.
func (v *view) say(ctx context.Context, word string) {
	if word == endedWord {
		v.Said = i18n.T(ctx, "sessions.ended")
	}
	if n, ok := counted(word, othersWord); ok {
		v.Said = i18n.T(ctx, "sessions.others_ended", "Count", n)
	}
	if n, ok := counted(word, lostWord); ok {
		v.Lost = i18n.T(ctx, "sessions.lost_done", "Count", n)
	}
}

// counted reads the number behind a word.
func counted(word, before string) (int, bool) {
	text, ok := strings.CutPrefix(word, before)
	n, err := strconv.Atoi(text)
	return n, ok && err == nil
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

func (h Web) loseDevice(w http.ResponseWriter, r *http.Request) error {
	done, err := h.Service.LoseDevice(r.Context(), session.Of(r.Context()), device.Cookie(r))
	if err != nil {
		return err
	}
	done.give(w, r)
	web.Flash(w, r, lostWord+strconv.FormatInt(done.SignedOut, 10))
	return web.SeeOther(w, r, path+"#lost")
}

// give sets the cookies of the session that stays.
func (l Lost) give(w http.ResponseWriter, r *http.Request) {
	secure := edge.Of(r.Context()).Secure
	session.SetCookie(w, secure, l.Session)
	device.SetCookie(w, secure, l.Device)
}

// meta says when and from where the session was used.
func (v view) meta(ctx context.Context, d Device) string {
	from := device.From(d.Address, d.Near)
	if d.Current {
		return i18n.T(ctx, "sessions.since", "When", i18n.Date(ctx, d.CreatedAt.In(v.Zone)), "From", from)
	}
	return i18n.T(ctx, "sessions.last", "When", i18n.Relative(ctx, v.Now.In(v.Zone), d.LastSeenAt.In(v.Zone)), "From", from)
}

func (v view) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, d := range v.Devices {
		row := ui.Row{Icon: "laptop", Name: d.Name(ctx), Meta: v.meta(ctx, d)}
		if d.Phone {
			row.Icon = "phone"
		}
		if d.Current {
			row.Tags = []ui.Tag{{Tone: ui.Own, Word: i18n.T(ctx, "sessions.current")}}
		} else {
			row.Act = endForm(d.ID, d.Name(ctx))
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
