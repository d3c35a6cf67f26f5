package taskrouter

import (
	"context"
	"errors"
	"net/http"
	"strings"
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
	// Path is that of the page.
	Path         = "/settings/channels/taskrouter"
	channelsPath = "/settings/channels"
	membersPath  = "/settings/members"

	lookWord = "taskrouter-look"
	pushWord = "taskrouter-push"
	pullWord = "taskrouter-pull"

	// mostShown is how many members the page lists.
	mostShown = 200
)

// Web serves the page on which drift is seen and mended.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the page. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	sets := route.Allowed(identity.SetMemberChannels)
	t.Add(
		route.Get(Path, sets, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(Path+"/{org}/look", sets, route.Form, route.Guarded, route.NoStore, h.look),
		route.Post(Path+"/{org}/{user}/push", sets, route.Form, route.Plain, route.NoStore, h.push),
		route.Post(Path+"/{org}/{user}/pull", sets, route.Form, route.Plain, route.NoStore, h.pull),
	)
}

// view is what the page shows.
type view struct {
	On     bool
	Org    string
	All    []State
	Said   string
	Faults web.Faults
	Now    time.Time
	Zone   *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	switch web.Flashed(w, r) {
	case lookWord:
		v.Said = i18n.T(r.Context(), "taskrouter.said_look")
	case pushWord:
		v.Said = i18n.T(r.Context(), "taskrouter.said_push")
	case pullWord:
		v.Said = i18n.T(r.Context(), "taskrouter.said_pull")
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v.On, v.Org, v.Now, v.Zone = h.Service.On(), c.Actor.Membership.OrganizationID, h.Service.Clock.Now(), c.User.Place()
	if v.All, err = h.Service.States(ctx, v.Org); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(ctx, "taskrouter.title")
		if len(v.Faults) > 0 {
			f.Fault = v.Faults[0].Text
		}
	}, page(v))
}

func (h Web) done(w http.ResponseWriter, r *http.Request, word string, err error) error {
	if errors.Is(err, identity.ErrNoMember) {
		return err
	}
	if err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		return h.page(w, r, status, view{Faults: faults})
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, Path)
}

func (h Web) look(w http.ResponseWriter, r *http.Request) error {
	return h.done(w, r, lookWord, h.Service.Look(r.Context(), r.PathValue("org")))
}

func (h Web) push(w http.ResponseWriter, r *http.Request) error {
	return h.done(w, r, pushWord, h.Service.Push(r.Context(), r.PathValue("org"), r.PathValue("user")))
}

func (h Web) pull(w http.ResponseWriter, r *http.Request) error {
	return h.done(w, r, pullWord, h.Service.Pull(r.Context(), session.Actor(r.Context()), r.PathValue("user")))
}

// lead counts who is in step and who needs somebody.
func (v view) lead(ctx context.Context) string {
	drifted, without := 0, 0
	for _, s := range v.All {
		switch {
		case s.Drifts():
			drifted++
		case s.Problem != "":
			without++
		}
	}
	return i18n.T(ctx, "taskrouter.counts", "Count", len(v.All), "Drifted", drifted, "Without", without)
}

func (v view) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, s := range v.All[:min(len(v.All), mostShown)] {
		r := ui.Row{Icon: "user", Name: s.Name, Tags: []ui.Tag{s.tag(ctx)}, Meta: v.meta(ctx, s), Below: true}
		if s.Drifts() {
			r.Act = mend(v, s)
		}
		rows = append(rows, r)
	}
	return rows
}

func (s State) tag(ctx context.Context) ui.Tag {
	switch {
	case s.Drifts():
		return ui.Tag{Tone: ui.Warn, Icon: "alert", Word: i18n.T(ctx, "taskrouter.drift")}
	case s.Waits:
		return ui.Tag{Icon: "clock", Word: i18n.T(ctx, "taskrouter.waits")}
	case s.Problem == NoWorker:
		return ui.Tag{Tone: ui.Warn, Icon: "alert", Word: i18n.T(ctx, "taskrouter.no_worker")}
	case s.Problem != "":
		return ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "taskrouter.several")}
	}
	return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "taskrouter.in_step")}
}

// meta says what differs, or when it was looked at.
func (v view) meta(ctx context.Context, s State) string {
	when := i18n.T(ctx, "taskrouter.looked", "When", i18n.Relative(ctx, v.Now.In(v.Zone), s.LookedAt.In(v.Zone)))
	if !s.Drifts() {
		return when
	}
	var all []string
	for _, c := range s.Channels {
		if c.Drifts() {
			all = append(all, i18n.T(ctx, "taskrouter.differs",
				"Channel", i18n.T(ctx, "channel.name."+c.Name), "Here", c.Ours.words(ctx), "There", c.Theirs.words(ctx)))
		}
	}
	return strings.Join(append(all, when), " · ")
}

func (s Setting) words(ctx context.Context) string {
	if s.Available {
		return i18n.T(ctx, "taskrouter.on", "Capacity", s.Capacity)
	}
	return i18n.T(ctx, "taskrouter.off", "Capacity", s.Capacity)
}

// to is the address of one of the forms.
func (v view) to(user, act string) string { return Path + "/" + v.Org + "/" + user + "/" + act }

// again asks for a look; nil where there is nothing to look at.
func (v view) again() templ.Component {
	if !v.On {
		return nil
	}
	return look(Path + "/" + v.Org + "/look")
}
