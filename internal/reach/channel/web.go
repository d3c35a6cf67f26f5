package channel

import (
	"context"
	"net/http"
	"strconv"

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
	// Path is that of the page.
	Path       = "/settings/channels"
	memberPath = "/settings/members"
	savedWord  = "channels-saved"
	part       = "channels"
)

// Web serves the page of one's own channels, and the section of a member's.
type Web struct {
	Service *Service
	Shell   web.Shell
	// SetBy names whoever set a rule.
	SetBy func(ctx context.Context, userID string) string
	// Focus is the section about being left alone; refused says that the last
	// try there has failed.
	Focus func(r *http.Request, refused bool) (templ.Component, error)
	// MemberPage shows the page of a member again with what is wrong.
	MemberPage func(w http.ResponseWriter, r *http.Request, err error) error
}

// Mount adds the routes of the page, and of the section's form.
func (h *Web) Mount(t *route.Table) {
	t.Add(
		route.Get(Path, route.Person, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(Path, route.Person, route.Form, route.Plain, route.NoStore, h.save),
		route.Post(memberPath+"/{org}/{user}/channels", route.Allowed(identity.SetMemberChannels), route.Form, route.Plain, route.NoStore, h.saveFor),
	)
}

// view is what the page, or the section, shows.
type view struct {
	Sheet
	Said   string
	Faults web.Faults
	Typed  map[string]string // numbers, after a save that was refused
	Focus  templ.Component
	Action string
	Home   string // of the page
	Name   string // of the member; empty: the reader
	Why    *ui.Lock
	// Supervises is set for whoever sets the channels of others, too.
	Supervises bool
}

func (h *Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{Said: said(r.Context(), web.Said(r))}
	return h.page(w, r, http.StatusOK, v, false)
}

func said(ctx context.Context, word string) string {
	if word == savedWord {
		return i18n.T(ctx, "preferences.saved")
	}
	return ""
}

func (h *Web) page(w http.ResponseWriter, r *http.Request, status int, v view, focus bool) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	if v.Focus, err = h.Focus(r, focus); err != nil {
		return err
	}
	if c.Actor.Membership.OrganizationID != "" {
		if v.Sheet, err = h.Service.Get(ctx, c); err != nil {
			return err
		}
	}
	if wrong := v.outOfBounds(ctx); len(wrong) > 0 {
		v.Faults = wrong
	}
	v.Action, v.Home, v.Why = Path, Path, h.lock(ctx, v.Control)
	v.Supervises = c.Actor.Can(identity.SetMemberChannels)
	web.Flashed(w, r)
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(ctx, "channel.title")
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(ctx, "channel.title")
		}
	}, page(v))
}

// Refuse shows the page again with what is wrong in the section about focus.
func (h *Web) Refuse(w http.ResponseWriter, r *http.Request, err error) error {
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusUnprocessableEntity, view{Faults: faults}, true)
}

// lock says why the numbers are not the person's to set; nil if they are.
func (h *Web) lock(ctx context.Context, c policy.Control) *ui.Lock {
	if c.Editable || c.Reason == "" {
		return nil
	}
	l := &ui.Lock{Rule: i18n.T(ctx, "policy.rule."+c.Reason), Source: i18n.T(ctx, "channel.changeable_by")}
	if !c.SetAt.IsZero() {
		at := c.SetAt.In(session.Of(ctx).User.Place())
		l.Source = i18n.T(ctx, "profile.lock_set", "Who", h.SetBy(ctx, c.SetBy), "When", i18n.Date(ctx, at)) + " " + l.Source
	}
	return l
}

func (h *Web) save(w http.ResponseWriter, r *http.Request) error {
	wishes, typed, err := posted(r)
	if err != nil {
		return err
	}
	if _, err := h.Service.Set(r.Context(), session.Of(r.Context()), wishes); err != nil {
		v := view{Typed: typed}
		if v.Faults, err = web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err)); err != nil {
			return err
		}
		return h.page(w, r, http.StatusUnprocessableEntity, v, false)
	}
	web.Flash(w, r, savedWord)
	return web.SeeOther(w, r, Path+"#"+part)
}

// posted reads the form: a switch that is off is not sent, so each channel of
// the form is named beside.
func posted(r *http.Request) (wishes map[string]Wish, typed map[string]string, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, nil, err
	}
	wishes, typed = map[string]Wish{}, map[string]string{}
	for _, name := range r.PostForm["channel"] {
		on := r.PostForm.Has("enabled." + name)
		w := Wish{Enabled: &on}
		if text := r.PostFormValue("capacity." + name); r.PostForm.Has("capacity." + name) {
			typed[name] = text
			n, err := strconv.Atoi(text)
			if err != nil {
				n = -1 // which is out of every bounds
			}
			w.Capacity = &n
		}
		wishes[name] = w
	}
	return wishes, typed, nil
}

