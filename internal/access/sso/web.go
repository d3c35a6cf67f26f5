package sso

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path          = "/settings/sign-in-provider"
	providersPath = path + "/providers"
	home          = "/settings/profile"
	addedWord     = "provider-added"
	savedWord     = "provider-saved"
	removedWord   = "provider-removed"
)

// Web serves the way to a provider and back, and the provider's part of the
// page of the sign-in provider.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Enter opens a session for somebody who has signed in at a provider and
	// says where the browser goes on: to back, or to the second factor first.
	Enter func(w http.ResponseWriter, r *http.Request, user identity.User, proved bool, back string) (to string, err error)
	// Page answers with the whole page of the sign-in provider.
	Page func(w http.ResponseWriter, r *http.Request, status int, part templ.Component, fault string) error
}

// Mount adds the routes.
func (h Web) Mount(t *route.Table) {
	sensitive := route.Allowed(identity.EditPolicy).WithProof()
	t.Add(
		route.Get("/sso/{connection}/start", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.start),
		route.Get("/sso/{connection}/callback", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.callback),
		route.Get("/sso/{connection}/metadata", route.Public, route.NoBody, route.Plain, route.NoStore, h.metadata),
		route.Post("/sso/{connection}/acs", route.Public, route.Assertion, route.Guarded, route.NoStore, h.arrive).
			FromOthers("a SAML provider answers by a form of its own page, and signs it"),
		route.Post("/sso/{connection}/logout", route.Public, route.Form, route.Guarded, route.NoStore, h.logout).
			FromOthers("a SAML provider tells by a form of its own page who has left, and signs it"),
		route.Post(providersPath, sensitive, route.Assertion, route.Guarded, route.NoStore, h.add),
		route.Post(providersPath+"/{id}", sensitive, route.Assertion, route.Guarded, route.NoStore, h.change),
		route.Post(providersPath+"/{id}/rotate-key", sensitive, route.Form, route.Guarded, route.NoStore, h.rotate),
		route.Post(providersPath+"/{id}/test", sensitive, route.Form, route.Guarded, route.NoStore, h.test),
		route.Post(providersPath+"/{id}/remove", sensitive, route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// cookieName is that of what a browser keeps while a sign-in is under way. With
// the prefix no subdomain can plant one.
func cookieName(secure bool) string {
	if secure {
		return "__Host-np-sso"
	}
	return "np-sso"
}

func keep(w http.ResponseWriter, r *http.Request, value string, age time.Duration) {
	secure := edge.Of(r.Context()).Secure
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(secure), Value: value, Path: "/", MaxAge: int(age.Seconds()), Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (h Web) start(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	to, kept, err := h.Service.Start(r.Context(), r.PathValue("connection"), web.ReturnPath(q.Get("return_to"), home), q.Has("again"))
	if err != nil {
		return err
	}
	keep(w, r, kept, FlowLife)
	return web.SeeOther(w, r, to)
}

func (h Web) callback(w http.ResponseWriter, r *http.Request) error {
	info := edge.Of(r.Context())
	kept := ""
	if c, err := r.Cookie(cookieName(info.Secure)); err == nil {
		kept = c.Value
	}
	keep(w, r, "", -time.Second)
	in, err := h.finish(r, kept, info.Network())
	if err != nil {
		return err
	}
	to, err := h.Enter(w, r, in.User, in.Proved, in.Return)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}

func (h Web) finish(r *http.Request, kept, network string) (Entered, error) {
	q, id := r.URL.Query(), r.PathValue("connection")
	if key := q.Get("arrival"); key != "" {
		return h.Service.Fetch(r.Context(), id, kept, network, key)
	}
	return h.Service.Finish(r.Context(), id, kept, network, Answer{
		Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error"),
	})
}

// arrive takes the form that a SAML provider has its page send. Its relay state
// is not read: where the sign-in leads to is known by the browser that began it.
func (h Web) arrive(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	to, err := h.Service.Arrive(r.Context(), r.PathValue("connection"), edge.Of(r.Context()).Network(), r.PostFormValue("SAMLResponse"))
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}

// metadata describes us to a SAML provider.
func (h Web) metadata(w http.ResponseWriter, r *http.Request) error {
	text, err := h.Service.Metadata(r.Context(), r.PathValue("connection"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Header().Set("Content-Disposition", `attachment; filename="nameplate-metadata.xml"`)
	_, err = w.Write(text)
	return err
}

// logout is asked by the provider itself, or with SAML by a form of its page.
func (h Web) logout(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if request := r.PostFormValue("SAMLRequest"); request != "" {
		to, err := h.Service.Leave(r.Context(), r.PathValue("connection"), request)
		if err != nil || to == "" {
			return err
		}
		return web.SeeOther(w, r, to)
	}
	if err := h.Service.Logout(r.Context(), r.PathValue("connection"), r.PostFormValue("logout_token")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// view is what the page shows of a provider.
type view struct {
	ID       string // of the provider, or of the one that is to be added
	Provider Provider
	There    bool
	Sent     form
	Faults   web.Faults
	Said     string
	Steps    []Step
	Only     bool // people sign in there alone
	Safe     bool // an owner gets in without it
	Waiting  bool // a new key does not sign yet
	Zone     *time.Location
	Service  *Service
}

// form is what was typed, or what is set.
type form struct {
	Kind                                        Kind
	Name, Issuer, ClientID, AccountURL, Mapping string
	MetadataURL, MetadataXML                    string
}

// Sections are the parts of the page above the domains.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	v, err := h.view(r)
	switch web.Said(r) {
	case addedWord:
		v.Said = i18n.T(r.Context(), "sso.said_added")
	case savedWord:
		v.Said = i18n.T(r.Context(), "sso.said_saved")
	case removedWord:
		v.Said = i18n.T(r.Context(), "sso.said_removed")
	}
	return []templ.Component{section(v)}, err
}

// Ends are the parts of the page below the domains.
func (h Web) Ends(r *http.Request) ([]templ.Component, error) {
	p, there, err := newestOf.Maybe(r.Context(), h.Service.DB, session.Actor(r.Context()).Membership.OrganizationID)
	if err != nil || !there {
		return nil, err
	}
	return []templ.Component{end(p.ID)}, nil
}

func (h Web) view(r *http.Request) (v view, err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	org := c.Actor.Membership.OrganizationID
	v.Zone, v.Service = c.User.Place(), h.Service
	if v.Provider, v.There, err = newestOf.Maybe(ctx, h.Service.DB, org); err != nil {
		return v, err
	}
	v.ID = v.Provider.ID
	if !v.There {
		v.ID, v.Sent.Kind = h.Service.NewID(), Kind(r.URL.Query().Get("type"))
		if v.Sent.Kind != SAML {
			v.Sent.Kind = OpenID
		}
		return v, nil
	}
	v.Sent = formOf(v.Provider)
	set, err := policy.Effective(ctx, h.Service.DB, policy.Scope{OrganizationID: org})
	if err != nil {
		return v, err
	}
	v.Only = policy.SSOOnly.Of(set) == policy.Yes
	if v.Safe, err = h.Service.Safe(ctx, org); err != nil || v.Provider.Kind != SAML {
		return v, err
	}
	v.Waiting, err = h.Service.Waiting(ctx, v.Provider)
	return v, err
}

func formOf(p Provider) form {
	return form{
		Kind: p.Kind, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, AccountURL: p.AccountURL, Mapping: mappingText(p.Mappings()), MetadataURL: p.MetadataURL,
	}
}

func (h Web) add(w http.ResponseWriter, r *http.Request) error {
	given, sent, err := posted(r)
	if err == nil {
		given.ID = r.PostFormValue("id")
		_, err = h.Service.Add(r.Context(), session.Actor(r.Context()), given)
	}
	return h.done(w, r, sent, addedWord, err)
}

func (h Web) change(w http.ResponseWriter, r *http.Request) error {
	actor := session.Actor(r.Context())
	p, err := h.Service.Get(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	given, sent, err := posted(r)
	if err == nil {
		p.Version = versionOf(r.PostFormValue("version"))
		_, err = h.Service.Change(r.Context(), actor, p, given)
	}
	return h.done(w, r, sent, savedWord, err)
}

// done leads back to the page, or shows it again with what was wrong.
func (h Web) done(w http.ResponseWriter, r *http.Request, sent form, word string, err error) error {
	if err == nil {
		web.Flash(w, r, word)
		return web.SeeOther(w, r, path+"#provider")
	}
	err = web.Settle(h.Shell.Log, r, err)
	v, other := h.view(r)
	if other != nil {
		return other
	}
	if v.Faults, other = web.FaultsOf(r.Context(), err); other != nil {
		return other
	}
	if id := r.PostFormValue("id"); !v.There && ids.Valid(ids.Provider, id) {
		v.ID = id
	}
	if v.There {
		sent.Kind = v.Provider.Kind
	}
	v.Sent = sent
	return h.Page(w, r, web.Refusal(w.Header(), err), section(v), i18n.T(r.Context(), "sso.title"))
}

func (h Web) test(w http.ResponseWriter, r *http.Request) error {
	_, steps, err := h.Service.TestOf(r.Context(), session.Actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := h.view(r)
	if err != nil {
		return err
	}
	v.Steps = steps
	return h.Page(w, r, http.StatusOK, section(v), "")
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Remove(r.Context(), session.Actor(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, removedWord)
	return web.SeeOther(w, r, path+"#provider")
}

// posted reads the form of a provider.
func posted(r *http.Request) (given Settings, sent form, err error) {
	if err := r.ParseForm(); err != nil {
		return given, sent, err
	}
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	sent = form{
		Kind: Kind(text("type")), Name: text("name"), Issuer: text("issuer"), ClientID: text("client_id"), AccountURL: text("account_url"),
		Mapping: text("role_mapping"), MetadataURL: text("metadata_url"), MetadataXML: text("metadata_xml"),
	}
	if sent.Kind == "" {
		sent.Kind = OpenID
	}
	given = Settings{
		Kind: sent.Kind, MetadataURL: sent.MetadataURL, MetadataXML: sent.MetadataXML, Name: sent.Name, Issuer: sent.Issuer, ClientID: sent.ClientID, AccountURL: sent.AccountURL, ClientSecret: secret.Secret(text("client_secret")),
	}
	given.Mappings, err = readMapping(sent.Mapping)
	return given, sent, err
}

// readMapping reads lines such as "groups: Support leads = supervisor". A claim
// may be an address, as with SAML: the colon that ends it has a space behind it.
func readMapping(text string) (all []Mapping, err error) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		claim, rest, named := strings.Cut(line, ": ")
		if !named {
			claim, rest, named = strings.Cut(line, ":")
		}
		at := strings.LastIndexByte(rest, '=')
		if !named || at < 0 {
			return nil, ErrMapping
		}
		all = append(all, Mapping{strings.TrimSpace(claim), strings.TrimSpace(rest[:at]), identity.Role(strings.TrimSpace(rest[at+1:]))})
	}
	return all, nil
}

func mappingText(all []Mapping) string {
	lines := make([]string, len(all))
	for i, m := range all {
		lines[i] = m.Claim + ": " + m.Value + " = " + string(m.Role)
	}
	return strings.Join(lines, "\n")
}

// rotate makes a new key, or lets it sign.
func (h Web) rotate(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Rotate(r.Context(), session.Actor(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	return web.SeeOther(w, r, path+"#key")
}

// values are what is to be entered at the provider.
func (v view) values(ctx context.Context) []ui.CopyLine {
	p := Provider{ID: v.ID}
	if v.Sent.Kind == SAML {
		return []ui.CopyLine{
			{Label: i18n.T(ctx, "sso.entity_id"), Words: v.Service.MetadataURL(p), Copy: i18n.T(ctx, "sso.copy_entity")},
			{Label: i18n.T(ctx, "sso.acs_url"), Words: v.Service.AnswerURL(p), Copy: i18n.T(ctx, "sso.copy_acs")},
			{Label: i18n.T(ctx, "sso.slo_url"), Words: v.Service.LogoutURI(p), Copy: i18n.T(ctx, "sso.copy_slo")},
			{Label: i18n.T(ctx, "sso.start_url"), Words: v.Service.StartURL(p), Copy: i18n.T(ctx, "sso.copy_start")},
		}
	}
	return []ui.CopyLine{
		{Label: i18n.T(ctx, "sso.redirect_uri"), Words: v.Service.RedirectURI(p), Copy: i18n.T(ctx, "sso.copy_redirect")},
		{Label: i18n.T(ctx, "sso.logout_uri"), Words: v.Service.LogoutURI(p), Copy: i18n.T(ctx, "sso.copy_logout")},
		{Label: i18n.T(ctx, "sso.start_url"), Words: v.Service.StartURL(p), Copy: i18n.T(ctx, "sso.copy_start")},
	}
}

// state says how the last save went, or when the provider was last used.
func (v view) state(ctx context.Context) ui.Line {
	switch {
	case v.Said != "":
		return ui.Line{Tone: ui.Good, Text: v.Said}
	case len(v.Faults) > 0:
		return ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "sso.not_saved")}
	case v.Provider.UsedAt.Valid:
		return ui.Line{Text: i18n.T(ctx, "sso.used", "When", i18n.Date(ctx, v.Provider.UsedAt.V.In(v.Zone)))}
	}
	return ui.Line{}
}

func (v view) stepRows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Steps))
	for i, s := range v.Steps {
		rows[i] = ui.Row{Icon: "check", Name: i18n.T(ctx, "sso.step_"+s.Name)}
		if s.Name == StepDocument && v.Provider.Kind == SAML {
			rows[i].Name = i18n.T(ctx, "sso.step_metadata")
		}
		if s.Err != nil {
			rows[i].Icon, rows[i].Meta = "alert", wrong(ctx, s.Err)
			rows[i].Tags = []ui.Tag{{Tone: ui.Bad, Word: i18n.T(ctx, "sso.step_failed")}}
		}
	}
	return rows
}

// form saves the provider, or adds it.
func (v view) form(ctx context.Context) *ui.Form {
	f := &ui.Form{
		Action: providersPath, Submit: i18n.T(ctx, "sso.add"), Refused: len(v.Faults) > 0, Back: path + "#provider", State: v.state(ctx),
		Hidden: []ui.Pair{{Name: "id", Value: v.ID}, {Name: "type", Value: string(v.Sent.Kind)}},
	}
	if v.There {
		f.Action, f.Submit = providersPath+"/"+v.ID, i18n.T(ctx, "sso.save")
		f.Hidden = []ui.Pair{{Name: "version", Value: strconv.FormatInt(v.Provider.Version, 10)}}
	}
	return f
}

// lead says what belongs into the form.
func (v view) lead(ctx context.Context) string {
	if v.Sent.Kind == SAML {
		return i18n.T(ctx, "sso.lead_saml")
	}
	return i18n.T(ctx, "sso.lead")
}

func (v view) valuesLead(ctx context.Context) string {
	if v.Sent.Kind == SAML {
		return i18n.T(ctx, "sso.values_lead_saml")
	}
	return i18n.T(ctx, "sso.values_lead")
}

// other leads to the form for the other kind.
func (v view) other(ctx context.Context) ui.Button {
	if v.Sent.Kind == SAML {
		return ui.Button{Label: i18n.T(ctx, "sso.take_oidc"), Href: path + "?type=oidc", Small: true}
	}
	return ui.Button{Label: i18n.T(ctx, "sso.take_saml"), Href: path + "?type=saml", Small: true}
}

// key is what the form of our key does next, in words.
func (v view) key(ctx context.Context) (words, submit string) {
	if v.Waiting {
		return i18n.T(ctx, "sso.key_waiting"), i18n.T(ctx, "sso.key_use")
	}
	return i18n.T(ctx, "sso.key_words"), i18n.T(ctx, "sso.key_make")
}

// entered says that metadata is set that was entered here.
func (v view) entered(ctx context.Context) string {
	if v.There && v.Provider.MetadataURL == "" {
		return i18n.T(ctx, "sso.metadata_kept")
	}
	return i18n.T(ctx, "sso.metadata_xml_hint")
}

func (v view) secretHint(ctx context.Context) string {
	if v.There {
		return i18n.T(ctx, "sso.client_secret_kept")
	}
	return ""
}

func (v view) tested(ctx context.Context) ui.Line {
	switch {
	case len(v.Steps) == 0:
		return ui.Line{}
	case Works(v.Steps):
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "sso.test_good")}
	}
	return ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "sso.test_bad")}
}
