package member

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/route"
)

// API serves members as JSON.
type API struct {
	Service *Service
	Base    string // public address, under which pictures stand
}

// member is one as the caller may see them. What stands from Sessions on is
// only in the answer about one of them.
type member struct {
	ID           string          `json:"id" doc:"Id of the person."`
	User         string          `json:"user" doc:"The same id, as paths and other lists call it."`
	DisplayName  string          `json:"display_name"`
	Designation  string          `json:"designation"`
	Role         string          `json:"role" enum:"owner,admin,supervisor,agent,billing"`
	RoleLabel    string          `json:"role_label"`
	Since        time.Time       `json:"since"`
	Avatar       identity.Avatar `json:"avatar"`
	Email        string          `json:"email,omitempty" doc:"For whoever manages members."`
	State        string          `json:"state,omitempty" enum:"active,deactivated" doc:"For whoever manages members."`
	LastSignInAt *time.Time      `json:"last_sign_in_at,omitempty" doc:"For whoever manages members; absent: never."`
	SecondFactor *bool           `json:"second_factor,omitempty" doc:"Whether one is on; for whoever manages members."`
	Sessions     *int            `json:"sessions,omitempty" doc:"How many devices are signed in; for whoever manages members, of one member."`
	BouncedAt    *time.Time      `json:"email_bounced_at,omitempty" doc:"Since when mails to the address come back; for whoever manages members, of one member."`
	FirstName    string          `json:"first_name,omitempty" doc:"This and all below: of one member, if shown to the team."`
	LastName     string          `json:"last_name,omitempty"`
	FullName     string          `json:"full_name,omitempty"`
	Pronouns     string          `json:"pronouns,omitempty"`
	Bio          string          `json:"bio,omitempty"`
	Phone        string          `json:"phone,omitempty"`
	Locale       string          `json:"locale,omitempty"`
	TimeZone     string          `json:"time_zone,omitempty"`
	Changeable   []string        `json:"changeable,omitempty" doc:"What PATCH takes from the caller, of one member."`
}

