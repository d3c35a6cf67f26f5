package factor

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	securityPath = "/settings/security"
	appPath      = securityPath + "/authenticator"
	codesPath    = securityPath + "/backup-codes"
	factorsPath  = securityPath + "/factors"
	sectionPath  = securityPath + "#factors"

	addedWord   = "factor-added"
	renamedWord = "factor-renamed"
	removedWord = "factor-removed"
)

// Web serves the set-up of an app, the page of each one, and the part of the
// security page that lists them.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Origin says who set a rule, and who can change it.
	Origin func(ctx context.Context, v policy.Value) string
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	sensitive := route.Person.WithProof()
	setUp := sensitive.ForSetUp()
	t.Add(
		route.Get(appPath, setUp, route.NoBody, route.Plain, route.NoStore, h.setup),
		route.Post(appPath, setUp, route.Form, route.Guarded, route.NoStore, h.begin),
		route.Post(appPath+"/confirm", setUp, route.Form, route.Guarded, route.NoStore, h.confirm),
		route.Post(codesPath, sensitive, route.Form, route.Guarded, route.NoStore, h.renew),
		route.Get(factorsPath+"/{id}", route.Person, route.NoBody, route.Plain, route.NoStore, h.one),
		route.Post(factorsPath+"/{id}", sensitive, route.Form, route.Plain, route.NoStore, h.rename),
		route.Post(factorsPath+"/{id}/remove", sensitive, route.Form, route.Plain, route.NoStore, h.remove),
	)
	h.mountPasskeys(t, setUp)
	h.mountPhones(t)
}

// status is what the security page says about factors.
type status struct {
	On        []Factor // apps
	Phones    []Phone
	Remaining int64
	Off       string // why there are no passkeys
	Said      string
	Now       time.Time
	Zone      *time.Location
}

// Sections are the parts of the security page.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	found, err := h.Service.List(r.Context(), h.Service.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	v := status{Off: h.off(r.Context()), Said: said(r.Context(), web.Said(r)), Now: h.Service.Clock.Now(), Zone: c.User.Place()}
	for _, f := range found {
		if err := v.add(h.Service, f); err != nil {
			return nil, err
		}
	}
	parts := []templ.Component{factors(v)}
	if v.some() {
		if v.Remaining, err = h.Service.Remaining(r.Context(), h.Service.DB, c.User.ID); err != nil {
			return nil, err
		}
		parts = append(parts, backup(v))
	}
	last, err := h.phones(r, v)
	if last != nil {
		parts = append(parts, last)
	}
	return parts, err
}

func (v *status) add(s *Service, f Factor) error {
	if f.Kind == SMS && f.Confirmed() {
		end, err := s.Ending(f)
		v.Phones = append(v.Phones, Phone{Factor: f, Ending: end})
		return err
	}
	if f.Confirmed() {
		v.On = append(v.On, f)
	}
	return nil
}

// some reports whether the person has a second factor.
func (v status) some() bool { return len(v.On)+len(v.Phones) > 0 }

func said(ctx context.Context, word string) string {
	switch word {
	case addedWord:
		return i18n.T(ctx, "factor.said_added")
	case passkeyAddedWord:
		return i18n.T(ctx, "factor.said_passkey_added")
	case phoneAddedWord:
		return i18n.T(ctx, "factor.said_phone_added")
	case renamedWord:
		return i18n.T(ctx, "factor.said_renamed")
	case removedWord:
		return i18n.T(ctx, "factor.said_removed")
	}
	return ""
}

func (v status) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, f := range v.On {
		row := v.row(ctx, f.icon(), f)
		row.Tags = f.tags(ctx)
		rows = append(rows, row)
	}
	return rows
}

func (v status) phoneRows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, p := range v.Phones {
		row := v.row(ctx, "phone", p.Factor)
		row.Meta = i18n.T(ctx, "factor.phone_since", "Ending", p.Ending, "When", i18n.Date(ctx, p.ConfirmedAt.V.In(v.Zone)))
		rows = append(rows, row)
	}
	return rows
}

func (f Factor) icon() string {
	switch {
	case f.Kind == TOTP:
		return "totp"
	case f.roams():
		return "key"
	}
	return "passkey"
}

// tags say what a passkey is, where its name may not.
func (f Factor) tags(ctx context.Context) []ui.Tag {
	if f.Kind != WebAuthn {
		return nil
	}
	return []ui.Tag{{Tone: ui.Own, Word: f.what(ctx)}}
}

func (v status) row(ctx context.Context, icon string, f Factor) ui.Row {
	row := ui.Row{
		Icon: icon, Name: f.Name, Act: edit(f), Side: i18n.T(ctx, "factor.never_used"),
		Meta: i18n.T(ctx, "factor.since", "When", i18n.Date(ctx, f.ConfirmedAt.V.In(v.Zone))),
	}
	if f.LastUsedAt.Valid {
		row.Side = i18n.T(ctx, "factor.used", "When", i18n.Relative(ctx, v.Now.In(v.Zone), f.LastUsedAt.V.In(v.Zone)))
	}
	return row
}

