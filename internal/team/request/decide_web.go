package request

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// teamView is what the page of an organization's requests shows.
type teamView struct {
	Organization identity.Membership
	Open         []Asking
	Ended        []Asking
	Next         string // id from which further ones follow
	Begun        bool   // the page shows a later part of what has ended
	Said         ui.Line
	Faults       web.Faults
	Wrong        string // id of the request whose decline was refused
	Typed        string
	clocked

	label func(ctx context.Context, field string) string
	name  func(ctx context.Context, userID string) string
}

func (h Web) list(w http.ResponseWriter, r *http.Request) error {
	v := teamView{}
	switch web.Flashed(w, r) {
	case approvedWord:
		v.Said = ui.Line{Tone: ui.Good, Text: i18n.T(r.Context(), "request.said_approved")}
	case declinedWord:
		v.Said = ui.Line{Tone: ui.Good, Text: i18n.T(r.Context(), "request.said_declined")}
	}
	return h.teamPage(w, r, http.StatusOK, v)
}

// openMost bounds what waits on one page; what is decided makes room.
const openMost = 200

func (h Web) teamPage(w http.ResponseWriter, r *http.Request, status int, v teamView) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v.Organization, v.clocked, v.label, v.name = c.Actor.Membership, h.clocked(c), h.Service.Label, h.NameOf
	if v.Open, _, err = h.Service.List(ctx, c, Query{State: Open, Limit: openMost}); err != nil {
		return err
	}
	after := r.URL.Query().Get("cursor")
	found, next, err := h.Service.List(ctx, c, Query{Limit: pageSize, After: after})
	if err != nil {
		return err
	}
	v.Begun, v.Next = after != "", next
	for _, a := range found {
		if a.State != Open {
			v.Ended = append(v.Ended, a)
		}
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(ctx, "request.team_title")
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(ctx, "request.reason")
		}
	}, teamPage(v))
}

func (h Web) approve(w http.ResponseWriter, r *http.Request) error {
	return h.decideBy(w, r, approvedWord, func() error {
		return h.Service.Approve(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	})
}

func (h Web) decline(w http.ResponseWriter, r *http.Request) error {
	return h.decideBy(w, r, declinedWord, func() error {
		return h.Service.Decline(r.Context(), session.Of(r.Context()), r.PathValue("id"), r.PostFormValue("reason"))
	})
}

// decideBy does what a form asks for, and goes back with a word or shows the
// page again with what is in the way.
func (h Web) decideBy(w http.ResponseWriter, r *http.Request, word string, do func() error) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	err := do()
	if err == nil {
		web.Flash(w, r, word)
		return web.SeeOther(w, r, teamPath)
	}
	if k := errs.KindOf(err); k == errs.Denied || k == errs.NotFound {
		return err
	}
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	v := teamView{Faults: faults, Wrong: r.PathValue("id"), Typed: r.PostFormValue("reason")}
	for i := range v.Faults {
		if v.Faults[i].Field == "reason" {
			v.Faults[i].Field = reasonID(v.Wrong)
			continue
		}
		v.Faults[i].Field = ""
	}
	return h.teamPage(w, r, status, v)
}

// reasonID is the id of the field for the reason of one of several declines.
func reasonID(id string) string { return "reason-" + id }

// to is the address of a decision's form.
func (v teamView) to(a Asking, act string) string {
	return teamPath + "/" + v.Organization.OrganizationID + "/" + a.ID + "/" + act
}

func (v teamView) reason(ctx context.Context, a Asking) ui.Field {
	f := ui.Field{
		Name: "reason", ID: reasonID(a.ID), Label: i18n.T(ctx, "request.reason"), Rows: 2, Limit: ReasonMost, Prose: true,
		Below: i18n.T(ctx, "request.reason_below", "Name", a.who(ctx)),
	}
	if v.Wrong == a.ID {
		f.Value, f.Error = v.Typed, v.Faults.Of(f.ID)
	}
	return f
}

// who is what somebody is called on the page.
func (a Asking) who(ctx context.Context) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Address
}

func (v teamView) picture(a Asking) ui.Picture {
	u := identity.User{ID: a.UserID, DisplayName: a.Name, Picture: a.User.Picture}
	return ui.Picture{URL: identity.AvatarOf("", u, v.Organization).Sizes["96"]}
}

