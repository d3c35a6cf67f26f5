package app

import (
	"context"
	"strings"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/team/member"
	"nameplate/internal/team/organization"
)

// object is what a change is about as the maker of a webhook may read it now;
// nil: nothing, as when the maker or the subject is gone.
func (a *App) object(ctx context.Context, maker string, c change.Change, organizationID string) (any, error) {
	caller, err := a.maker(ctx, maker, organizationID)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case ids.Valid(ids.User, c.Subject):
		return member.API{Service: a.Members, Base: a.Config.Base.String()}.Object(ctx, caller, c.Subject)
	case c.Type == change.OrganizationUpdated:
		return organization.API{Service: a.Orgs, Base: a.Config.Base.String(), RoleLabel: roleLabel}.Object(ctx, caller)
	}
	return nil, nil
}

// maker is a user or a client as a caller in an organization, with the rights
// that they have there now.
func (a *App) maker(ctx context.Context, id, organizationID string) (c session.Caller, err error) {
	if strings.HasPrefix(id, ids.Client+"_") {
		c.Actor = identity.Actor{ClientID: id, Membership: identity.Membership{OrganizationID: organizationID, Role: identity.Client}}
		return c, a.Clients.Reads(ctx, organizationID, id)
	}
	if c.User, err = identity.Get(ctx, a.DB, id); err != nil {
		return c, err
	}
	if c.User.State != identity.Active {
		return c, session.ErrNotFound
	}
	if c.Memberships, err = identity.Memberships(ctx, a.DB, id); err != nil {
		return c, err
	}
	c.Actor.UserID = id
	c.Actor.Membership, err = identity.MemberOf(ctx, a.DB, organizationID, id)
	return c, err
}
