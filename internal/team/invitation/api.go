package invitation

import (
	"context"
	"errors"
	"net/http"
	"time"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API serves invitations as JSON.
type API struct{ Service *Service }

type inviter struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
}

type item struct {
	ID          string        `json:"id"`
	Email       string        `json:"email"`
	Role        identity.Role `json:"role"`
	Designation string        `json:"designation"`
	State       State         `json:"state" enum:"pending,accepted,revoked,expired"`
	CreatedAt   time.Time     `json:"created_at"`
	SentAt      time.Time     `json:"sent_at" doc:"When the newest link was mailed."`
	ExpiresAt   time.Time     `json:"expires_at"`
	InvitedBy   *inviter      `json:"invited_by" doc:"Who sent the newest link; null for somebody who is gone."`
}

type listInput struct {
	Org    string `path:"org"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

// candidate is one of several, of whom each is judged alone.
type candidate struct {
	Email       string        `json:"email"`
	Role        identity.Role `json:"role"`
	Designation string        `json:"designation,omitempty"`
}

type inviteInput struct {
	Org  string `path:"org"`
	Body struct {
		Email       string        `json:"email,omitempty"`
		Role        identity.Role `json:"role,omitempty" doc:"owner, admin, supervisor, agent or billing. Owners and admins take a fresh proof."`
		Designation string        `json:"designation,omitempty"`
		Invitations []candidate   `json:"invitations,omitempty" minItems:"1" maxItems:"200" doc:"Several at once, in place of the other fields."`
	}
}

type outcome struct {
	ID      string `json:"id,omitempty"`
	Email   string `json:"email"`
	State   State  `json:"state,omitempty" enum:"pending"`
	Error   string `json:"error,omitempty" doc:"Code of what is wrong with this one."`
	Message string `json:"message,omitempty" doc:"The same for people."`
}

// invited is the invitation, or what became of each of several.
type invited struct {
	ID        string        `json:"id,omitempty"`
	Email     string        `json:"email,omitempty"`
	Role      identity.Role `json:"role,omitempty"`
	State     State         `json:"state,omitempty" enum:"pending"`
	ExpiresAt *time.Time    `json:"expires_at,omitempty"`
	Items     []outcome     `json:"items,omitempty"`
}

type inviteOutput struct {
	Status int
	Body   invited
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type oneOutput struct{ Body item }

type acceptInput struct {
	Body struct {
		Token       string `json:"token" doc:"Of the mail's link."`
		DisplayName string `json:"display_name,omitempty" doc:"For a new account; at most 64 characters."`
		Password    string `json:"password,omitempty" doc:"For a new account."`
	}
}

type acceptOutput struct {
	Body struct {
		Status       string                   `json:"status" enum:"signed_in"`
		Organization identity.OrganizationRef `json:"organization"`
	}
}

type nothing struct{}

// errBoth says that a call names one person and a list of them.
var errBoth = errs.New(errs.Invalid, "one_or_several").On("invitations")

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Invitations", "/v1/orgs/{org}/invitations"
	managers := route.Allowed(identity.ManageMembers)
	api.Get(a, base, managers, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-invitations", Tag: tag, Summary: "Invitations to an organization, the newest first"}, h.list)
	api.Post(a, base, managers, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "invite", Tag: tag, Summary: "Invite one person, or several, who are answered with 200 and an item each", Status: http.StatusCreated}, h.invite)
	api.Post(a, base+"/{id}/resend", managers, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "resend-invitation", Tag: tag, Summary: "Mail a new link, which ends the one before", Status: http.StatusOK}, h.resend)
	api.Delete(a, base+"/{id}", managers, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "revoke-invitation", Tag: tag, Summary: "Revoke an invitation", Status: http.StatusNoContent}, h.revoke)
	api.Post(a, "/v1/invitations/accept", route.Visitor, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "accept-invitation", Tag: tag, Summary: "Accept an invitation with the token of its mail", Status: http.StatusOK}, h.accept)
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if in.Cursor != "" && !ids.Valid(idKind, in.Cursor) {
		return nil, api.ErrMalformed
	}
	all, err := h.Service.List(ctx, session.Actor(ctx).Membership, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.NextCursor = all[in.Limit-1].ID
	}
	for _, inv := range all {
		out.Body.Items = append(out.Body.Items, inv.item(h.Service.Clock.Now()))
	}
	return out, nil
}

func (i Invitation) item(now time.Time) item {
	out := item{
		ID: i.ID, Email: i.Address, Role: i.Role, Designation: i.Designation, State: i.State(now),
		CreatedAt: i.CreatedAt, SentAt: i.SentAt, ExpiresAt: i.ExpiresAt,
	}
	if i.InvitedBy != "" {
		out.InvitedBy = &inviter{i.InvitedBy, i.InviterName}
	}
	return out
}

func (h API) invite(ctx context.Context, in *inviteInput) (*inviteOutput, error) {
	b := in.Body
	if b.Invitations != nil {
		if b.Email != "" || b.Role != "" || b.Designation != "" {
			return nil, errBoth
		}
		return h.inviteAll(ctx, b.Invitations)
	}
	inv, err := h.Service.Invite(ctx, session.Of(ctx), Invitee{Address: b.Email, Role: b.Role, Designation: b.Designation})
	if err != nil {
		return nil, err
	}
	return &inviteOutput{http.StatusCreated, invited{
		ID: inv.ID, Email: inv.Address, Role: inv.Role, State: Pending, ExpiresAt: &inv.ExpiresAt,
	}}, nil
}

func (h API) inviteAll(ctx context.Context, list []candidate) (*inviteOutput, error) {
	all := make([]Invitee, len(list))
	for i, one := range list {
		all[i] = Invitee{Address: one.Email, Role: one.Role, Designation: one.Designation}
	}
	done, err := h.Service.InviteAll(ctx, session.Of(ctx), all)
	if err != nil {
		return nil, err
	}
	out := &inviteOutput{Status: http.StatusOK}
	for i, one := range done {
		item := outcome{ID: one.Invitation.ID, Email: list[i].Email, State: Pending}
		if wrong := one.wrong(); wrong != nil {
			item = outcome{Email: list[i].Email, Error: wrong.Code, Message: i18n.T(ctx, "error."+wrong.Code, wrong.Args...)}
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

// wrong is the first thing that is wrong with one of several, or nil.
func (o Outcome) wrong() *errs.Error {
	var one *errs.Error
	errors.As(o.Err, &one) // of several faults, the first
	return one
}

func (h API) resend(ctx context.Context, in *oneInput) (*oneOutput, error) {
	inv, err := h.Service.Resend(ctx, session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &oneOutput{inv.item(h.Service.Clock.Now())}, nil
}

func (h API) revoke(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Revoke(ctx, session.Of(ctx), in.ID)
}

func (h API) accept(ctx context.Context, in *acceptInput) (*acceptOutput, error) {
	w, r := api.HTTP(ctx)
	done, err := h.Service.Accept(ctx, session.Of(ctx), session.OpeningOf(r), Acceptance{
		Token: in.Body.Token, DisplayName: in.Body.DisplayName, Password: secret.Secret(in.Body.Password), Device: device.Cookie(r),
	})
	if err != nil {
		return nil, err
	}
	done.give(w, edge.Of(ctx).Secure)
	out := &acceptOutput{}
	out.Body.Status, out.Body.Organization = "signed_in", done.Organization
	return out, nil
}
