package app

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// What the operator can get wrong about a new user.
var (
	errOrganizationUnknown = errs.New(errs.NotFound, "operator_organization_unknown").On("organization")
	errOrganizationSeveral = errs.New(errs.Conflict, "operator_organization_several").On("organization")
	errRoleUnknown         = errs.New(errs.Invalid, "operator_role_unknown").On("role")
	errAddressTaken        = errs.New(errs.Conflict, "operator_address_taken").On("email")
	errRoleNowhere         = errs.New(errs.Invalid, "operator_role_nowhere").On("role")
)

// NewUser is whom the operator wants to add.
type NewUser struct {
	Email        string        `json:"email"`
	Organization string        `json:"organization"` // name or id; a new name makes one
	Role         identity.Role `json:"role"`         // empty: owner of a new organization, agent of another
	Password     string        `json:"password"`
}

// CreatedUser is who was added.
type CreatedUser struct {
	ID           string                    `json:"id"`
	Email        string                    `json:"email"`
	Organization *identity.OrganizationRef `json:"organization,omitempty"`
	Role         identity.Role             `json:"role,omitempty"`
	FirstOwner   bool                      `json:"first_owner"`
}

// named finds organizations by name or id. Two are enough to know that a name
// does not tell which.
var named = db.Rows[identity.OrganizationRef](`
	SELECT id, name FROM organizations WHERE name = $1 OR id = $1 ORDER BY id LIMIT 2`)

// createUser adds a user with a verified address, and makes the organization
// that a first owner needs.
func (a *App) createUser(ctx context.Context, in NewUser) (out CreatedUser, err error) {
	if in.Role != "" && !in.Role.Valid() {
		return out, errRoleUnknown
	}
	if out.Email, err = mail.ParseAddress(in.Email); err != nil {
		return out, err
	}
	if in.Organization, err = identity.Line("organization", in.Organization, nameMost); err != nil {
		return out, err
	}
	where, err := placeFor(ctx, a.DB, in)
	if err != nil {
		return out, err
	}
	hash, err := a.Password.NewFor(ctx, where.memberships(), secret.Secret(in.Password), []string{out.Email, in.Organization})
	if err != nil {
		return out, err
	}
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		place, err := placeFor(ctx, tx, in)
		if err != nil {
			return err
		}
		if out.ID, err = a.SignUp.Account(ctx, tx, identity.NewUser{Address: out.Email}, hash); err != nil {
			return err
		}
		return a.settle(ctx, tx, place, &out)
	})
	if errors.Is(err, identity.ErrEmailTaken) {
		err = errAddressTaken // the words for strangers don't say so
	}
	return out, err
}

// nameMost is the most characters of an organization's name.
const nameMost = 64

// place is where a new user belongs.
type place struct {
	organization identity.OrganizationRef // without an id: to be made; without a name: nowhere
	role         identity.Role
}

// memberships are those under whose rules a new user comes.
func (p place) memberships() []identity.Membership {
	if p.organization.ID == "" {
		return nil
	}
	return []identity.Membership{{OrganizationID: p.organization.ID, Role: p.role}}
}

func placeFor(ctx context.Context, q db.Q, in NewUser) (place, error) {
	p := place{role: in.Role}
	if p.organization.Name = in.Organization; in.Organization == "" {
		_, owned, err := identity.Fact(ctx, q, identity.OwnerFact)
		if err != nil || owned {
			return p, nowhereTo(in.Role, err)
		}
		p.organization.Name = i18n.T(ctx, "signup.first_organization")
	}
	known, err := named.All(ctx, q, p.organization.Name)
	switch {
	case err != nil:
		return p, err
	case len(known) > 1:
		return p, errOrganizationSeveral.With("Name", p.organization.Name)
	case len(known) == 1:
		p.organization = known[0]
		p.role = orElse(p.role, identity.Agent)
		return p, nil
	case orElse(p.role, identity.Owner) != identity.Owner:
		return p, errOrganizationUnknown.With("Name", p.organization.Name)
	}
	p.role = identity.Owner
	return p, nil
}

// nowhereTo refuses a role without an organization to have it in.
func nowhereTo(role identity.Role, err error) error {
	if err == nil && role != "" {
		return errRoleNowhere
	}
	return err
}

func orElse(role, otherwise identity.Role) identity.Role {
	if role == "" {
		return otherwise
	}
	return role
}

// settle gives a new user the place, and writes down what was done.
func (a *App) settle(ctx context.Context, tx *db.Tx, p place, u *CreatedUser) (err error) {
	now := a.Clock.Now()
	if p.organization.Name != "" {
		if err := a.join(ctx, tx, p, u); err != nil {
			return err
		}
	}
	if p.role == identity.Owner {
		if u.FirstOwner, err = identity.Claim(ctx, tx, identity.OwnerFact, u.ID); err != nil {
			return err
		}
	}
	return a.Journal.RecordAccount(ctx, tx, journal.Act{At: now, Action: "account.created", Actor: operator, Target: journal.Person(u.ID)})
}

func (a *App) join(ctx context.Context, tx *db.Tx, p place, u *CreatedUser) (err error) {
	u.Organization, u.Role = &p.organization, p.role
	if p.organization.ID == "" {
		p.organization.ID, err = a.Orgs.Found(ctx, tx, operator, p.organization.Name, u.ID)
		return err
	}
	now := a.Clock.Now()
	m := identity.Membership{OrganizationID: p.organization.ID, UserID: u.ID, Role: p.role}
	if err := identity.AddMember(ctx, tx, m, now); err != nil {
		return err
	}
	return a.Journal.RecordOrganization(ctx, tx, p.organization.ID, journal.Act{
		At: now, Action: "member.joined", Actor: operator, Target: journal.Person(u.ID), Details: map[string]string{"role": string(p.role)},
	})
}
