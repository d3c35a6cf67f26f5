package employee

import (
	"context"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path        = "/settings/digital-employees"
	membersPath = "/settings/members"
	section     = membersPath + "#digital-employees"

	madeWord      = "digital-employee-made"
	savedWord     = "digital-employee-saved"
	removedWord   = "digital-employee-removed"
	pictureWord   = "digital-employee-picture"
	noPictureWord = "digital-employee-no-picture"
)

// Web serves the pages of digital employees, and the part of the page of
// members that lists them.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Card is the card as customers of the organization see it, and its address;
	// nil where there is none.
	Card func(ctx context.Context, id, organizationID string) (*ui.CardView, string)
}

// Mount adds the routes of the pages. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	const one = path + "/{org}/{id}"
	may := route.Allowed(identity.ManageMembers)
	t.Add(
		route.Get(path+"/new", may, route.NoBody, route.Plain, route.NoStore, h.form),
		route.Get(path+"/{id}", may, route.NoBody, route.Plain, route.NoStore, h.one),
		route.Post(path+"/{org}", may, route.Form, route.Plain, route.NoStore, h.create),
		route.Post(one+"/save", may, route.Form, route.Plain, route.NoStore, h.save),
		route.Post(one+"/picture", may, route.Upload, route.Plain, route.NoStore, h.setPicture),
		route.Post(one+"/picture/remove", may, route.Upload, route.Plain, route.NoStore, h.removePicture),
		route.Post(one+"/remove", may, route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// listView is the part of the page of members.
type listView struct {
	All     []Employee
	Manages bool
	Said    string
}

// Sections are the part of the page of members.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	all, err := h.Service.List(r.Context(), c.Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	v := listView{All: all, Manages: c.Actor.Can(identity.ManageMembers)}
	if len(all) == 0 && !v.Manages {
		return nil, nil
	}
	if web.Said(r) == removedWord {
		v.Said = i18n.T(r.Context(), "digital.said_removed")
	}
	return []templ.Component{list(v)}, nil
}

func (v listView) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.All))
	for i, e := range v.All {
		rows[i] = ui.Row{
			Picture: picture(e), Name: e.Name, Meta: e.Designation,
			Tags: []ui.Tag{{Icon: "spark", Word: i18n.T(ctx, "ui.card_ai")}},
			Act:  ui.ButtonOf(ui.Button{Label: i18n.T(ctx, "digital.card"), Object: " " + e.Name, Kind: ui.KindGhost, Small: true, Href: "/c/" + e.ID}),
		}
		if v.Manages {
			rows[i].Act = ui.ButtonOf(ui.Button{Label: i18n.T(ctx, "digital.open"), Object: " " + e.Name, Kind: ui.KindGhost, Small: true, Href: path + "/" + e.ID})
		}
	}
	return rows
}

// picture is the one of an employee, or the sign of all who have none.
func picture(e Employee) *ui.Picture {
	if e.Picture == "" {
		return &ui.Picture{AI: true}
	}
	return &ui.Picture{URL: identity.AvatarOf("", e.User(), identity.Membership{}).Sizes["96"]}
}

// oneView is the page of one, or of one to be.
type oneView struct {
	Employee
	Org         string
	Clients     []Client
	Typed       map[string]string
	Faults      web.Faults
	Said        string // word of the page before
	Card        *ui.CardView
	CardAddress string
}

func (h Web) form(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, oneView{})
}

func (h Web) one(w http.ResponseWriter, r *http.Request) error {
	e, err := h.find(r)
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, oneView{Employee: e, Said: web.Flashed(w, r)})
}

func (h Web) find(r *http.Request) (Employee, error) {
	return h.Service.Get(r.Context(), h.Service.DB, session.Actor(r.Context()).Membership.OrganizationID, r.PathValue("id"))
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v oneView) (err error) {
	ctx := r.Context()
	v.Org = session.Actor(ctx).Membership.OrganizationID
	if v.Clients, err = h.Service.Clients(ctx, h.Service.DB, v.Org); err != nil {
		return err
	}
	title, view := i18n.T(ctx, "digital.new"), newPage(v)
	if v.ID != "" {
		v.Card, v.CardAddress = h.Card(ctx, v.ID, v.Org)
		title, view = v.Name, onePage(v)
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = title
		if v.ID != "" {
			f.Layout = ui.LayoutRail
		}
		if len(v.Faults) > 0 {
			f.Fault = v.Faults[0].Text
		}
	}, view)
}

// filled reads a form of one.
func filled(r *http.Request) (p Patch, typed map[string]string, err error) {
	if err := r.ParseForm(); err != nil {
		return p, nil, err
	}
	typed = map[string]string{}
	for name, to := range map[string]**string{"name": &p.Name, "designation": &p.Designation, "bio": &p.Bio, "client": &p.Client} {
		text := r.PostFormValue(name)
		typed[name], *to = text, &text
	}
	return p, typed, nil
}