// MemberSection is what a member takes on, as a section of the member's page,
// for whoever may set it; nil for others.
func (h *Web) MemberSection(r *http.Request, userID, name string, faults web.Faults) (templ.Component, error) {
	actor := session.Actor(r.Context())
	m, err := identity.MemberOf(r.Context(), h.Service.DB, actor.Membership.OrganizationID, userID)
	if err != nil || !MaySet(actor, m) {
		return nil, err
	}
	v := view{
		Said: said(r.Context(), web.Said(r)), Faults: faults, Name: name, Home: memberPath + "/" + userID,
		Action: memberPath + "/" + m.OrganizationID + "/" + userID + "/channels",
	}
	if len(faults) > 0 {
		if _, v.Typed, err = posted(r); err != nil {
			return nil, err
		}
	}
	v.Sheet, err = h.Service.Of(r.Context(), actor, userID)
	return section(v), err
}

func (h *Web) saveFor(w http.ResponseWriter, r *http.Request) error {
	wishes, _, err := posted(r)
	if err != nil {
		return err
	}
	user := r.PathValue("user")
	if _, err := h.Service.SetFor(r.Context(), session.Actor(r.Context()), user, wishes); err != nil {
		return h.MemberPage(w, r, err)
	}
	web.Flash(w, r, savedWord)
	return web.SeeOther(w, r, memberPath+"/"+user+"#"+part)
}

func (v view) form(ctx context.Context) *ui.Form {
	f := &ui.Form{Action: v.Action, Submit: i18n.T(ctx, "channel.save"), State: ui.Line{Tone: ui.Good, Text: v.Said}, Back: v.Home + "#" + part}
	if v.Typed != nil {
		f.Refused, f.State = true, ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "profile.not_saved")}
	}
	return f
}

// lead sums up all channels.
func (v view) lead(ctx context.Context) string {
	load, room := 0, 0
	for _, c := range v.Channels {
		load, room = load+c.Load, room+c.Room()
	}
	return i18n.T(ctx, "channel.now", "Count", load) + " " + i18n.T(ctx, "channel.room", "Count", room)
}

// number is what a channel's field shows.
func (v view) number(c Channel) string {
	if text, ok := v.Typed[c.Name]; ok {
		return text
	}
	return strconv.Itoa(c.Capacity)
}

// slotsMost is the most places that are drawn one by one.
const slotsMost = 20

// slot is one place of a channel, taken or not.
type slot struct{ x, class string }

func (c Channel) slots() (all []slot) {
	for i := range min(max(c.Capacity, c.Load), slotsMost) {
		s := slot{x: strconv.Itoa(1 + 22*i)}
		switch {
		case i >= c.Capacity:
			s.class = "over"
		case i < c.Load:
			s.class = "on"
		}
		all = append(all, s)
	}
	return all
}

func (c Channel) class() string {
	if c.Enabled {
		return "chan"
	}
	return "chan is-off"
}

// words say how full a channel is.
func (c Channel) words(ctx context.Context) string {
	switch {
	case !c.Enabled && c.Capacity > 0:
		return i18n.T(ctx, "channel.off_keeps", "Count", c.Capacity)
	case !c.Enabled:
		return i18n.T(ctx, "channel.off")
	case c.Room() == 0:
		return i18n.T(ctx, "channel.full", "Load", c.Load, "Capacity", c.Capacity)
	}
	return i18n.T(ctx, "channel.in_use", "Load", c.Load, "Capacity", c.Capacity)
}

var icons = map[string]string{"voice": "handset", "chat": "chats", "sms": "message", "whatsapp": "phone", "email": "mail", "video": "live"}

// heading is that of the section.
func (v view) heading(ctx context.Context) string {
	if v.Name != "" {
		return i18n.T(ctx, "channel.of", "Name", v.Name)
	}
	return i18n.T(ctx, "channel.yours")
}

// outOfBounds names each number that is wrong, with the field it stands in.
func (v view) outOfBounds(ctx context.Context) (all web.Faults) {
	for _, c := range v.Channels {
		if v.wrong(c) {
			all = append(all, ui.Fault{
				Field: "n-" + c.Name, Text: i18n.T(ctx, "channel.name."+c.Name) + ": " + i18n.T(ctx, "error.capacity_bounds", "Max", c.Max),
			})
		}
	}
	return all
}

// wrong reports whether what was typed for a channel is out of its bounds.
func (v view) wrong(c Channel) bool {
	text, typed := v.Typed[c.Name]
	n, err := strconv.Atoi(text)
	return typed && (err != nil || n < 0 || n > c.Max)
}
