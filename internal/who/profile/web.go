package profile

import (
	"context"
	"errors"
	"net/http"
	"strconv"
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

const path = "/settings/profile"

// Web serves the profile page.
type Web struct {
	Service *Service
	Shell   web.Shell

	// Picture is the form for the caller's picture, with the word that its last
	// try has left.
	Picture func(r *http.Request, said string) ui.Cropper
	// Card is the caller's card as customers see it, with its address.
	Card func(ctx context.Context, p Profile) (card ui.CardView, address string)
	// Role names a role, and says what it allows.
	Role func(ctx context.Context, m identity.Membership) (label, may string)
	// SetBy names whoever set a rule, or nobody.
	SetBy func(ctx context.Context, userID string) string
	// Ask leads to where a change of a field is asked for, if it can be, and
	// says what waits there.
	Ask func(ctx context.Context, field string, c policy.Control) (button *ui.Button, waits string)
}

// parts are the sections that are saved, each alone, with their fields.
var parts = map[string][]identity.Field{
	"about": {
		identity.FirstName, identity.LastName, identity.FullName, identity.DisplayName, identity.Pronouns, identity.Designation, identity.Bio,
	},
	"contact":  {identity.Phone},
	"language": {identity.Locale, identity.TimeZone},
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(path, route.Person, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path+"/undo", route.Person, route.Form, route.Plain, route.NoStore, h.undo),
		route.Post(path+"/{part}", route.Person, route.Form, route.Plain, route.NoStore, h.save),
	)
}