type listInput struct {
	Org    string `path:"org"`
	Q      string `query:"q" doc:"Part of a name; for whoever manages members of the address, too."`
	Role   string `query:"role" doc:"Only members with this role."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type listOutput struct {
	Body struct {
		Items      []member `json:"items"`
		NextCursor string   `json:"next_cursor,omitempty"`
	}
}

type oneInput struct {
	Org  string `path:"org"`
	User string `path:"user"`
}

type oneOutput struct {
	ETag string `header:"ETag"`
	Body *member
}

type patchInput struct {
	Org     string `path:"org"`
	User    string `path:"user"`
	IfMatch string `header:"If-Match" doc:"Refuses the change if the membership has another ETag by now."`
	Body    struct {
		Role        api.Optional[string] `json:"role,omitempty" doc:"owner, admin, supervisor, agent or billing"`
		Designation api.Optional[string] `json:"designation,omitempty"`
		Phone       api.Optional[string] `json:"phone,omitempty" doc:"Where the organization's rules put it into its hands."`
		Email       api.Optional[string] `json:"email,omitempty" doc:"The same, of somebody below, in a domain that the organization has verified. It signs the person out and is told to both addresses."`
		Channels    map[string]taking    `json:"channels,omitempty" doc:"By name: voice, chat, sms, whatsapp, email or video."`
	}
}

type taking struct {
	Enabled  *bool `json:"enabled,omitempty" doc:"Omitted, it stays as it is."`
	Capacity *int  `json:"capacity,omitempty" doc:"Conversations at once, up to what the organization allows. Omitted, it stays as it is."`
}

type accepted struct {
	Body struct {
		Status string `json:"status" doc:"accepted: the mail is on its way"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base, one = "Members", "/v1/orgs/{org}/members", "/v1/orgs/{org}/members/{user}"
	reads, manages := route.Allowed(identity.ReadMembers).WithScope(identity.MembersRead), route.Allowed(identity.ManageMembers)
	api.Get(a, base, reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-members", Tag: tag, Summary: "The members of an organization, by name"}, h.list)
	api.Get(a, one, reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-member", Tag: tag, Summary: "A member, with what they show to the team"}, h.get)
	api.Patch(a, one, manages.WithProof(), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-member", Tag: tag, Summary: "Give a member another role, designation, phone number or address, or other channels"}, h.patch)
	api.Delete(a, one, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-member", Tag: tag, Summary: "Remove a member, or leave", Status: http.StatusNoContent}, h.remove)
	api.Post(a, one+"/sign-out", manages, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "sign-member-out", Tag: tag, Summary: "Sign a member out everywhere", Status: http.StatusNoContent}, h.signOut)
	api.Post(a, one+"/reset-link", manages, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "send-member-reset-link", Tag: tag, Summary: "Mail a member the link of a password reset", Status: http.StatusAccepted}, h.sendReset)
	api.Post(a, one+"/reset-factors", manages.WithProof(), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "reset-member-factors", Tag: tag, Summary: "Take the second factors of a member away", Status: http.StatusNoContent}, h.resetFactors)
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	page, err := h.Service.List(ctx, session.Of(ctx), Query{Text: in.Q, Role: identity.Role(in.Role), Limit: in.Limit, After: in.Cursor})
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.NextCursor = []member{}, page.Next
	for _, m := range page.Items {
		out.Body.Items = append(out.Body.Items, h.member(ctx, m))
	}
	return out, nil
}

func (h API) member(ctx context.Context, m Member) member {
	out := member{
		ID: m.User.ID, User: m.User.ID, DisplayName: m.Name, Designation: m.Membership.Designation, Role: string(m.Membership.Role),
		RoleLabel: h.Service.Role(ctx, m.Membership), Since: m.Membership.Since, Avatar: m.Avatar(h.Base),
	}
	if m.SignIn.Known {
		out.Email, out.State, out.SecondFactor = m.SignIn.Address, m.SignIn.State, &m.SignIn.SecondFactor
		if !m.SignIn.LastAt.IsZero() {
			out.LastSignInAt = &m.SignIn.LastAt
		}
	}
	return out
}

func (h API) get(ctx context.Context, in *oneInput) (*oneOutput, error) {
	m, err := h.Service.Get(ctx, session.Of(ctx), in.User)
	return h.show(ctx, m, err)
}

// Object is a member as a webhook tells them; nil: there is none whom the caller
// may read.
func (h API) Object(ctx context.Context, c session.Caller, userID string) (any, error) {
	if !c.Actor.Can(identity.ReadMembers) {
		return nil, nil
	}
	m, err := h.Service.Get(ctx, c, userID)
	if errs.KindOf(err) == errs.NotFound {
		return nil, nil
	}
	out, err := h.show(ctx, m, err)
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func (h API) show(ctx context.Context, m Member, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	u, out := m.User, h.member(ctx, m)
	out.FirstName, out.LastName, out.FullName, out.Pronouns, out.Bio = u.FirstName, u.LastName, u.FullName, u.Pronouns, u.Bio
	out.Phone, out.Locale, out.TimeZone = u.Phone, u.Locale, u.TimeZone
	if m.SignIn.Known {
		out.Sessions, out.BouncedAt = &m.SignIn.Devices, api.Moment(m.SignIn.BouncedAt)
	}
	out.Changeable = m.changeable()
	return &oneOutput{ETag: m.Tag(), Body: &out}, nil
}

// changeable names what the caller can change.
func (m Member) changeable() (names []string) {
	if m.Obstacles == nil {
		return nil
	}
	for _, f := range contact {
		if m.Obstacles[f] == nil {
			names = append(names, string(f))
		}
	}
	return append(names, "role")
}

func (h API) patch(ctx context.Context, in *patchInput) (*oneOutput, error) {
	ch := Change{Designation: in.Body.Designation.Pointer(), Phone: in.Body.Phone.Pointer(), Email: in.Body.Email.Pointer(), Tag: in.IfMatch}
	if ch.Tag == "*" {
		ch.Tag = ""
	}
	for name, t := range in.Body.Channels {
		if ch.Channels == nil {
			ch.Channels = map[string]Taking{}
		}
		ch.Channels[name] = Taking(t)
	}
	if in.Body.Role.Present {
		ch.Role = new(identity.Role(in.Body.Role.Value))
	}
	m, err := h.Service.Change(ctx, session.Of(ctx), in.User, ch)
	return h.show(ctx, m, err)
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx), in.User)
}

func (h API) signOut(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.SignOut(ctx, session.Of(ctx), in.User)
}

func (h API) sendReset(ctx context.Context, in *oneInput) (*accepted, error) {
	if err := h.Service.SendReset(ctx, session.Of(ctx), in.User); err != nil {
		return nil, err
	}
	out := &accepted{}
	out.Body.Status = "accepted"
	return out, nil
}

func (h API) resetFactors(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.ResetFactors(ctx, session.Of(ctx), in.User)
}
