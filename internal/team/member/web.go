package member

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path     = "/settings/members"
	pageSize = 50

	roleWord        = "member-role"
	designationWord = "member-designation"
	contactWord     = "member-contact"
	signedOutWord   = "member-signed-out"
	resetWord       = "member-reset-sent"
	factorsWord     = "member-factors"
	removedWord     = "member-removed"
)

// Web serves the page of all members and that of each one.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Card is somebody's card as customers of the organization see it, and its
	// address; nil where there is none.
	Card func(ctx context.Context, userID, organizationID string) (*ui.CardView, string)
	// May says what a role allows.
	May func(ctx context.Context, m identity.Membership) string
	// Sections are further ones of the page of all members.
	Sections func(r *http.Request) ([]templ.Component, error)
	// Channels is the section of what a member takes on; nil where the caller
	// does not set it.
	Channels func(r *http.Request, userID, name string, faults web.Faults) (templ.Component, error)
}

// Mount adds the routes of the pages. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	const one = path + "/{org}/{user}"
	reads, manages := route.Allowed(identity.ReadMembers), route.Allowed(identity.ManageMembers)
	t.Add(
		route.Get(path, reads, route.NoBody, route.Plain, route.NoStore, h.list),
		route.Get(path+"/{user}", reads, route.NoBody, route.Plain, route.NoStore, h.one),
		route.Post(one+"/role", manages.WithProof(), route.Form, route.Plain, route.NoStore, h.setRole),
		route.Post(one+"/designation", manages, route.Form, route.Plain, route.NoStore, h.setDesignation),
		route.Post(one+"/contact", manages.WithProof(), route.Form, route.Plain, route.NoStore, h.setContact),
		route.Post(one+"/sign-out", manages, route.Form, route.Plain, route.NoStore, h.act(h.Service.SignOut, signedOutWord)),
		route.Post(one+"/reset-link", manages, route.Form, route.Guarded, route.NoStore, h.act(h.Service.SendReset, resetWord)),
		route.Post(one+"/reset-factors", manages.WithProof(), route.Form, route.Plain, route.NoStore, h.act(h.Service.ResetFactors, factorsWord)),
		route.Post(one+"/remove", manages, route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// listView is what the page of all members shows.
type listView struct {
	Organization string
	Asked        Query
	Page         Page
	Counts       map[identity.Role]int
	Total        int
	Manages      bool
	Said         string
	Fault        string
	Sections     []templ.Component
	clocked

	role func(ctx context.Context, m identity.Membership) string
	own  identity.Membership
}

// clocked tells times as the reader's clock does.
type clocked struct {
	Now  time.Time
	Zone *time.Location
}

func (h Web) clocked(c session.Caller) clocked {
	return clocked{h.Service.Clock.Now(), c.User.Place()}
}

func (k clocked) when(ctx context.Context, t time.Time) templ.Component {
	if t.IsZero() {
		return ui.Words(i18n.T(ctx, "member.never"))
	}
	return ui.Time(t, i18n.Relative(ctx, k.Now.In(k.Zone), t.In(k.Zone)), i18n.DateTime(ctx, t.In(k.Zone)))
}

func (h Web) list(w http.ResponseWriter, r *http.Request) error {
	c, q := session.Of(r.Context()), r.URL.Query()
	v := listView{
		Organization: c.Actor.Membership.OrganizationName, Manages: manages(c), clocked: h.clocked(c), role: h.Service.Role, own: c.Actor.Membership,
		Asked: Query{Text: q.Get("q"), Role: identity.Role(q.Get("role")), Limit: pageSize, After: q.Get("cursor")},
	}
	if web.Flashed(w, r) == removedWord {
		v.Said = i18n.T(r.Context(), "member.said_removed")
	}
	status := http.StatusOK
	page, err := h.Service.List(r.Context(), c, v.Asked)
	if err != nil {
		status = web.Refusal(w.Header(), err)
		faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if err != nil {
			return err
		}
		v.Fault = faults[0].Text
	}
	v.Page = page
	if v.Counts, err = h.Service.Counts(r.Context(), c); err != nil {
		return err
	}
	for _, n := range v.Counts {
		v.Total += n
	}
	if v.Sections, err = h.Sections(r); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) { f.Title = i18n.T(r.Context(), "member.title") }, listPage(v))
}

// columns are those of the table, the last one for what can be done.
func (v listView) columns(ctx context.Context) []string {
	all := []string{i18n.T(ctx, "member.person"), i18n.T(ctx, "member.role")}
	if v.Manages {
		all = append(all, i18n.T(ctx, "member.factor"), i18n.T(ctx, "member.last_sign_in"))
	} else {
		all = append(all, i18n.T(ctx, "member.designation"))
	}
	return append(all, "")
}

