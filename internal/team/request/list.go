package request

import (
	"context"
	"errors"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

// ErrState says that there is no such state to list.
var ErrState = errs.New(errs.Invalid, "request_state").On("state")

// Query asks for a page of a list.
type Query struct {
	State State // empty: every one
	Field string
	Limit int
	After string // Next of the page before
}

// Asking is a request as an organization sees it.
type Asking struct {
	Request
	User    identity.User
	Name    string // as the person shows it to the team; empty: there is none
	Address string
	Before  string // what the field held, if the team may see it
	Decides bool   // the caller may decide
	Awaits  bool   // this organization has agreed, and another one has not yet
}

// Mine is a request as the person sees it.
type Mine struct {
	Request
	Answers []Answer
}

// List returns what the caller's organization is asked, the newest first. It
// returns ErrState, or api.ErrMalformed for a cursor that is none of ours.
func (s *Service) List(ctx context.Context, c session.Caller, q Query) (all []Asking, next string, err error) {
	if q.State != "" && !slices.Contains(States, q.State) {
		return nil, "", ErrState
	}
	if q.After != "" && !ids.Valid(ids.FieldRequest, q.After) {
		return nil, "", api.ErrMalformed
	}
	found, err := asked.All(ctx, s.DB, s.Clock.Now(), c.Actor.Membership.OrganizationID, q.After, "", q.State, q.Limit+1)
	if err != nil {
		return nil, "", err
	}
	found, next = cut(found, q.Limit)
	for _, r := range found {
		one, err := s.asking(ctx, c, r)
		if err != nil {
			return nil, "", err
		}
		all = append(all, one)
	}
	return all, next, nil
}

func cut(found []Request, most int) ([]Request, string) {
	if len(found) <= most {
		return found, ""
	}
	return found[:most], found[most-1].ID
}

// Waiting counts what waits for a decision of the caller's organization.
func (s *Service) Waiting(ctx context.Context, c session.Caller) (int64, error) {
	return waiting.One(ctx, s.DB, s.Clock.Now(), c.Actor.Membership.OrganizationID)
}

func (s *Service) asking(ctx context.Context, c session.Caller, r Request) (Asking, error) {
	out := Asking{Request: r}
	var err error
	if out.User, err = identity.Get(ctx, s.DB, r.UserID); err != nil {
		return out, err
	}
	at, err := identity.PrimaryEmail(ctx, s.DB, r.UserID)
	if err != nil {
		return out, err
	}
	m, err := identity.MemberOf(ctx, s.DB, c.Actor.Membership.OrganizationID, r.UserID)
	if err != nil {
		return out, orNone(err)
	}
	set, err := policy.Effective(ctx, s.DB, policy.Scope{OrganizationID: m.OrganizationID, Role: m.Role})
	if err != nil {
		return out, err
	}
	sees := set.Pin(identity.AudiencesOf(out.User))
	out.Name, out.Address = identity.ShownName(out.User, sees), at.Address
	if f := identity.Field(r.Field); r.Field == email || f == identity.Designation || sees[f] != identity.ToPrivate {
		out.Before = r.Was
	}
	out.Awaits = r.State == Open && r.Here == Approved
	if r.State != Open || r.Here != Open {
		return out, nil
	}
	err = decides(ctx, s.DB, c, m)
	if errs.KindOf(err) == errs.Denied {
		return out, nil
	}
	out.Decides = err == nil
	return out, err
}

// one returns a request that the caller's organization is asked, or ErrNone.
func (s *Service) one(ctx context.Context, c session.Caller, id string) (Request, error) {
	r, found, err := asked.Maybe(ctx, s.DB, s.Clock.Now(), c.Actor.Membership.OrganizationID, "", id, "", 1)
	if err == nil && (!found || id == "") {
		err = ErrNone
	}
	return r, err
}

// Own returns what the caller has asked for, the newest first. It returns
// api.ErrMalformed for a cursor that is none of ours.
func (s *Service) Own(ctx context.Context, c session.Caller, q Query) (all []Mine, next string, err error) {
	if q.After != "" && !ids.Valid(ids.FieldRequest, q.After) {
		return nil, "", api.ErrMalformed
	}
	found, err := own.All(ctx, s.DB, s.Clock.Now(), c.User.ID, q.After, q.Field, "", q.Limit+1)
	if err != nil {
		return nil, "", err
	}
	found, next = cut(found, q.Limit)
	for _, r := range found {
		one, err := s.mine(ctx, r)
		if err != nil {
			return nil, "", err
		}
		all = append(all, one)
	}
	return all, next, nil
}

// mine adds what each organization has said.
func (s *Service) mine(ctx context.Context, r Request) (Mine, error) {
	said, err := answers.All(ctx, s.DB, r.ID)
	return Mine{r, said}, err
}

func (s *Service) ownOne(ctx context.Context, c session.Caller, id string) (Request, error) {
	r, found, err := own.Maybe(ctx, s.DB, s.Clock.Now(), c.User.ID, "", "", id, 1)
	if err == nil && (!found || id == "") {
		err = ErrNone
	}
	return r, err
}

// orNone hides an organization or a membership that has gone meanwhile.
func orNone(err error) error {
	if errors.Is(err, identity.ErrNoMember) {
		return ErrNone
	}
	return err
}