func (h Web) setup(w http.ResponseWriter, r *http.Request) error {
	return h.setupPage(w, r, http.StatusOK, nil)
}

func (h Web) setupPage(w http.ResponseWriter, r *http.Request, status int, faults web.Faults) error {
	made, err := h.Service.Pending(r.Context(), session.Of(r.Context()))
	if errors.Is(err, ErrExpired) {
		return h.page(w, r, status, i18n.T(r.Context(), "factor.setup"), faults, startPage(faults))
	}
	if err != nil {
		return err
	}
	picture, err := codeFor(made.URI)
	if err != nil {
		return err
	}
	return h.page(w, r, status, i18n.T(r.Context(), "factor.setup"), faults, scanPage(made, picture, faults))
}

func (h Web) begin(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.Begin(r.Context(), session.Of(r.Context())); err != nil {
		return h.refused(w, r, err, h.setupPage)
	}
	return web.SeeOther(w, r, appPath)
}

func (h Web) confirm(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	done, err := h.Service.Confirm(r.Context(), session.Of(r.Context()), r.PostFormValue("code"))
	if err != nil {
		return h.refused(w, r, err, h.setupPage)
	}
	return h.turnedOn(w, r, done, addedWord)
}

// turnedOn shows the backup codes that came with the first factor, or leads back
// with a word.
func (h Web) turnedOn(w http.ResponseWriter, r *http.Request, done Changed, word string) error {
	reborn(r.Context(), w, done)
	if len(done.Codes) > 0 {
		return h.codes(w, r, i18n.T(r.Context(), "factor.on"), done)
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, sectionPath)
}

func (h Web) renew(w http.ResponseWriter, r *http.Request) error {
	done, err := h.Service.Renew(r.Context(), session.Of(r.Context()))
	if err != nil {
		return err
	}
	reborn(r.Context(), w, done)
	return h.codes(w, r, i18n.T(r.Context(), "factor.codes"), done)
}

// codes shows backup codes, this once.
func (h Web) codes(w http.ResponseWriter, r *http.Request, title string, done Changed) error {
	return h.page(w, r, http.StatusOK, title, nil, codesPage(title, grouped(done.Codes)))
}

func (h Web) one(w http.ResponseWriter, r *http.Request) error {
	f, err := h.Service.Find(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.onePage(w, r, http.StatusOK, f, f.Name, nil)
}

func (h Web) onePage(w http.ResponseWriter, r *http.Request, status int, f Factor, name string, faults web.Faults) error {
	c := session.Of(r.Context())
	on, err := confirmed.One(r.Context(), h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	last, stays := on == 1 && f.Confirmed(), ""
	if last && c.Demand.Made() {
		stays = h.Origin(r.Context(), c.Demand.Rule)
	}
	return h.page(w, r, status, f.Name, faults, factorPage(f, name, last, stays, faults))
}

func (h Web) rename(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	c, id, name := session.Of(r.Context()), r.PathValue("id"), r.PostFormValue("name")
	f, err := h.Service.Find(r.Context(), c, id)
	if err != nil {
		return err
	}
	if err := h.Service.Rename(r.Context(), c, id, name); err != nil {
		return h.refused(w, r, err, func(w http.ResponseWriter, r *http.Request, status int, faults web.Faults) error {
			return h.onePage(w, r, status, f, name, faults)
		})
	}
	web.Flash(w, r, renamedWord)
	return web.SeeOther(w, r, sectionPath)
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	done, err := h.Service.Remove(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	reborn(r.Context(), w, done)
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, sectionPath)
}

// refused shows a form again with what is wrong.
func (h Web) refused(w http.ResponseWriter, r *http.Request, err error, again func(http.ResponseWriter, *http.Request, int, web.Faults) error) error {
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	return again(w, r, status, faults)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, title string, faults web.Faults, body templ.Component) error {
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = title
		if faults.Of("code") != "" {
			f.Fault = i18n.T(r.Context(), "factor.code")
		} else if faults.Of("name") != "" {
			f.Fault = i18n.T(r.Context(), "factor.name")
		} else if faults.Of("phone") != "" {
			f.Fault = i18n.T(r.Context(), "factor.number")
		}
	}, body)
}

// fours cuts text into groups of four, as people read it.
func fours(text string) (groups []string) {
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return append(groups, text)
}

func grouped(fresh []secret.Secret) []string {
	texts := make([]string, len(fresh))
	for i, code := range fresh {
		texts[i] = strings.Join(fours(code.Reveal()), "-")
	}
	return texts
}

// asFile is a link that downloads lines as a text, without a script.
func asFile(lines []string) templ.SafeURL {
	return templ.SafeURL("data:text/plain;charset=utf-8," + strings.Join(lines, "%0A") + "%0A")
}
