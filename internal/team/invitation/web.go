package invitation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	home     = "/settings/members/invitations"
	listPath = home + "#invitations"
	pageSize = 50

	invitedWord = "invited-" // and how many
	resentWord  = "invitation-resent"
	revokedWord = "invitation-revoked"
)

// Web serves the page on which an organization invites people.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Prove asks for the proof that a form needs, which goes on by itself
	// afterwards.
	Prove func(w http.ResponseWriter, r *http.Request) error
}

// Mount adds the routes of the page. Forms name the organization, because
// another tab may have switched to another one meanwhile.
func (h Web) Mount(t *route.Table) {
	managers := route.Allowed(identity.ManageMembers)
	t.Add(
		route.Get(home, managers, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(home+"/{org}", managers, route.Form, route.Guarded, route.NoStore, h.invite),
		route.Post(home+"/{org}/{id}/resend", managers, route.Form, route.Guarded, route.NoStore, h.resend),
		route.Post(home+"/{org}/{id}/revoke", managers, route.Form, route.Plain, route.NoStore, h.revoke),
	)
}

// view is what the page shows.
type view struct {
	People      string
	Role        identity.Role
	Designation string
	Faults      web.Faults
	Sent        int // of a list of which the rest was refused
	Said        string
	Roles       []ui.Option
	All         []Invitation
	Next        string // cursor of what is older; empty: nothing is
	Older       bool   // this is not the first page
	Me          string
	Action      string // where the forms are posted
	Label       func(ctx context.Context, m identity.Membership) string
	Now         time.Time
	Zone        *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, view{Role: identity.Agent, Said: said(r.Context(), web.Flashed(w, r))})
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	if err := h.fill(r, &v); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "invitation.title")
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(r.Context(), "invitation.people")
		}
	}, invitationsPage(v))
}

// fill adds what the page shows whatever was asked.
func (h Web) fill(r *http.Request, v *view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	cursor := r.URL.Query().Get("before")
	if v.Older = ids.Valid(idKind, cursor); !v.Older {
		cursor = ""
	}
	if v.All, err = h.Service.List(ctx, c.Actor.Membership, cursor, pageSize+1); err != nil {
		return err
	}
	if len(v.All) > pageSize {
		v.All = v.All[:pageSize]
		v.Next = v.All[pageSize-1].ID
	}
	v.Action = home + "/" + c.Actor.Membership.OrganizationID
	v.Roles, v.Me, v.Label = h.roles(ctx, c.Actor.Membership), c.User.ID, h.Service.Label
	v.Now, v.Zone = h.Service.Clock.Now(), time.UTC
	if place, err := time.LoadLocation(c.User.TimeZone); err == nil {
		v.Zone = place
	}
	return nil
}

// roles are those that the caller may give, from the one that may least.
func (h Web) roles(ctx context.Context, m identity.Membership) (all []ui.Option) {
	for _, role := range identity.Roles {
		if m.Role.MayTouch(role) {
			all = append(all, ui.Option{Value: string(role), Label: h.label(ctx, m, role)})
		}
	}
	slices.Reverse(all)
	return all
}

func (h Web) label(ctx context.Context, m identity.Membership, role identity.Role) string {
	m.Role = role
	return h.Service.Label(ctx, m)
}

func (h Web) invite(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ctx, c := r.Context(), session.Of(r.Context())
	v := view{
		People: r.PostFormValue("people"), Role: identity.Role(r.PostFormValue("role")), Designation: r.PostFormValue("designation"),
	}
	list := parse(v.People, func(word string) identity.Role { return h.roleOf(ctx, c.Actor.Membership, word) })
	if err := tooFewOrMany(list); err != nil {
		return h.refuse(w, r, v, err)
	}
	all := make([]Invitee, len(list))
	for i, one := range list {
		all[i] = Invitee{Address: one.Address, Role: v.Role, Designation: v.Designation}
		if one.Role != "" {
			all[i].Role = one.Role
		}
	}
	done, err := h.Service.InviteAll(ctx, c, all)
	if errors.Is(err, session.ErrStale) {
		return h.Prove(w, r)
	}
	if err != nil {
		return err
	}
	return h.report(w, r, v, list, done)
}

// What is wrong with a list as a whole.
var (
	errEmpty = errs.New(errs.Invalid, "invitation_nobody").On("people")
	errMany  = errs.New(errs.Invalid, "invitation_too_many").On("people").With("Max", Most)
)

func tooFewOrMany(list []pasted) error {
	switch {
	case len(list) == 0:
		return errEmpty
	case len(list) > Most:
		return errMany
	}
	return nil
}

// roleOf reads a role by its name or by what the organization calls it.
func (h Web) roleOf(ctx context.Context, m identity.Membership, word string) identity.Role {
	for _, role := range identity.Roles {
		if strings.EqualFold(word, string(role)) || strings.EqualFold(word, h.label(ctx, m, role)) {
			return role
		}
	}
	return identity.Role(word)
}