func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	p, typed, err := filled(r)
	if err != nil {
		return err
	}
	e, err := h.Service.Make(r.Context(), session.Actor(r.Context()), p)
	if err != nil {
		return h.refused(w, r, oneView{Typed: typed}, err)
	}
	web.Flash(w, r, madeWord)
	return web.SeeOther(w, r, path+"/"+e.ID)
}

func (h Web) save(w http.ResponseWriter, r *http.Request) error {
	p, typed, err := filled(r)
	if err != nil {
		return err
	}
	e, err := h.find(r)
	if err != nil {
		return err
	}
	if _, err := h.Service.Change(r.Context(), session.Actor(r.Context()), e.ID, 0, p); err != nil {
		return h.refused(w, r, oneView{Employee: e, Typed: typed}, err)
	}
	web.Flash(w, r, savedWord)
	return web.SeeOther(w, r, path+"/"+e.ID)
}

func (h Web) refused(w http.ResponseWriter, r *http.Request, v oneView, err error) error {
	status, faults, err := h.Shell.Refused(w, r, err)
	if err != nil {
		return err
	}
	v.Faults = faults
	return h.page(w, r, status, v)
}

func (h Web) setPicture(w http.ResponseWriter, r *http.Request) error {
	up, err := portrait.FromPage(r)
	if err == nil {
		_, err = h.Service.SetPicture(r.Context(), session.Actor(r.Context()), r.PathValue("id"), up)
	}
	word := pictureWord
	if err != nil {
		var e *errs.Error
		if err = web.Settle(h.Shell.Log, r, err); !errors.As(err, &e) || e.Kind == errs.Internal || e.Kind == errs.NotFound {
			return err
		}
		word = portrait.Word(e)
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, path+"/"+r.PathValue("id")+"#picture")
}

func (h Web) removePicture(w http.ResponseWriter, r *http.Request) error {
	e, err := h.Service.RemovePicture(r.Context(), session.Actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.Flash(w, r, noPictureWord)
	return web.SeeOther(w, r, path+"/"+e.ID+"#picture")
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Actor(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, section)
}

// to is the address of one of the forms.
func (v oneView) to(act string) string { return path + "/" + v.Org + "/" + v.ID + "/" + act }

func (v oneView) fill(ctx context.Context, submit string) *ui.Form {
	f := &ui.Form{Action: path + "/" + v.Org, Submit: submit, Plain: true, Refused: len(v.Faults) > 0, Acts: back()}
	if v.ID != "" {
		f = &ui.Form{Action: v.to("save"), Submit: submit, Back: path + "/" + v.ID, Refused: len(v.Faults) > 0}
	}
	switch {
	case f.Refused:
		f.State = ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "digital.not_saved")}
	case v.Said == madeWord:
		f.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "digital.said_made")}
	case v.Said == savedWord:
		f.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "digital.said_saved")}
	}
	return f
}

// value is what a field shows: what was typed, or what is kept.
func (v oneView) value(name, kept string) string {
	if text, ok := v.Typed[name]; ok {
		return text
	}
	return kept
}

func (v oneView) name(ctx context.Context) ui.Field {
	return ui.Field{
		Name: "name", Label: i18n.T(ctx, "digital.name"), Value: v.value("name", v.Name),
		Error: v.Faults.Of("name"), Autocomplete: "off", Preview: "display_name",
	}
}

func (v oneView) designation(ctx context.Context) ui.Field {
	return ui.Field{
		Name: "designation", Label: i18n.T(ctx, "digital.designation"), Value: v.value("designation", v.Designation), Optional: true,
		Error: v.Faults.Of("designation"), Autocomplete: "off", Preview: "designation",
	}
}

func (v oneView) bio(ctx context.Context) ui.Field {
	return ui.Field{
		Name: "bio", Label: i18n.T(ctx, "digital.bio"), Value: v.value("bio", v.Bio), Optional: true, Error: v.Faults.Of("bio"),
		Rows: 3, Limit: maxBio, Prose: true, Preview: "bio",
	}
}

// client chooses by which API client it acts.
func (v oneView) client(ctx context.Context) ui.Field {
	f := ui.Field{
		Name: "client", Label: i18n.T(ctx, "digital.client"), Hint: i18n.T(ctx, "digital.client_hint"), Value: v.value("client", v.ClientID),
		Error: v.Faults.Of("client"), Options: []ui.Option{{Label: i18n.T(ctx, "digital.client_none")}},
	}
	for _, c := range v.Clients {
		f.Options = append(f.Options, ui.Option{Value: c.ID, Label: c.Name})
	}
	return f
}

// cropper is the form for the picture, with the word of the last try.
func (v oneView) cropper(ctx context.Context) ui.Cropper {
	c := ui.Cropper{AI: true, Action: v.to("picture"), Picture: picture(v.Employee).URL}
	if v.Picture != "" {
		c.Remove = v.to("picture/remove")
	}
	switch v.Said {
	case pictureWord:
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "digital.said_picture")}
	case noPictureWord:
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "digital.said_no_picture")}
	default:
		c.Error = portrait.Refusal(ctx, v.Said)
	}
	return c
}

// add is the way to a further one, for those who may.
func (v listView) add() templ.Component {
	if !v.Manages {
		return nil
	}
	return add()
}
