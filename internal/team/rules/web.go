package rules

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path         = "/settings/policy"
	revertedWord = "policy-reverted"
	savedWord    = "policy-" // and the part
	pastMost     = 20        // changes that the history shows
)

// Web serves the policy page. A form is tried first: its answer is the page
// with what would happen, and only from there it is saved.
type Web struct {
	Service *Service
	Shell   web.Shell
	// SetBy names whoever set a rule.
	SetBy func(ctx context.Context, userID string) string
}

const (
	presetPart = "preset" // the section that takes a preset
	fieldsPart = "fields" // the section with a row for each field
)

// part is a section that is saved alone.
type part struct {
	name string
	keys []string
}

// parts are the sections, in their order.
var parts = []part{
	{"signing", []string{
		policy.SSOOnly.Name(), policy.MFARequired.Name(), policy.MFAGrace.Name(), policy.MFASMS.Name(), policy.PasskeyAs.Name(),
		policy.PasswordPreset.Name(), policy.PasswordMinLength.Name(), policy.SessionMax.Name(), policy.SessionIdle.Name(),
	}},
	{"tokens", []string{policy.TokensMaxDays.Name(), policy.TokensRedisplay.Name()}},
	{"contact", []string{
		policy.EmailChange.Name(), policy.PhoneChange.Name(), policy.DesignationLock.Name(), policy.CardAccess.Name(),
	}},
	{"reach", append([]string{policy.CapacitySelf.Name()}, capacityKeys()...)},
	{fieldsPart, slices.Concat(fieldKeys(stateSuffix), fieldKeys(visibilitySuffix))},
}

func capacityKeys() (all []string) {
	for _, channel := range policy.Channels {
		all = append(all, policy.CapacityMax(channel).Name())
	}
	return all
}

// fieldKeys leaves out what there is no choice of: a display name is always
// public.
func fieldKeys(suffix string) (all []string) {
	for _, f := range policy.Fields {
		if suffix == visibilitySuffix && f == string(identity.DisplayName) {
			continue
		}
		all = append(all, fieldPrefix+f+suffix)
	}
	return all
}

func partOf(name string) (part, bool) {
	for _, p := range parts {
		if p.name == name {
			return p, true
		}
	}
	return part{name: name}, name == presetPart
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	editor := route.Allowed(identity.EditPolicy)
	t.Add(
		route.Get(path, editor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path+"/{part}", editor, route.Form, route.Plain, route.NoStore, h.try),
		route.Post(path+"/{part}/save", editor.WithProof(), route.Form, route.Plain, route.NoStore, h.save),
		route.Post(path+"/revert", editor.WithProof(), route.Form, route.Plain, route.NoStore, h.revert),
	)
}

// view is what the page shows.
type view struct {
	Sheet    Sheet
	Role     identity.Role // whose rules are edited; empty: everybody's
	Own      map[place]string
	Set      policy.Set // as it holds
	Past     []Past
	Said     string // the server's word on the last save
	Part     string // that was saved, or is tried
	Posted   map[string]string
	Forecast *Forecast
	Tried    string
	Moved    bool // what was shown before is not what is saved now
	Faults   web.Faults
	Zone     *time.Location
	SetBy    func(ctx context.Context, userID string) string
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	switch word := web.Flashed(w, r); {
	case word == revertedWord:
		v.Part, v.Said = "history", i18n.T(r.Context(), "rules.reverted")
	case len(word) > len(savedWord) && word[:len(savedWord)] == savedWord:
		v.Part, v.Said = word[len(savedWord):], i18n.T(r.Context(), "rules.saved")
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) view(r *http.Request) (v view, err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v = view{Role: identity.Role(r.URL.Query().Get("role")), SetBy: h.SetBy, Zone: c.User.Place()}
	if !v.Role.Valid() {
		v.Role = ""
	}
	if v.Sheet, err = h.Service.Get(ctx, c.Actor, c.Actor.Membership.OrganizationID); err != nil {
		return v, err
	}
	if v.Set, err = v.Sheet.Set(v.Role); err != nil {
		return v, err
	}
	v.Own = v.Sheet.own()
	v.Past, err = h.Service.History(ctx, v.Sheet, "", pastMost)
	return v, err
}

// try shows what a form would do.
func (h Web) try(w http.ResponseWriter, r *http.Request) error {
	p, v, err := h.posted(r)
	if err != nil {
		return err
	}
	return h.outlook(w, r, v, p)
}

func (h Web) outlook(w http.ResponseWriter, r *http.Request, v view, p Patch) error {
	f, err := h.Service.Try(r.Context(), session.Actor(r.Context()), v.Sheet, p)
	if err != nil {
		if v.Faults, err = web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err)); err != nil {
			return err
		}
		return h.page(w, r, http.StatusUnprocessableEntity, v)
	}
	v.Forecast, v.Tried = &f, mark(v.Sheet, p)
	if v.Set, err = f.After.Set(v.Role); err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, v)
}

// mark is another one for each patch and for each state that it is made from,
// so that nothing is saved but what was shown.
func mark(s Sheet, p Patch) string {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // it is read from JSON
	}
	sum := sha256.Sum256(append([]byte(s.Version), raw...))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func (h Web) save(w http.ResponseWriter, r *http.Request) error {
	p, v, err := h.posted(r)
	if err != nil {
		return err
	}
	if r.PostFormValue("tried") != mark(v.Sheet, p) {
		v.Moved = true
		return h.outlook(w, r, v, p)
	}
	actor := session.Actor(r.Context())
	if _, err := h.Service.Change(r.Context(), actor, v.Sheet.OrganizationID, v.Sheet.Version, p); err != nil {
		return err
	}
	web.Flash(w, r, savedWord+v.Part)
	return web.SeeOther(w, r, v.address()+"#"+v.Part)
}

// posted reads the form of a section: what differs in it from what is set.
func (h Web) posted(r *http.Request) (p Patch, v view, err error) {
	if err = r.ParseForm(); err != nil {
		return p, v, err
	}
	section, ok := partOf(r.PathValue("part"))
	if !ok {
		return p, v, session.ErrNotFound
	}
	if v, err = h.view(r); err != nil {
		return p, v, err
	}
	v.Part, v.Posted = section.name, map[string]string{}
	if section.name == presetPart {
		p.Preset = r.PostFormValue(presetPart)
		v.Posted[presetPart] = p.Preset
		return p, v, nil
	}
	for _, key := range section.keys {
		if !r.PostForm.Has(key) {
			continue
		}
		v.Posted[key] = r.PostFormValue(key)
		if v.Posted[key] != v.Own[place{v.Role, key}] {
			p.Put(v.Role, key, reads(v.Posted[key]))
		}
	}
	return p, v, nil
}

func (h Web) revert(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	actor := session.Actor(r.Context())
	if _, err := h.Service.Revert(r.Context(), actor, actor.Membership.OrganizationID, r.PostFormValue("entry")); err != nil {
		return err
	}
	web.Flash(w, r, revertedWord)
	return web.SeeOther(w, r, path+"#history")
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(r.Context(), "rules.title"), ui.LayoutTabs
		if len(v.Faults) > 0 {
			f.Fault = titleOf(r.Context(), v.Faults[0].Field)
		}
	}, page(v))
}

// address is the page with the role whose rules it edits.
func (v view) address() string { return addressOf(v.Role) }

func addressOf(role identity.Role) string {
	if role == "" {
		return path
	}
	return path + "?role=" + string(role)
}