func (v listView) rows(ctx context.Context) (rows [][]templ.Component) {
	for _, m := range v.Page.Items {
		cells := []templ.Component{ui.Who(m.picture(), m.name(ctx), m.note(ctx)), ui.Words(v.role(ctx, m.Membership))}
		if v.Manages {
			cells = append(cells, m.protection(ctx), v.when(ctx, m.SignIn.LastAt))
		} else {
			cells = append(cells, ui.Words(valueOr(m.Membership.Designation, "–")))
		}
		open := ui.Button{Label: i18n.T(ctx, "member.open"), Object: " " + m.name(ctx), Kind: ui.KindGhost, Small: true, Href: path + "/" + m.User.ID}
		rows = append(rows, append(cells, ui.ButtonOf(open)))
	}
	return rows
}

// roles are the choices of the filter, with how many each would find.
func (v listView) roles(ctx context.Context) []ui.Option {
	all := []ui.Option{{Label: i18n.T(ctx, "member.all_roles", "Count", v.Total)}}
	for _, r := range identity.Roles {
		m := v.own
		m.Role = r
		all = append(all, ui.Option{Value: string(r), Label: i18n.T(ctx, "member.role_count", "Role", v.role(ctx, m), "Count", v.Counts[r])})
	}
	return all
}

// address is that of a part of the list that begins after a cursor.
func (v listView) address(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": v.Asked.Text, "role": string(v.Asked.Role), "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return path + "?" + q.Encode()
}

func (m Member) name(ctx context.Context) string {
	return valueOr(m.Name, valueOr(m.SignIn.Address, i18n.T(ctx, "member.nameless")))
}

func (m Member) picture() ui.Picture { return ui.Picture{URL: m.Avatar("").Sizes["96"]} }

// note is the quiet line below a name.
func (m Member) note(ctx context.Context) string {
	switch {
	case m.SignIn.State == identity.Deactivated:
		return i18n.T(ctx, "member.deactivated")
	case m.Own:
		return i18n.T(ctx, "member.you")
	case m.Name != "":
		return m.SignIn.Address
	}
	return ""
}

func (m Member) protection(ctx context.Context) templ.Component {
	if m.SignIn.SecondFactor {
		return ui.TagOf(ui.Good, "check", i18n.T(ctx, "member.factor_on"))
	}
	return ui.TagOf(ui.Warn, "alert", i18n.T(ctx, "member.factor_off"))
}

// oneView is the page of a member.
type oneView struct {
	Member
	Organization string
	OrgID        string
	Role         string
	Card         *ui.CardView
	CardAddress  string
	Roles        []ui.Option // that the caller can give; none: the role is not the caller's to change
	Domains      []string    // that the organization has verified
	Touches      bool        // the caller may act on the member
	Below        bool        // the member is below the caller
	Typed        map[string]string
	Faults       web.Faults
	Part         string // the section that was saved or refused
	Said         string
	Channels     templ.Component // nil: the caller does not set them
	clocked
}

func (h Web) one(w http.ResponseWriter, r *http.Request) error {
	v := oneView{}
	v.Part, v.Said = said(r.Context(), web.Flashed(w, r))
	return h.onePage(w, r, http.StatusOK, r.PathValue("user"), v)
}

// said is the section that a word is about, and the word in words.
func said(ctx context.Context, word string) (part, text string) {
	switch word {
	case roleWord:
		return "role", i18n.T(ctx, "member.said_role")
	case designationWord:
		return "designation", i18n.T(ctx, "member.said_designation")
	case contactWord:
		return "contact", i18n.T(ctx, "member.said_contact")
	case signedOutWord:
		return "sign-in", i18n.T(ctx, "member.said_signed_out")
	case resetWord:
		return "sign-in", i18n.T(ctx, "member.said_reset")
	case factorsWord:
		return "sign-in", i18n.T(ctx, "member.said_factors")
	}
	return "", ""
}

