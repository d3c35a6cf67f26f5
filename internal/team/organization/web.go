package organization

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path     = "/settings/organization"
	allPath  = "/settings/organizations"
	mainWord = "organization-main"
	leftWord = "organization-left"
	goneWord = "organization-deleted"
	codeWord = "organization-code"
	okWord   = "organization-verified"
	offWord  = "organization-withdrawn"
	giveWord = "organization-offered"
)

func ownershipPath(org string) string { return path + "/" + org + "/ownership" }

// parts are the sections that are saved, each alone, with their fields.
var parts = map[string][]Field{
	"details": {Name, Email, Phone, Website, TimeZone},
	"address": under(ofAddress),
	"billing": append([]Field{BillingName, BillingEmail, BillingTaxID}, under(ofBilling+ofAddress)...),
	"members": {LogoForMembers},
	"roles":   under(ofLabels),
}

func under(prefix string) (some []Field) {
	for _, f := range Fields {
		if strings.HasPrefix(string(f), prefix) {
			some = append(some, f)
		}
	}
	return some
}

// Web serves the pages of an organization, and that of all of a person's.
type Web struct {
	Service *Service
	Shell   web.Shell
	// RoleLabel names a role in words.
	RoleLabel func(ctx context.Context, m identity.Membership) string
	// Leave ends the caller's own membership.
	Leave func(ctx context.Context, c session.Caller) error
	// Find returns the id of the person with an address, and whether there is
	// one.
	Find func(ctx context.Context, address string) (id string, found bool, err error)
}

// Mount adds the routes of the pages. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	const one = path + "/{org}"
	reads, edits := route.Allowed(identity.ReadDetails), route.Allowed(identity.EditDetails)
	owns, ends := route.Allowed(identity.ManageOwners), route.Allowed(identity.DeleteOrganization)
	t.Add(
		route.Get(path, reads, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(one+"/save/{part}", route.Allowed(identity.EditOrganization), route.Form, route.Plain, route.NoStore, h.save),
		route.Post(one+"/logo", edits, route.Upload, route.Plain, route.NoStore, h.setLogo),
		route.Post(one+"/logo/remove", edits, route.Upload, route.Plain, route.NoStore, h.removeLogo),
		route.Post(one+"/email/code", edits, route.Form, route.Guarded, route.NoStore, h.sendCode),
		route.Post(one+"/email/verify", edits, route.Form, route.Guarded, route.NoStore, h.verify),
		route.Post(one+"/offer", owns.WithProof(), route.Form, route.Plain, route.NoStore, h.offer),
		route.Get(one+"/ownership", route.Person, route.NoBody, route.Plain, route.NoStore, h.ownership),
		route.Post(one+"/ownership", route.Person.WithProof(), route.Form, route.Plain, route.NoStore, h.accept),
		route.Post(one+"/ownership/withdraw", route.Person, route.Form, route.Plain, route.NoStore, h.withdraw),
		route.Post(one+"/leave", route.Person, route.Form, route.Plain, route.NoStore, h.leave),
		route.Get(one+"/delete", ends, route.NoBody, route.Plain, route.NoStore, h.ending),
		route.Post(one+"/delete", ends.WithProof(), route.Form, route.Plain, route.NoStore, h.delete),
		route.Get(allPath, route.Person, route.NoBody, route.Plain, route.NoStore, h.all),
		route.Post(allPath, route.Person, route.Form, route.Guarded, route.NoStore, h.create),
		route.Post(allPath+"/{org}/main", route.Person, route.Form, route.Plain, route.NoStore, h.makeMain),
	)
}

// view is what the page of an organization shows.
type view struct {
	Details
	Caller  session.Caller
	Editors []Editor
	Offer   *Offer // that waits
	OfferTo string // who is to accept it
	Typed   Patch  // what was typed, after a save that was refused
	Part    string // the section that was saved or refused
	Said    string
	Faults  web.Faults
	Now     time.Time
	Zone    *time.Location

	roleLabel func(ctx context.Context, m identity.Membership) string
	address   string // typed as the receiver of an offer
	flash     string // the word of the last act
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{flash: web.Flashed(w, r)}
	v.Part, v.Said = said(r.Context(), v.flash)
	return h.page(w, r, http.StatusOK, v)
}