// report says what became of a list. Those who could not be invited stay in
// the form, each with the reason.
func (h Web) report(w http.ResponseWriter, r *http.Request, v view, list []pasted, done []Outcome) error {
	var left []string
	for i, one := range done {
		wrong := one.wrong()
		if wrong == nil {
			v.Sent++
			continue
		}
		left = append(left, list[i].Text)
		v.Faults = append(v.Faults, ui.Fault{Field: h.field(wrong), Text: i18n.T(r.Context(), "invitation.refused",
			"Who", list[i].Address, "Why", i18n.T(r.Context(), "error."+wrong.Code, wrong.Args...))})
	}
	if len(left) == 0 {
		web.Flash(w, r, invitedWord+strconv.Itoa(v.Sent))
		return web.SeeOther(w, r, listPath)
	}
	v.People = strings.Join(left, "\n")
	return h.page(w, r, http.StatusUnprocessableEntity, v)
}

// field is where a fault of one of the list is shown.
func (h Web) field(wrong *errs.Error) string {
	if wrong.Field == "designation" {
		return wrong.Field
	}
	return "people"
}

func (h Web) refuse(w http.ResponseWriter, r *http.Request, v view, err error) error {
	status := web.Refusal(w.Header(), err)
	faults, other := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if other != nil {
		return other
	}
	v.Faults = faults
	return h.page(w, r, status, v)
}

func (h Web) resend(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	_, err := h.Service.Resend(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	if errors.Is(err, session.ErrStale) {
		return h.Prove(w, r)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, resentWord)
	return web.SeeOther(w, r, listPath)
}

func (h Web) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Revoke(r.Context(), session.Of(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	web.Flash(w, r, revokedWord)
	return web.SeeOther(w, r, listPath)
}

func said(ctx context.Context, word string) string {
	switch word {
	case resentWord:
		return i18n.T(ctx, "invitation.said_resent")
	case revokedWord:
		return i18n.T(ctx, "invitation.said_revoked")
	}
	if n, ok := strings.CutPrefix(word, invitedWord); ok {
		if count, err := strconv.Atoi(n); err == nil {
			return i18n.T(ctx, "invitation.said_invited", "Count", count)
		}
	}
	return ""
}

func (v view) rows(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, inv := range v.All {
		state := inv.State(v.Now)
		row := ui.Row{
			Icon: "mail", Name: inv.Address, Tags: tags(ctx, state), Meta: v.meta(ctx, inv), Side: v.side(ctx, inv), Below: true,
		}
		if state == Pending || state == Expired {
			row.Act = v.acts(inv, state)
		}
		rows = append(rows, row)
	}
	return rows
}

func tags(ctx context.Context, state State) []ui.Tag {
	switch state {
	case Accepted:
		return []ui.Tag{{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "invitation.accepted")}}
	case Revoked:
		return []ui.Tag{{Icon: "close", Word: i18n.T(ctx, "invitation.revoked")}}
	case Expired:
		return []ui.Tag{{Tone: ui.Bad, Icon: "clock", Word: i18n.T(ctx, "invitation.expired")}}
	}
	return nil
}

func (v view) meta(ctx context.Context, inv Invitation) string {
	role := v.Label(ctx, inv.membership())
	switch {
	case inv.InvitedBy == v.Me:
		return i18n.T(ctx, "invitation.by_you", "Role", role)
	case inv.InviterName == "":
		return i18n.T(ctx, "invitation.by_nobody", "Role", role)
	case inv.Stored == string(Pending) && !inv.InviterRole.MayTouch(inv.Role):
		return i18n.T(ctx, "invitation.by_lost", "Role", role, "By", inv.InviterName)
	}
	return i18n.T(ctx, "invitation.by", "Role", role, "By", inv.InviterName)
}

// side says how long a link still works, or when it was sent.
func (v view) side(ctx context.Context, inv Invitation) string {
	if inv.State(v.Now) != Pending {
		return i18n.Date(ctx, inv.SentAt.In(v.Zone))
	}
	left := inv.ExpiresAt.Sub(v.Now)
	if left < 24*time.Hour {
		return i18n.T(ctx, "invitation.hours_left", "Count", int(left.Hours())+1)
	}
	return i18n.T(ctx, "invitation.days_left", "Count", int((left+12*time.Hour).Hours())/24)
}

func (v view) acts(inv Invitation, state State) templ.Component {
	return acts(inv, state, v.Action+"/"+inv.ID)
}

// Sections are the part of the page of all members that leads here, for who
// may invite.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	if !session.Actor(r.Context()).Can(identity.ManageMembers) {
		return nil, nil
	}
	return []templ.Component{leadSection()}, nil
}

// paging leads to other pages of the list, if there are any.
func (v view) paging() templ.Component {
	if v.Next == "" && !v.Older {
		return nil
	}
	return ways(v)
}

// more leads to older invitations.
func (v view) more() templ.SafeURL { return templ.URL(home + "?before=" + v.Next + "#invitations") }