func (h Web) onePage(w http.ResponseWriter, r *http.Request, status int, userID string, v oneView) error {
	ctx, c := r.Context(), session.Of(r.Context())
	m, err := h.Service.Get(ctx, c, userID)
	if err != nil {
		return err
	}
	own := c.Actor.Membership
	v.Member, v.Organization, v.OrgID, v.clocked = m, own.OrganizationName, own.OrganizationID, h.clocked(c)
	if v.Domains, err = h.Service.Domains(ctx, h.Service.DB, own.OrganizationID); err != nil {
		return err
	}
	v.Role = h.Service.Role(ctx, m.Membership)
	v.Touches, v.Below = own.Role.MayTouch(m.Membership.Role), own.Role.Above(m.Membership.Role)
	v.Card, v.CardAddress = h.Card(ctx, userID, own.OrganizationID)
	for _, role := range identity.Roles {
		if as := m.Membership; v.Touches && own.Role.MayTouch(role) {
			as.Role = role
			v.Roles = append(v.Roles, ui.Option{Value: string(role), Label: h.Service.Role(ctx, as), Note: h.May(ctx, as)})
		}
	}
	faults := v.Faults
	if v.Part != channelsPart {
		faults = nil
	}
	if v.Channels, err = h.Channels(r, userID, m.name(ctx), faults); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = m.name(ctx), ui.LayoutRail
	}, onePage(v))
}

func (h Web) setRole(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	role := identity.Role(r.PostFormValue("role"))
	return h.change(w, r, "role", Change{Role: &role}, roleWord)
}

func (h Web) setDesignation(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	text := r.PostFormValue("designation")
	return h.change(w, r, "designation", Change{Designation: &text}, designationWord)
}

func (h Web) setContact(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ch := Change{}
	for name, to := range map[string]**string{"phone": &ch.Phone, "email": &ch.Email} {
		if r.PostForm.Has(name) {
			text := r.PostFormValue(name)
			*to = &text
		}
	}
	return h.change(w, r, "contact", ch, contactWord)
}

func (h Web) change(w http.ResponseWriter, r *http.Request, part string, ch Change, word string) error {
	user := r.PathValue("user")
	_, err := h.Service.Change(r.Context(), session.Of(r.Context()), user, ch)
	if err != nil {
		v := oneView{Part: part, Typed: map[string]string{}}
		for name := range r.PostForm {
			v.Typed[name] = r.PostFormValue(name)
		}
		return h.refused(w, r, user, v, err)
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, path+"/"+user+"#"+part)
}

// refused shows the member's page again with what is wrong. Whoever may not act
// there at all gets the error itself.
func (h Web) refused(w http.ResponseWriter, r *http.Request, user string, v oneView, err error) error {
	if refusedAtAll(err) {
		return err
	}
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	v.Faults = faults
	return h.onePage(w, r, status, user, v)
}

// RefuseChannels shows the member's page again with what is wrong in the section
// of channels.
func (h Web) RefuseChannels(w http.ResponseWriter, r *http.Request, err error) error {
	return h.refused(w, r, r.PathValue("user"), oneView{Part: channelsPart}, err)
}

const channelsPart = "channels"

// act is a form that has nothing to fill in.
func (h Web) act(do func(context.Context, session.Caller, string) error, word string) route.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		user := r.PathValue("user")
		if err := do(r.Context(), session.Of(r.Context()), user); err != nil {
			return h.refused(w, r, user, oneView{Part: "sign-in"}, err)
		}
		web.Flash(w, r, word)
		return web.SeeOther(w, r, path+"/"+user+"#sign-in")
	}
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	user := r.PathValue("user")
	if err := h.Service.Remove(r.Context(), session.Of(r.Context()), user); err != nil {
		return h.refused(w, r, user, oneView{Part: "remove"}, err)
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, path)
}

// value is what a field shows: what was typed, or what is kept.
func (v oneView) value(field, kept string) string {
	if text, ok := v.Typed[field]; ok {
		return text
	}
	return kept
}

// state is the server's word on a section.
func (v oneView) state(ctx context.Context, part string) ui.Line {
	switch {
	case v.Part != part:
		return ui.Line{}
	case len(v.Faults) > 0:
		return ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "member.not_done")}
	}
	return ui.Line{Tone: ui.Good, Text: v.Said}
}

// to is the address of one of the member's forms.
func (v oneView) to(act string) string { return path + "/" + v.OrgID + "/" + v.User.ID + "/" + act }

func (v oneView) form(ctx context.Context, part, submit string) *ui.Form {
	return &ui.Form{
		Action: v.to(part), Submit: submit, Back: path + "/" + v.User.ID + "#" + part,
		Refused: v.Part == part && len(v.Faults) > 0, State: v.state(ctx, part),
	}
}

// lead says what the person is here, and since when.
func (v oneView) lead(ctx context.Context) string {
	return i18n.T(ctx, "member.one_lead", "Role", v.Role, "Organization", v.Organization, "When", i18n.Date(ctx, v.Membership.Since.In(v.Zone)))
}

