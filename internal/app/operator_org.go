package app

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// What the operator can get wrong about an organization.
var (
	errNoOrganization = errs.New(errs.NotFound, "operator_no_organization").On("organization")
	errOwnerUnknown   = errs.New(errs.NotFound, "operator_owner_unknown").On("owner")
	errNotConfirmed   = errs.New(errs.Invalid, "operator_not_confirmed").On("confirm")
	errNameless       = errs.New(errs.Invalid, "operator_organization_nameless").On("name")
)

// listed is how many organizations a list has at most.
const listed = 1000

// OrganizationName tells one by name or id.
type OrganizationName struct {
	Organization string `json:"organization"`
}

// NewOrganization is one to be made.
type NewOrganization struct {
	Name  string `json:"name"`
	Owner string `json:"owner"` // address of a person who is there
}

// EndOrganization is one to be deleted.
type EndOrganization struct {
	Organization string `json:"organization"` // name or id
	Confirm      string `json:"confirm"`      // its id
}

// ListedOrganization is one with its size.
type ListedOrganization struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Members   int64     `json:"members"`
	CreatedAt time.Time `json:"created_at"`
}

// Organizations are the oldest of all.
type Organizations struct {
	Items []ListedOrganization `json:"items"`
	More  bool                 `json:"more"`
}

// ShownOrganization is one with its owners.
type ShownOrganization struct {
	ListedOrganization
	Owners []string         `json:"owners"` // addresses
	Roles  map[string]int64 `json:"roles"`  // members by role
}

type roleCount struct {
	Role  string
	Count int64
}

var (
	allOrganizations = db.Rows[ListedOrganization](`
		SELECT o.id, o.name, o.created_at, (SELECT count(*) FROM memberships m WHERE m.organization_id = o.id) AS members
		FROM organizations o ORDER BY o.id LIMIT $1`)
	oneOrganization = db.Rows[ListedOrganization](`
		SELECT o.id, o.name, o.created_at, (SELECT count(*) FROM memberships m WHERE m.organization_id = o.id) AS members
		FROM organizations o WHERE o.id = $1`)
	ownersOf = db.Rows[string](`
		SELECT e.address FROM memberships m JOIN emails e ON e.user_id = m.user_id AND e.is_primary = TRUE
		WHERE m.organization_id = $1 AND m.role = 'owner' ORDER BY m.since, m.user_id`)
	rolesOf = db.Rows[roleCount](`SELECT role, count(*) AS count FROM memberships WHERE organization_id = $1 GROUP BY role`)
)

func (a *App) listOrganizations(ctx context.Context, _ Nothing) (out Organizations, err error) {
	out.Items, err = allOrganizations.All(ctx, a.DB, listed+1)
	if len(out.Items) > listed {
		out.Items, out.More = out.Items[:listed], true
	}
	return out, err
}

func (a *App) showOrganization(ctx context.Context, in OrganizationName) (out ShownOrganization, err error) {
	ref, err := organizationNamed(ctx, a.DB, in.Organization)
	if err != nil {
		return out, err
	}
	if out.ListedOrganization, err = oneOrganization.One(ctx, a.DB, ref.ID); err != nil {
		return out, err
	}
	if out.Owners, err = ownersOf.All(ctx, a.DB, ref.ID); err != nil {
		return out, err
	}
	found, err := rolesOf.All(ctx, a.DB, ref.ID)
	out.Roles = map[string]int64{}
	for _, f := range found {
		out.Roles[f.Role] = f.Count
	}
	return out, err
}

// organizationNamed finds the one organization that a name or an id means.
func organizationNamed(ctx context.Context, q db.Q, name string) (identity.OrganizationRef, error) {
	known, err := named.All(ctx, q, name)
	switch {
	case err != nil:
		return identity.OrganizationRef{}, err
	case len(known) == 0:
		return identity.OrganizationRef{}, errNoOrganization.With("Name", name)
	case len(known) > 1:
		return identity.OrganizationRef{}, errOrganizationSeveral.With("Name", name)
	}
	return known[0], nil
}

// createOrganization makes an organization for a person who is there.
func (a *App) createOrganization(ctx context.Context, in NewOrganization) (out identity.OrganizationRef, err error) {
	if out.Name, err = identity.Line("name", in.Name, nameMost); err != nil {
		return out, err
	}
	if out.Name == "" {
		return out, errNameless
	}
	return out, a.DB.Tx(ctx, func(tx *db.Tx) error {
		owner, found, err := identity.FindEmail(ctx, tx, in.Owner)
		if err != nil {
			return err
		}
		if !found {
			return errOwnerUnknown
		}
		out.ID, err = a.Orgs.Found(ctx, tx, operator, out.Name, owner.UserID)
		return err
	})
}

// deleteOrganization ends an organization, whose id is given twice.
func (a *App) deleteOrganization(ctx context.Context, in EndOrganization) (out identity.OrganizationRef, err error) {
	return out, a.DB.Tx(ctx, func(tx *db.Tx) error {
		if out, err = organizationNamed(ctx, tx, in.Organization); err != nil {
			return err
		}
		if in.Confirm != out.ID {
			return errNotConfirmed.With("ID", out.ID)
		}
		if err := identity.Hold(ctx, tx, out.ID); err != nil {
			return err
		}
		return a.Orgs.Drop(ctx, tx, operator, out.ID)
	})
}