// view is what the page shows.
type view struct {
	Profile Profile
	Typed   map[identity.Field]string // what was typed, after a save that was refused
	Sees    identity.Audiences
	Part    string // the section that was saved or refused
	Flash   string // the word that the page before has left
	Said    string // the server's word on it
	Undo    *Undo
	Receipt ui.Receipt // of the save
	Faults  web.Faults
	Version string // that the forms are made from

	Picture     ui.Cropper
	Card        ui.CardView
	CardAddress string
	Role, May   string
	Now         time.Time
	SetBy       func(ctx context.Context, userID string) string
	Ask         func(ctx context.Context, field string, c policy.Control) (*ui.Button, string)
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	p, err := h.Service.Get(r.Context(), session.Of(r.Context()))
	if err != nil {
		return err
	}
	v := view{Profile: p, Sees: p.Shown}
	var receipt string
	v.Flash, receipt, _ = strings.Cut(web.Flashed(w, r), ".")
	if parts[v.Flash] != nil || v.Flash == undone {
		v.Part, v.Said, v.Receipt = v.Flash, i18n.T(r.Context(), "profile.saved"), h.receipt(r, receipt)
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) save(w http.ResponseWriter, r *http.Request) error {
	part := r.PathValue("part")
	fields, ok := parts[part]
	if !ok {
		return session.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil || version < 1 {
		return ErrStale
	}
	patch := typed(r, fields)
	p, err := h.Service.Save(r.Context(), session.Of(r.Context()), version, patch)
	if err != nil {
		return h.refuse(w, r, part, patch, p, err)
	}
	web.Flash(w, r, part+"."+p.Receipt)
	return web.SeeOther(w, r, path+"#"+part)
}

func (h Web) undo(w http.ResponseWriter, r *http.Request) error {
	p, err := h.Service.Undo(r.Context(), session.Of(r.Context()))
	if errors.Is(err, ErrNothingToUndo) || errors.Is(err, ErrStale) {
		web.Flash(w, r, tooLate)
		return web.SeeOther(w, r, path)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, undone+"."+p.Receipt)
	return web.SeeOther(w, r, path)
}

// receipt says how far the save before this page has come.
func (h Web) receipt(r *http.Request, id string) ui.Receipt {
	s, err := h.Service.Receipt(session.Of(r.Context()), id)
	if err != nil {
		return ui.Receipt{}
	}
	return ui.Receipt{URL: "/v1/me/receipts/" + id, Surfaces: s.Surfaces, Delivered: s.Delivered, Millis: s.After.Milliseconds(), Done: s.Done}
}

// typed reads the fields of a section that differ from what the page was made
// with: what the person has not touched is not theirs to change, even when
// another tab has changed it meanwhile. A locked field is not in the form.
func typed(r *http.Request, fields []identity.Field) Patch {
	p := Patch{Text: map[identity.Field]string{}, Sees: map[identity.Field]identity.Audience{}}
	for _, f := range fields {
		if touched(r, string(f)) {
			p.Text[f] = r.PostFormValue(string(f))
		}
		if name := sees(f); touched(r, name) {
			p.Sees[f] = identity.Audience(r.PostFormValue(name))
		}
	}
	return p
}

// touched reports whether a control of the form has another value than the
// page gave it. A client that does not tell what it was given means each value.
func touched(r *http.Request, name string) bool {
	return r.PostForm.Has(name) && (!r.PostForm.Has(was(name)) || r.PostFormValue(name) != r.PostFormValue(was(name)))
}

// was is the name of the field that tells what a control was given.
func was(name string) string { return "was." + name }

// sees is the name of the control that says who sees f.
func sees(f identity.Field) string { return "visibility." + string(f) }

// refuse shows the page again with what was typed, and why it was not saved.
func (h Web) refuse(w http.ResponseWriter, r *http.Request, part string, patch Patch, p Profile, err error) error {
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	// Whoever saves again after a conflict has seen that there was one, and
	// means it: the form now carries the present version.
	v := view{Profile: p, Typed: patch.Text, Sees: identity.Audiences{}, Part: part, Faults: faults}
	for f, a := range p.Shown {
		v.Sees[f] = a
		if chosen, ok := patch.Sees[f]; ok {
			v.Sees[f] = chosen
		}
	}
	return h.page(w, r, http.StatusUnprocessableEntity, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	if u, found, err := h.Service.Undoable(r.Context(), v.Profile); err != nil {
		return err
	} else if found {
		v.Undo = &u
	}
	v.Version = strconv.FormatInt(v.Profile.User.Version, 10)
	v.Picture, v.Now, v.SetBy = h.Picture(r, v.Flash), h.Service.Clock.Now(), h.SetBy
	v.Ask = h.Ask
	v.Card, v.CardAddress = h.Card(r.Context(), v.Profile)
	v.Card.Own = true
	v.Role, v.May = h.Role(r.Context(), v.Profile.Current)
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(r.Context(), "profile.title"), ui.LayoutRail
		if len(v.Faults) > 0 {
			f.Fault = label(r.Context(), identity.Field(v.Faults[0].Field))
		}
	}, page(v))
}

// value is what a field shows: what was typed, or what is kept.
func (v view) value(f identity.Field) string {
	if text, ok := v.Typed[f]; ok {
		return text
	}
	return v.Profile.Value(f)
}

// field is the part of a form that edits f.
func (v view) field(ctx context.Context, f identity.Field) ui.Field {
	c := v.Profile.Controls[f]
	out := ui.Field{Name: string(f), Label: label(ctx, f), Value: v.value(f), Error: v.Faults.Of(string(f)), Optional: true, Preview: string(f)}
	if a, known := v.Sees[f]; known && f != identity.Locale {
		out.Visibility = &ui.Visibility{Name: sees(f), Value: string(a), Pinned: c.Pinned}
		if identity.AlwaysPublic[f] {
			out.Visibility.Why = i18n.T(ctx, "profile.always_public")
		}
	}
	if !c.Editable {
		out.Lock = v.lock(ctx, c)
		out.Lock.Ask, out.Lock.Waits = v.Ask(ctx, string(f), c.Control)
	}
	return out
}

// lock says which rule locks a field, since when, and who can change it.
func (v view) lock(ctx context.Context, c Control) *ui.Lock {
	if c.Provider != "" {
		return &ui.Lock{
			Rule:   i18n.T(ctx, "policy.rule.synced"),
			Source: i18n.T(ctx, "profile.lock_synced", "Provider", c.Provider, "When", i18n.DateTime(ctx, v.local(c.SetAt))),
		}
	}
	l := &ui.Lock{Rule: i18n.T(ctx, "policy.rule."+c.Reason), Source: i18n.T(ctx, "policy.changeable_by."+c.ChangeableBy)}
	if !c.SetAt.IsZero() {
		l.Source = i18n.T(ctx, "profile.lock_set", "Who", v.SetBy(ctx, c.SetBy), "When", i18n.Date(ctx, v.local(c.SetAt))) + " " + l.Source
	}
	return l
}

// local puts a moment into the person's time zone.
func (v view) local(t time.Time) time.Time {
	return t.In(v.Profile.User.Place())
}

// Words that a try to take a save back leaves.
const (
	undone  = "undone"
	tooLate = "too_late"
)

// undoWords say what became of a try to take a save back, or what can be taken
// back and until when.
func (v view) undoWords(ctx context.Context) ui.Line {
	switch {
	case v.Flash == undone:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "profile.undone")}
	case v.Undo != nil:
		return ui.Line{Text: i18n.T(ctx, "profile.undo_until", "When", i18n.Clock(ctx, v.local(v.Undo.Until)))}
	case v.Flash == tooLate:
		return ui.Line{Tone: ui.Warn, Text: i18n.T(ctx, "profile.undo_late")}
	}
	return ui.Line{}
}