// said is the section that a word is about, and the word in words.
func said(ctx context.Context, word string) (part, text string) {
	part = strings.TrimPrefix(word, "organization-")
	switch word {
	case codeWord:
		return "details", i18n.T(ctx, "organization.said_code")
	case okWord:
		return "details", i18n.T(ctx, "organization.said_verified")
	case giveWord:
		return "owner", i18n.T(ctx, "organization.said_offered")
	case offWord:
		return "owner", i18n.T(ctx, "organization.said_withdrawn")
	}
	if parts[part] != nil {
		return part, i18n.T(ctx, "organization.saved")
	}
	return "", ""
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v.Caller, v.Now, v.Zone, v.roleLabel = c, h.Service.Clock.Now(), c.User.Place(), h.RoleLabel
	if v.Details, err = h.Service.Get(ctx, c); err != nil {
		return err
	}
	if v.Editors, err = h.Service.Editors(ctx, c); err != nil {
		return err
	}
	o, err := h.Service.Pending(ctx, c)
	switch {
	case err == nil:
		v.Offer = &o
		if v.OfferTo, err = h.nameOf(ctx, o.To); err != nil {
			return err
		}
	case !errors.Is(err, ErrNoOffer):
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(ctx, "organization.title"), ui.LayoutTabs
		if len(v.Faults) > 0 {
			f.Fault = v.label(ctx, Field(v.Faults[0].Field))
		}
	}, page(v))
}

func (h Web) nameOf(ctx context.Context, userID string) (string, error) {
	u, err := identity.Get(ctx, h.Service.DB, userID)
	return identity.ShownName(u, identity.AudiencesOf(u)), err
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
	p := Patch{}
	for _, f := range fields {
		if r.PostForm.Has(string(f)) {
			p[f] = r.PostFormValue(string(f))
		}
	}
	if _, err := h.Service.Change(r.Context(), session.Of(r.Context()), version, p); err != nil {
		return h.refused(w, r, view{Part: part, Typed: p}, err)
	}
	web.Flash(w, r, "organization-"+part)
	return web.SeeOther(w, r, path+"#"+part)
}

// refused shows the page again with what is wrong. Whoever may not do it at all
// gets the error itself.
func (h Web) refused(w http.ResponseWriter, r *http.Request, v view, err error) error {
	if kind := errs.KindOf(err); kind == errs.Denied || kind == errs.NotFound {
		return err
	}
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	v.Faults = faults
	return h.page(w, r, status, v)
}

func (h Web) sendCode(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.SendCode(r.Context(), session.Of(r.Context())); err != nil {
		return h.refused(w, r, view{Part: "details"}, err)
	}
	web.Flash(w, r, codeWord)
	return web.SeeOther(w, r, path+"#details")
}

func (h Web) verify(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if _, err := h.Service.VerifyEmail(r.Context(), session.Of(r.Context()), r.PostFormValue("code")); err != nil {
		return h.refused(w, r, view{Part: "details"}, err)
	}
	web.Flash(w, r, okWord)
	return web.SeeOther(w, r, path+"#details")
}

// offer finds the receiver by the address, which owners see.
func (h Web) offer(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	address := r.PostFormValue("user")
	id, found, err := h.Find(r.Context(), address)
	if err == nil && !found {
		err = ErrReceiver
	}
	if err == nil {
		_, err = h.Service.Offer(r.Context(), session.Of(r.Context()), id)
	}
	if err != nil {
		return h.refused(w, r, view{Part: "owner", address: address}, err)
	}
	web.Flash(w, r, giveWord)
	return web.SeeOther(w, r, path+"#owner")
}

