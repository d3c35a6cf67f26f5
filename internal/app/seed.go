package app

import (
	"context"

	"nameplate/internal/app/seed"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
	"nameplate/internal/who/profile"
)

// Seeded is who the seed made, the owner first.
type Seeded struct {
	Organization identity.OrganizationRef
	Password     secret.Secret // everybody's
	People       []SeededPerson
}

// SeededPerson is one of them.
type SeededPerson struct {
	ID    string
	Name  string
	Email string
	Role  identity.Role
	Card  string // address of the public card
}

// Seed fills an empty instance with the people of package seed, by the ways
// that people take themselves.
func (a *App) Seed(ctx context.Context) (Seeded, error) {
	out := Seeded{Password: seed.Password}
	own := []string{seed.Organization}
	for _, p := range seed.People {
		own = append(own, p.Email, p.Name())
	}
	hash, err := a.Password.New(ctx, out.Password, own)
	if err != nil {
		return out, err
	}
	where := identity.OrganizationRef{Name: seed.Organization}
	for _, p := range seed.People {
		u, err := a.seedAccount(ctx, place{where, p.Role}, p, hash)
		if err != nil {
			return out, err
		}
		where = *u.Organization
		if err := a.seedProfile(ctx, u, p); err != nil {
			return out, err
		}
		card := a.Config.Base.JoinPath("/c", u.ID).String()
		out.People = append(out.People, SeededPerson{u.ID, p.Name(), p.Email, p.Role, card})
	}
	out.Organization = where
	return out, nil
}

func (a *App) seedAccount(ctx context.Context, at place, p seed.Person, hash string) (u CreatedUser, err error) {
	u.Email = p.Email
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		if u.ID, err = a.SignUp.Account(ctx, tx, identity.NewUser{Address: p.Email, DisplayName: p.Display}, hash); err != nil {
			return err
		}
		return a.settle(ctx, tx, at, &u)
	})
	return u, err
}

// seedProfile saves what the person tells, as the person.
func (a *App) seedProfile(ctx context.Context, u CreatedUser, p seed.Person) error {
	c, err := a.as(ctx, u.ID)
	if err != nil {
		return err
	}
	if _, err := a.Profile.Save(ctx, c, 0, told(p)); err != nil {
		return err
	}
	picture, err := p.Picture()
	if err != nil || picture == nil {
		return err
	}
	_, err = a.Avatar.Set(ctx, c.Actor, portrait.Uploaded{Data: picture})
	return err
}

// as is a person who asks by a command.
func (a *App) as(ctx context.Context, userID string) (c session.Caller, err error) {
	if c.User, err = identity.Get(ctx, a.DB, userID); err != nil {
		return c, err
	}
	if c.Memberships, err = identity.Memberships(ctx, a.DB, userID); err != nil {
		return c, err
	}
	m, err := identity.Pick(c.Memberships, "")
	c.Actor = identity.Actor{UserID: userID, Origin: identity.Command, Membership: m}
	return c, err
}

func told(p seed.Person) profile.Patch {
	patch := profile.Patch{
		Text: map[identity.Field]string{
			identity.FirstName: p.First, identity.LastName: p.Last, identity.Pronouns: p.Pronouns, identity.Designation: p.Designation,
			identity.Bio: p.Bio, identity.Phone: p.Phone, identity.TimeZone: p.Zone,
		},
		Sees: map[identity.Field]identity.Audience{},
	}
	for _, f := range p.Public {
		patch.Sees[f] = identity.ToPublic
	}
	return patch
}
