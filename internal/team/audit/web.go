package audit

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	home     = "/settings/audit"
	pageSize = 50
)

// Web serves the audit page.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Field is what a field of the profile is called; empty for one that has no
	// name of its own.
	Field func(ctx context.Context, name string) string
	// Role is what a role is called in the organization.
	Role func(ctx context.Context, m identity.Membership) string
}

// Mount adds the routes of the page. The form names the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	readers := route.Allowed(identity.ReadAudit)
	t.Add(
		route.Get(home, readers, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(home+"/{org}/export", readers, route.Form, route.Guarded, route.NoStore, h.export),
	)
}

// view is what the page shows.
type view struct {
	Form    form
	Org     string // id of the organization
	Entries []Entry
	More    bool
	Last    journal.Entry
	Report  *journal.Report // of a verification that was asked for
	Faults  web.Faults
	Now     time.Time
	Zone    *time.Location
	Field   func(ctx context.Context, name string) string
	Role    func(ctx context.Context, role string) string
}

// form is the filter as people fill it in.
type form struct {
	Who, Actor, Kind, From, To string
	Before                     string // cursor
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := h.begin(r, r.URL.Query())
	if r.URL.Query().Has("verify") {
		rep, err := h.Service.Verify(r.Context(), organization(r))
		if err != nil {
			return err
		}
		v.Report = &rep
	}
	return h.page(w, r, http.StatusOK, v)
}

func organization(r *http.Request) string {
	return session.Actor(r.Context()).Membership.OrganizationID
}

func (h Web) begin(r *http.Request, q url.Values) view {
	v := view{Org: organization(r), Now: h.Service.Clock.Now(), Zone: time.UTC, Field: h.Field, Form: form{
		Who: strings.TrimSpace(q.Get("who")), Actor: q.Get("actor"), Kind: q.Get("kind"), From: q.Get("from"), To: q.Get("to"), Before: q.Get("before"),
	}}
	c := session.Of(r.Context())
	if place, err := time.LoadLocation(c.User.TimeZone); err == nil {
		v.Zone = place
	}
	v.Role = func(ctx context.Context, role string) string {
		m := c.Actor.Membership
		m.Role = identity.Role(role)
		return h.Role(ctx, m)
	}
	return v
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	ctx, trail := r.Context(), organization(r)
	seq, ok := position(v.Form.Before)
	if !ok {
		v.Form.Before = ""
	}
	all, err := h.Service.List(ctx, trail, v.Form.query(v.Zone), seq, pageSize+1)
	if err != nil {
		return err
	}
	if v.More = len(all) > pageSize; v.More {
		all = all[:pageSize]
	}
	v.Entries = all
	if v.Last, err = journal.Last(ctx, h.Service.DB, trail); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(ctx, "audit.title"), ui.LayoutTabs
	}, auditPage(v))
}

func (h Web) export(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := h.begin(r, r.PostForm)
	err := h.Service.Export(r.Context(), session.Of(r.Context()), v.Form.query(v.Zone), Format(r.PostFormValue("format")), w)
	if err == nil {
		return nil
	}
	faults, other := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if other != nil {
		return other
	}
	v.Faults = faults
	return h.page(w, r, web.Refusal(w.Header(), err), v)
}

// query reads the form. What can't be read narrows nothing. Both days are
// whole ones of the reader's zone.
func (f form) query(zone *time.Location) Query {
	q := Query{Who: f.Who, Actor: f.Actor}
	if slices.Contains(kinds, Kind(f.Kind)) {
		q.Kind = Kind(f.Kind)
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.From, zone); err == nil {
		q.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.To, zone); err == nil {
		q.To = day.AddDate(0, 0, 1)
	}
	return q
}

// pairs are the filter as it is sent along, without the cursor.
func (f form) pairs() (all []ui.Pair) {
	for _, p := range []ui.Pair{{Name: "who", Value: f.Who}, {Name: "actor", Value: f.Actor}, {Name: "kind", Value: f.Kind}, {Name: "from", Value: f.From}, {Name: "to", Value: f.To}} {
		if p.Value != "" {
			all = append(all, p)
		}
	}
	return all
}

// address is where the page shows the filter from a cursor on.
func (f form) address(before string) string {
	q := url.Values{}
	for _, p := range f.pairs() {
		q.Set(p.Name, p.Value)
	}
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return home + "#trail"
	}
	return home + "?" + q.Encode() + "#trail"
}