// ownership is where the mail of an offer leads.
func (h Web) ownership(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), session.Of(r.Context())
	o, err := h.Service.Pending(ctx, c)
	if err != nil {
		return err
	}
	name, err := h.nameOf(ctx, o.From)
	if err != nil {
		return err
	}
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) { f.Title = i18n.T(ctx, "organization.ownership") },
		ownershipPage(c.Actor.Membership, o, name))
}

func (h Web) accept(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Accept(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	return web.SeeOther(w, r, path)
}

func (h Web) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Withdraw(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	web.Flash(w, r, offWord)
	return web.SeeOther(w, r, path+"#owner")
}

func (h Web) leave(w http.ResponseWriter, r *http.Request) error {
	if err := h.Leave(r.Context(), session.Of(r.Context())); err != nil {
		return h.refused(w, r, view{Part: "leave"}, err)
	}
	web.Flash(w, r, leftWord)
	return web.SeeOther(w, r, allPath)
}

func (h Web) ending(w http.ResponseWriter, r *http.Request) error {
	return h.endPage(w, r, http.StatusOK, "", nil)
}

func (h Web) endPage(w http.ResponseWriter, r *http.Request, status int, typed string, faults web.Faults) error {
	ctx, c := r.Context(), session.Of(r.Context())
	e, err := h.Service.Ending(ctx, c)
	if err != nil {
		return err
	}
	name := c.Actor.Membership.OrganizationName
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(ctx, "organization.delete_title", "Organization", name)
		if len(faults) > 0 {
			f.Fault = i18n.T(ctx, "organization.confirm")
		}
	}, endPage(c.Actor.Membership, e, typed, faults))
}

func (h Web) delete(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	typed := r.PostFormValue("confirm")
	err := h.Service.Delete(r.Context(), session.Of(r.Context()), typed)
	if errors.Is(err, ErrConfirm) {
		faults, err := web.FaultsOf(r.Context(), err)
		if err != nil {
			return err
		}
		return h.endPage(w, r, http.StatusUnprocessableEntity, typed, faults)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, goneWord)
	return web.SeeOther(w, r, allPath)
}

// allView is what the page of a person's organizations shows.
type allView struct {
	Caller session.Caller
	Typed  string
	Said   string
	Faults web.Faults
	Zone   *time.Location

	roleLabel func(ctx context.Context, m identity.Membership) string
}

func (h Web) all(w http.ResponseWriter, r *http.Request) error {
	v := allView{}
	switch web.Flashed(w, r) {
	case mainWord:
		v.Said = i18n.T(r.Context(), "organization.said_main")
	case leftWord:
		v.Said = i18n.T(r.Context(), "organization.said_left")
	case goneWord:
		v.Said = i18n.T(r.Context(), "organization.said_deleted")
	}
	return h.allPage(w, r, http.StatusOK, v)
}

func (h Web) allPage(w http.ResponseWriter, r *http.Request, status int, v allView) error {
	v.Caller, v.roleLabel = session.Of(r.Context()), h.RoleLabel
	v.Zone = v.Caller.User.Place()
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "organization.all")
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(r.Context(), "organization.name")
		}
	}, allPage(v))
}

func (h Web) create(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	name := r.PostFormValue("name")
	if _, err := h.Service.Create(r.Context(), session.Of(r.Context()), name); err != nil {
		status := web.Refusal(w.Header(), err)
		faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if err != nil {
			return err
		}
		return h.allPage(w, r, status, allView{Typed: name, Faults: faults})
	}
	return web.SeeOther(w, r, allPath)
}

func (h Web) makeMain(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.MakeMain(r.Context(), session.Of(r.Context()), r.PathValue("org")); err != nil {
		return err
	}
	web.Flash(w, r, mainWord)
	return web.SeeOther(w, r, allPath)
}

func (v view) edits() bool { return edits(v.Caller) }
func (v view) bills() bool { return bills(v.Caller) }

