package focus

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path      = "/settings/focus"
	begunWord = "focus-begun"
	endedWord = "focus-ended"
)

// Web serves the section of the page of channels.
type Web struct {
	Service *Service
	// Page shows that page again with what is wrong.
	Page func(w http.ResponseWriter, r *http.Request, err error) error
	// Home is the path of that page.
	Home string
}

// Mount adds the routes of the section's forms.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Post(path, route.Person, route.Form, route.Plain, route.NoStore, h.begin),
		route.Post(path+"/end", route.Person, route.Form, route.Plain, route.NoStore, h.end),
	)
}

// view is what the section shows.
type view struct {
	Focus
	Now     time.Time // in the person's own zone
	Said    string
	Refused bool
	Typed   string
}

// Section is the caller's focus, as a section of a page. refused says that the
// last try has failed.
func (h Web) Section(r *http.Request, refused bool) (templ.Component, error) {
	c := session.Of(r.Context())
	f, err := h.Service.Get(r.Context(), h.Service.DB, c.User.ID)
	v := view{Focus: f, Now: h.Service.Clock.Now().In(c.User.Place()), Refused: refused}
	if refused {
		v.Typed = r.PostFormValue("message")
	}
	switch web.Said(r) {
	case begunWord:
		v.Said = i18n.T(r.Context(), "focus.said_begun")
	case endedWord:
		v.Said = i18n.T(r.Context(), "focus.said_ended")
	}
	return section(v), err
}

// spans are what the form offers, in minutes; hours are full hours of the day
// that are still to come.
var (
	spans = []int{30, 60}
	hours = []int{12, 15, 18}
)

// choices are the moments that the form offers: some spans, and full hours of
// the day at the person's place.
func (v view) choices(ctx context.Context) (all []ui.Option) {
	for _, m := range spans {
		all = append(all, ui.Option{Value: "m" + strconv.Itoa(m), Label: i18n.T(ctx, "focus.minutes", "Count", m)})
	}
	for _, hour := range hours {
		at := hourOf(v.Now, hour)
		if at.Sub(v.Now) > time.Hour {
			all = append(all, ui.Option{Value: "h" + strconv.Itoa(hour), Label: i18n.T(ctx, "focus.until", "Clock", i18n.Clock(ctx, at))})
		}
	}
	return append(all, ui.Option{Value: "tomorrow", Label: i18n.T(ctx, "focus.tomorrow", "Clock", i18n.Clock(ctx, morning(v.Now)))})
}

// hourOf is a full hour of the day of now, at its place.
func hourOf(now time.Time, hour int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, now.Location())
}

// morning is that of the next day.
func morning(now time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+1, 9, 0, 0, 0, now.Location())
}

// chosen is the moment that a choice means. The zero one is none.
func chosen(choice string, now time.Time) time.Time {
	if choice == "tomorrow" {
		return morning(now)
	}
	if choice == "" {
		return time.Time{}
	}
	n, err := strconv.Atoi(choice[1:])
	switch {
	case err != nil:
	case choice[0] == 'm':
		return now.Add(time.Duration(n) * time.Minute)
	case choice[0] == 'h':
		return hourOf(now, n)
	}
	return time.Time{}
}

func (h Web) begin(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	c := session.Of(r.Context())
	until := chosen(r.PostFormValue("until"), h.Service.Clock.Now().In(c.User.Place()))
	if _, err := h.Service.Set(r.Context(), c, Focus{until, r.PostFormValue("message")}); err != nil {
		return h.Page(w, r, err)
	}
	web.Flash(w, r, begunWord)
	return web.SeeOther(w, r, h.Home+"#focus")
}

func (h Web) end(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.End(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	web.Flash(w, r, endedWord)
	return web.SeeOther(w, r, h.Home+"#focus")
}

// form is that which begins a focus.
func (v view) form(ctx context.Context) *ui.Form {
	f := &ui.Form{Action: path, Submit: i18n.T(ctx, "focus.begin"), Plain: true, Refused: v.Refused, State: ui.Line{Tone: ui.Good, Text: v.Said}}
	if v.Refused {
		f.State = ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "profile.not_saved")}
	}
	return f
}

// back says when the person is there again.
func (v view) back(ctx context.Context) string {
	until := v.Until.In(v.Now.Location())
	if until.YearDay() == v.Now.YearDay() && until.Year() == v.Now.Year() {
		return i18n.T(ctx, "focus.back", "When", i18n.Clock(ctx, until))
	}
	return i18n.T(ctx, "focus.back", "When", i18n.DateTime(ctx, until))
}