// next is the cursor of the page that follows.
func (v view) next() string { return strconv.FormatInt(v.Entries[len(v.Entries)-1].Seq, 10) }

// paging leads to other pages of the trail, if there are any.
func (v view) paging() templ.Component {
	if !v.More && v.Form.Before == "" {
		return nil
	}
	return ways(v)
}

// only is where the page shows what one person did.
func only(actor string) templ.SafeURL { return templ.SafeURL(form{Actor: actor}.address("")) }

// days are the entries as the page lists them.
func (v view) days(ctx context.Context) (all []ui.Day) {
	for _, e := range v.Entries {
		at := e.At.In(v.Zone)
		title := i18n.Date(ctx, at)
		if len(all) == 0 || all[len(all)-1].Title != title {
			all = append(all, ui.Day{Title: title})
		}
		day := &all[len(all)-1]
		day.Lines = append(day.Lines, ui.Entry{
			At: e.At, Clock: i18n.Clock(ctx, at), Tag: KindOf(e.Action).tag(ctx), Who: e.actor(ctx), What: did(ctx, e.Action), Whom: e.target(ctx),
			Trace: v.trace(ctx, e),
		})
	}
	return all
}

// trace is what else is known of an entry.
func (v view) trace(ctx context.Context, e Entry) []ui.Fact {
	var facts []ui.Fact
	add := func(term string, value templ.Component) { facts = append(facts, ui.Fact{Term: term, Value: value}) }
	if len(e.Changes) > 0 {
		add(i18n.T(ctx, "audit.changed"), ui.Words(strings.Join(v.fields(ctx, e.Changes), ", ")))
	}
	before, after := e.Details["before"], e.Details["after"]
	if before != "" || after != "" {
		add(i18n.T(ctx, "audit.from_to"), change(v.value(ctx, before), v.value(ctx, after)))
	}
	for _, name := range detailNames(e.Details) {
		add(detailWord(ctx, name), ui.Words(v.detail(ctx, name, e.Details[name])))
	}
	add(i18n.T(ctx, "audit.origin"), ui.Words(e.way(ctx)))
	add(i18n.T(ctx, "audit.action"), code(e.Action))
	add(i18n.T(ctx, "audit.seal"), seal(e.Seq, short(e.Hash), short(e.PreviousHash)))
	if journal.IsPerson(e.Actor) {
		add(i18n.T(ctx, "audit.person"), onlyLink(e.Actor))
	}
	return facts
}

func (v view) fields(ctx context.Context, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		if out[i] = v.Field(ctx, name); out[i] == "" {
			out[i] = name
		}
	}
	return out
}

// detailNames are the details that are shown one by one.
func detailNames(all map[string]string) (names []string) {
	for name := range all {
		if name != "before" && name != "after" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func detailWord(ctx context.Context, name string) string {
	switch name {
	case "role":
		return i18n.T(ctx, "audit.role")
	case "format":
		return i18n.T(ctx, "audit.format")
	case "method":
		return i18n.T(ctx, "audit.method")
	}
	return name
}

func (v view) detail(ctx context.Context, name, value string) string {
	switch {
	case name == "format" && Format(value) == JSONL:
		return i18n.T(ctx, "audit.jsonl")
	case name == "method":
		return worded(ctx, "audit.method."+value, value)
	}
	return v.value(ctx, value)
}

// value is a role in words, or what stands there.
func (v view) value(ctx context.Context, text string) string {
	if identity.Role(text).Valid() {
		return v.Role(ctx, text)
	}
	return text
}

// short is the last signs of a hash, by which two can be told apart.
func short(hash []byte) string {
	text := hex.EncodeToString(hash)
	return text[max(0, len(text)-8):]
}

// groups cut a hash into fours.
func groups(hash []byte) (all []string) {
	text := hex.EncodeToString(hash)
	for len(text) >= 4 {
		all, text = append(all, text[:4]), text[4:]
	}
	return all
}

func (v view) kinds(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "", Label: i18n.T(ctx, "audit.kind_all")}}
	for _, k := range kinds {
		all = append(all, ui.Option{Value: string(k), Label: k.word(ctx)})
	}
	return all
}