func (v view) owns() bool { return v.Caller.Actor.Can(identity.ManageOwners) }

// to is the address of one of the organization's forms.
func (v view) to(act string) string { return path + "/" + v.Organization.ID + "/" + act }

// value is what a field shows: what was typed, or what is kept.
func (v view) value(f Field) string {
	if text, ok := v.Typed[f]; ok {
		return text
	}
	return v.Details.Value(f)
}

// form is the form of a section.
func (v view) form(ctx context.Context, part, submit string) *ui.Form {
	f := &ui.Form{
		Action: v.to("save/" + part), Submit: submit, Back: path + "#" + part, State: v.state(ctx, part),
		Hidden:  []ui.Pair{{Name: "version", Value: strconv.FormatInt(v.Organization.Version, 10)}},
		Refused: v.Part == part && v.Typed != nil,
	}
	return f
}

// state is the server's word on a section.
func (v view) state(ctx context.Context, part string) ui.Line {
	switch {
	case v.Part != part:
		return ui.Line{}
	case len(v.Faults) > 0:
		return ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "organization.not_saved")}
	}
	return ui.Line{Tone: ui.Good, Text: v.Said}
}

// tabs lead to the sections that the caller sees.
func (v view) tabs(ctx context.Context) []ui.Tab {
	var all []ui.Tab
	add := func(seen bool, anchor, label string) {
		if seen {
			all = append(all, ui.Tab{Anchor: anchor, Label: label})
		}
	}
	add(true, "details", i18n.T(ctx, "organization.details"))
	add(v.edits(), "logo", i18n.T(ctx, "organization.logo"))
	add(v.edits(), "address", i18n.T(ctx, "organization.address"))
	add(v.bills(), "billing", i18n.T(ctx, "organization.billing"))
	add(v.edits(), "roles", i18n.T(ctx, "organization.roles"))
	add(true, "editors", i18n.T(ctx, "organization.editors"))
	add(v.owns(), "owner", i18n.T(ctx, "organization.owner"))
	add(true, "leave", i18n.T(ctx, "organization.leave"))
	add(v.owns(), "delete", i18n.T(ctx, "organization.delete"))
	return all
}

// here reports whether the caller is somebody.
func (v view) here(userID string) bool { return v.Caller.User.ID == userID }

// editorRows are those who can edit, and what.
func (v view) editorRows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, e := range v.Editors {
		m := v.Caller.Actor.Membership
		m.Role = e.Role
		row := ui.Row{Picture: &ui.Picture{URL: e.Picture}, Name: e.Name, Meta: v.roleLabel(ctx, m)}
		if row.Name == "" {
			row.Name = i18n.T(ctx, "organization.nameless")
		}
		if v.here(e.UserID) {
			row.Tags = []ui.Tag{{Tone: ui.Own, Word: i18n.T(ctx, "organization.you")}}
		}
		switch e.Role {
		case identity.Owner:
			row.Side = i18n.T(ctx, "organization.edits_all")
		case identity.Admin:
			row.Side = i18n.T(ctx, "organization.edits_details")
		}
		rows = append(rows, row)
	}
	return rows
}

// rows are a person's organizations.
func (v allView) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for i, m := range v.Caller.Memberships {
		row := ui.Row{
			Icon: "building", Name: m.OrganizationName, Meta: v.roleLabel(ctx, m),
			Side: i18n.T(ctx, "organization.since", "When", i18n.Date(ctx, m.Since.In(v.Zone))),
		}
		if m.OrganizationID == v.Caller.Actor.Membership.OrganizationID {
			row.Tags = append(row.Tags, ui.Tag{Tone: ui.Own, Word: i18n.T(ctx, "organization.current")})
		}
		switch {
		case len(v.Caller.Memberships) == 1:
		case i == 0:
			row.Tags = append(row.Tags, ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "organization.main")})
		default:
			row.Act = mainForm(m)
		}
		rows = append(rows, row)
	}
	return rows
}