// facts are what somebody has and what they ask for.
func (v teamView) facts(ctx context.Context, a Asking) []ui.Fact {
	var all []ui.Fact
	if a.Before != "" {
		all = append(all, ui.Fact{Term: i18n.T(ctx, "request.now"), Value: ui.Words(shownValue(ctx, a.Before))})
	}
	return append(all, ui.Fact{Term: i18n.T(ctx, "request.asked_for"), Value: ui.Words(shownValue(ctx, a.Value))})
}

func shownValue(ctx context.Context, value string) string {
	if value == "" {
		return i18n.T(ctx, "request.nothing")
	}
	return value
}

// openRows are what waits, each with its decision.
func (v teamView) openRows(ctx context.Context) (rows []ui.Row) {
	for _, a := range v.Open {
		p := v.picture(a)
		row := ui.Row{
			Picture: &p, Name: a.who(ctx), Meta: i18n.T(ctx, "request.asks", "Field", v.label(ctx, a.Field), "When", v.ago(ctx, a.CreatedAt)),
			Side: v.left(ctx, a.Request), More: decision(v, a),
		}
		if a.Awaits {
			row.Tags = []ui.Tag{{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "request.agreed_here")}}
		}
		rows = append(rows, row)
	}
	return rows
}

// endedRows are what was decided, and how.
func (v teamView) endedRows(ctx context.Context) (rows []ui.Row) {
	for _, a := range v.Ended {
		p := v.picture(a)
		rows = append(rows, ui.Row{
			Picture: &p, Name: a.who(ctx), Meta: i18n.T(ctx, "request.asked_value", "Field", v.label(ctx, a.Field), "Value", shownValue(ctx, a.Value)),
			Tags: []ui.Tag{ending(ctx, a.State)}, Side: v.when(ctx, a.Request), More: v.verdict(ctx, a),
		})
	}
	return rows
}

// acts lead to the rest of what has ended, if there is one, and back.
func (v teamView) acts(ctx context.Context) templ.Component {
	var all []ui.Button
	if v.Begun {
		all = append(all, ui.Button{Label: i18n.T(ctx, "request.from_start"), Kind: ui.KindGhost, Href: teamPath})
	}
	if v.Next != "" {
		all = append(all, ui.Button{Label: i18n.T(ctx, "request.more"), Href: teamPath + "?cursor=" + v.Next})
	}
	if len(all) == 0 {
		return nil
	}
	return ui.Acts(all...)
}

// when is the day of an end, or of the clock's.
func (v teamView) when(ctx context.Context, r Request) string {
	if r.EndedAt.Valid {
		return v.date(ctx, r.EndedAt.V)
	}
	return v.date(ctx, r.ExpiresAt)
}

// verdict says who has decided, and why.
func (v teamView) verdict(ctx context.Context, a Asking) templ.Component {
	if a.DecidedBy == "" {
		return nil
	}
	by := i18n.T(ctx, "request.decided_by", "Who", v.name(ctx, a.DecidedBy))
	if a.Reason != "" && a.Here == Declined {
		by += " " + i18n.T(ctx, "request.because", "Reason", a.Reason)
	}
	return said(by)
}

// left is how long a request still waits.
func (k clocked) left(ctx context.Context, r Request) string {
	n := int((r.ExpiresAt.Sub(k.Now) + 24*60*60*1e9 - 1) / (24 * 60 * 60 * 1e9))
	return i18n.T(ctx, "request.days_left", "Count", max(n, 1))
}

// ending is how a request has ended, in a word.
func ending(ctx context.Context, s State) ui.Tag {
	switch s {
	case Open:
		return ui.Tag{Tone: ui.Warn, Icon: "clock", Word: i18n.T(ctx, "request.state_open")}
	case Approved:
		return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "request.state_approved")}
	case Declined:
		return ui.Tag{Tone: ui.Bad, Icon: "close", Word: i18n.T(ctx, "request.state_declined")}
	case Withdrawn:
		return ui.Tag{Word: i18n.T(ctx, "request.state_withdrawn")}
	case Replaced:
		return ui.Tag{Word: i18n.T(ctx, "request.state_replaced")}
	}
	return ui.Tag{Icon: "clock", Word: i18n.T(ctx, "request.state_expired")}
}

// Section is the part of the page of members that says what waits, for whoever
// decides.
func (h Web) Section(r *http.Request) ([]templ.Component, error) {
	c := session.Of(r.Context())
	if !c.Actor.Can(identity.ManageMembers) {
		return nil, nil
	}
	n, err := h.Service.Waiting(r.Context(), c)
	return []templ.Component{section(int(n))}, err
}