// facts are what the person shows to the team.
func (v oneView) facts(ctx context.Context) []ui.Fact {
	var all []ui.Fact
	add := func(term, text string) {
		if text != "" {
			all = append(all, ui.Fact{Term: term, Value: ui.Words(text)})
		}
	}
	u := v.User
	add(i18n.T(ctx, "member.display_name"), u.DisplayName)
	add(i18n.T(ctx, "member.full_name"), u.FullName)
	add(i18n.T(ctx, "member.pronouns"), u.Pronouns)
	add(i18n.T(ctx, "member.designation"), v.Membership.Designation)
	add(i18n.T(ctx, "member.bio"), u.Bio)
	if !v.Touches { // otherwise it stands in a section of its own
		add(i18n.T(ctx, "member.phone"), u.Phone)
	}
	if u.TimeZone != "" {
		add(i18n.T(ctx, "member.time_zone"), i18n.T(ctx, "member.time_there", "Clock", i18n.Clock(ctx, v.Now.In(u.Place()))))
	}
	if !v.Touches {
		add(i18n.T(ctx, "member.email"), v.SignIn.Address)
	}
	return all
}

// helps are the rows of what can be done for how the person signs in.
func (v oneView) helps(ctx context.Context) []ui.Row {
	in := v.SignIn
	devices := ui.Row{Icon: "laptop", Name: i18n.T(ctx, "member.devices", "Count", in.Devices), Meta: i18n.T(ctx, "member.devices_note")}
	if !in.LastAt.IsZero() {
		devices.Side = i18n.Relative(ctx, v.Now.In(v.Zone), in.LastAt.In(v.Zone))
	}
	reset := ui.Row{Icon: "mail", Name: i18n.T(ctx, "member.password"), Meta: i18n.T(ctx, "member.password_note")}
	if !in.BouncedAt.IsZero() {
		reset.Tags = []ui.Tag{{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "member.bounced")}}
		reset.Meta = i18n.T(ctx, "member.bounced_note", "When", i18n.Date(ctx, in.BouncedAt.In(v.Zone)), "Why", in.Bounce)
	}
	factors := ui.Row{Icon: "shield", Name: i18n.T(ctx, "member.factors"), Meta: i18n.T(ctx, "member.factors_note")}
	factors.Tags = []ui.Tag{{Tone: ui.Warn, Icon: "alert", Word: i18n.T(ctx, "member.factor_off")}}
	if in.SecondFactor {
		factors.Tags = []ui.Tag{{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "member.factor_on")}}
	}
	if v.Touches && in.State == identity.Active {
		if in.Devices > 0 {
			devices.Act = help(v.to("sign-out"), i18n.T(ctx, "member.sign_out"), v.name(ctx))
		}
		reset.Act = help(v.to("reset-link"), i18n.T(ctx, "member.send_reset"), v.name(ctx))
	}
	if v.Below && in.SecondFactor {
		factors.Act = help(v.to("reset-factors"), i18n.T(ctx, "member.reset_factors"), v.name(ctx))
	}
	return []ui.Row{devices, reset, factors}
}

func valueOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// state says how much of the list stands there, or what has just happened.
func (v listView) state(ctx context.Context) ui.Line {
	switch {
	case v.Said != "":
		return ui.Line{Tone: ui.Good, Text: v.Said}
	case len(v.Page.Items) == 0:
		return ui.Line{}
	}
	return ui.Line{Text: i18n.T(ctx, "member.shown", "Count", len(v.Page.Items))}
}

// acts lead to the rest of the list, if there is one, and back to its begin.
func (v listView) acts(ctx context.Context) templ.Component {
	var all []ui.Button
	if v.Asked.After != "" {
		all = append(all, ui.Button{Label: i18n.T(ctx, "member.from_start"), Kind: ui.KindGhost, Href: v.address("")})
	}
	if v.Page.Next != "" {
		all = append(all, ui.Button{Label: i18n.T(ctx, "member.more"), Href: v.address(v.Page.Next)})
	}
	if len(all) == 0 {
		return nil
	}
	return ui.Acts(all...)
}

// searchLabel says what is looked for: an address is for those who see it.
func (v listView) searchLabel(ctx context.Context) string {
	if v.Manages {
		return i18n.T(ctx, "member.name_or_email")
	}
	return i18n.T(ctx, "member.name")
}

// refusedAtAll reports whether err is not about what was sent, but about who
// sent it or to whom.
func refusedAtAll(err error) bool {
	kind := errs.KindOf(err)
	return kind == errs.Denied || kind == errs.NotFound || kind == errs.Unauthenticated
}