func (v view) undoActs() templ.Component {
	if v.Undo == nil {
		return nil
	}
	return undoForm()
}

// after stands below the foot of a section.
func (v view) after(part string) templ.Component {
	if v.Part != part {
		return nil
	}
	return ui.ReceiptLine(v.Receipt)
}

// form is the form of a section.
func (v view) form(ctx context.Context, part, submit string) *ui.Form {
	f := &ui.Form{Action: path + "/" + part, Submit: submit, Hidden: v.given(part), Back: path + "#" + part}
	if v.Part == part {
		f.Refused = len(v.Faults) > 0
		f.State = ui.Line{Tone: ui.Good, Text: v.Said}
		if f.Refused {
			f.State = ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "profile.not_saved")}
		}
	}
	return f
}

// given is what the form of a section is made with: its version and values.
func (v view) given(part string) []ui.Pair {
	all := []ui.Pair{{Name: "version", Value: v.Version}}
	for _, f := range parts[part] {
		if !v.Profile.Controls[f].Editable {
			continue
		}
		all = append(all, ui.Pair{Name: was(string(f)), Value: v.Profile.Value(f)})
		if a, known := v.Profile.Shown[f]; known {
			all = append(all, ui.Pair{Name: was(sees(f)), Value: string(a)})
		}
	}
	return all
}

func label(ctx context.Context, f identity.Field) string {
	switch f {
	case identity.FirstName:
		return i18n.T(ctx, "profile.first_name")
	case identity.LastName:
		return i18n.T(ctx, "profile.last_name")
	case identity.FullName:
		return i18n.T(ctx, "profile.full_name")
	case identity.DisplayName:
		return i18n.T(ctx, "profile.display_name")
	case identity.Pronouns:
		return i18n.T(ctx, "profile.pronouns")
	case identity.Designation:
		return i18n.T(ctx, "profile.designation")
	case identity.Bio:
		return i18n.T(ctx, "profile.bio")
	case identity.Phone:
		return i18n.T(ctx, "profile.phone")
	case identity.Locale:
		return i18n.T(ctx, "profile.locale")
	case identity.TimeZone:
		return i18n.T(ctx, "profile.time_zone")
	case identity.EmailField:
		return i18n.T(ctx, "profile.email")
	case "visibility":
		return i18n.T(ctx, "profile.visibility")
	case identity.Availability:
		return i18n.T(ctx, "profile.availability")
	case identity.AvatarField:
		return i18n.T(ctx, "profile.picture")
	}
	return ""
}
