package request

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves requests as JSON.
type API struct {
	Service *Service
	// NameOf names a person, or nobody.
	NameOf func(ctx context.Context, userID string) string
}

// item is what a person and an organization both see of a request.
type item struct {
	ID        string     `json:"id"`
	Field     string     `json:"field"`
	Value     string     `json:"value" doc:"What is asked for."`
	State     string     `json:"state" enum:"open,approved,declined,withdrawn,replaced,expired" doc:"approved means written, or for email that the person may prove the address by both codes until expires_at."`
	Reason    string     `json:"reason,omitempty" doc:"Why it was declined."`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at" doc:"Until when it can be decided."`
	DecidedAt *time.Time `json:"decided_at,omitempty" doc:"When it ended, in whichever way."`
}

// asking is a request as the organization sees it.
type asking struct {
	item
	User        string `json:"user"`
	DisplayName string `json:"display_name"`
	Email       string `json:"email"`
	Before      string `json:"before,omitempty" doc:"What the field held, if the team may see it."`
	DecidedBy   string `json:"decided_by,omitempty" doc:"Who decided for this organization."`
	Agreed      bool   `json:"agreed" doc:"This organization has approved. While the state is open, another one of the person's has not yet."`
	Decidable   bool   `json:"decidable" doc:"The caller may approve or decline it."`
}

// mine is a request as the person sees it.
type mine struct {
	item
	Organizations []answerOf `json:"organizations" doc:"Each that is asked, and what it has said."`
}

type answerOf struct {
	Organization identity.OrganizationRef `json:"organization"`
	State        string                   `json:"state" enum:"open,approved,declined"`
}

type listInput struct {
	Org    string `path:"org"`
	State  string `query:"state" doc:"Only requests in this state."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type listOutput struct {
	Body struct {
		Items      []asking `json:"items"`
		NextCursor string   `json:"next_cursor,omitempty"`
	}
}

type ownInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type ownOutput struct {
	Body struct {
		Items      []mine `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

type proposeInput struct {
	Org  string `path:"org"`
	Body struct {
		Field string `json:"field" doc:"A field whose state in controls is request."`
		Value string `json:"value"`
	}
}

type oneOutput struct{ Body *mine }

type decideInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type declineInput struct {
	Org  string `path:"org"`
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" doc:"The person reads it; 500 characters at most."`
	}
}

type withdrawInput struct {
	ID string `path:"id"`
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base, own = "Requests", "/v1/orgs/{org}/field-requests", "/v1/me/field-requests"
	decides := route.Allowed(identity.ManageMembers)
	api.Get(a, base, decides, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-field-requests", Tag: tag, Summary: "What members ask for, the newest first"}, h.list)
	api.Post(a, base, route.Person, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "request-field", Tag: tag, Summary: "Ask for another value of an own field; a newer request replaces the older", Status: http.StatusCreated}, h.propose)
	api.Post(a, base+"/{id}/approve", decides, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "approve-field-request", Tag: tag, Summary: "Approve a request", Status: http.StatusNoContent}, h.approve)
	api.Post(a, base+"/{id}/decline", decides, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "decline-field-request", Tag: tag, Summary: "Decline a request with a reason", Status: http.StatusNoContent}, h.decline)
	api.Get(a, own, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-own-field-requests", Tag: tag, Summary: "What the caller asks for, the newest first"}, h.own)
	api.Delete(a, own+"/{id}", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "withdraw-field-request", Tag: tag, Summary: "Take an open request back", Status: http.StatusNoContent}, h.withdraw)
}

func shown(r Request) item {
	out := item{
		ID: r.ID, Field: r.Field, Value: r.Value, State: string(r.State), Reason: r.Reason, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
	}
	if r.EndedAt.Valid {
		out.DecidedAt = &r.EndedAt.V
	}
	return out
}

func (m Mine) show() mine {
	out := mine{item: shown(m.Request), Organizations: []answerOf{}}
	for _, a := range m.Answers {
		out.Organizations = append(out.Organizations, answerOf{identity.OrganizationRef{ID: a.OrganizationID, Name: a.OrganizationName}, string(a.State)})
	}
	return out
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	all, next, err := h.Service.List(ctx, session.Of(ctx), Query{State: State(in.State), Limit: in.Limit, After: in.Cursor})
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.NextCursor = []asking{}, next
	for _, r := range all {
		one := asking{
			item: shown(r.Request), User: r.UserID, DisplayName: r.Name, Email: r.Address, Before: r.Before, Agreed: r.Here == Approved, Decidable: r.Decides,
		}
		if r.DecidedBy != "" {
			one.DecidedBy = h.NameOf(ctx, r.DecidedBy)
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (h API) propose(ctx context.Context, in *proposeInput) (*oneOutput, error) {
	m, err := h.Service.Propose(ctx, session.Of(ctx), in.Body.Field, in.Body.Value)
	if err != nil {
		return nil, err
	}
	out := m.show()
	return &oneOutput{&out}, nil
}

func (h API) approve(ctx context.Context, in *decideInput) (*nothing, error) {
	return nil, h.Service.Approve(ctx, session.Of(ctx), in.ID)
}

func (h API) decline(ctx context.Context, in *declineInput) (*nothing, error) {
	return nil, h.Service.Decline(ctx, session.Of(ctx), in.ID, in.Body.Reason)
}

func (h API) own(ctx context.Context, in *ownInput) (*ownOutput, error) {
	all, next, err := h.Service.Own(ctx, session.Of(ctx), Query{Limit: in.Limit, After: in.Cursor})
	if err != nil {
		return nil, err
	}
	out := &ownOutput{}
	out.Body.Items, out.Body.NextCursor = []mine{}, next
	for _, m := range all {
		out.Body.Items = append(out.Body.Items, m.show())
	}
	return out, nil
}

func (h API) withdraw(ctx context.Context, in *withdrawInput) (*nothing, error) {
	return nil, h.Service.Withdraw(ctx, session.Of(ctx), in.ID)
}
