package app

import (
	"context"
	"strconv"

	"nameplate/internal/app/seed"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// What the operator can get wrong about a crowd.
var (
	errSeedSize   = errs.New(errs.Invalid, "operator_seed_size")
	errSeedPeople = errs.New(errs.Conflict, "operator_seed_people")
	errSeedTwice  = errs.New(errs.Conflict, "operator_seed_twice")
)

const (
	seedMost   = 2_000_000
	seedAtOnce = 500 // people to a transaction
)

// Crowd is how many people shall be made, for a trial.
type Crowd struct {
	People        int    `json:"people"`
	Organizations int    `json:"organizations"`
	Among         bool   `json:"among"`    // also where there are people
	Password      string `json:"password"` // everybody's; empty: nobody can sign in
}

// SeededCrowd is what was made.
type SeededCrowd struct {
	People        int    `json:"people"`
	Organizations int    `json:"organizations"`
	FirstOwner    string `json:"first_owner"` // address
}

var anybody = db.Rows[string](`SELECT id FROM users LIMIT 1`)

// seedCrowd makes people in organizations, evenly: the first person of each
// owns it, the second is an admin, and the others are agents.
func (a *App) seedCrowd(ctx context.Context, in Crowd) (out SeededCrowd, err error) {
	if in.Organizations < 1 || in.People < in.Organizations || in.People > seedMost {
		return out, errSeedSize.With("Most", seedMost)
	}
	if _, some, err := anybody.Maybe(ctx, a.DB); err != nil || some && !in.Among {
		return out, orElseErr(err, errSeedPeople)
	}
	_, out.FirstOwner = seed.Somebody(0)
	if _, twice, err := identity.FindEmail(ctx, a.DB, out.FirstOwner); err != nil || twice {
		return out, orElseErr(err, errSeedTwice)
	}
	c := crowd{App: a, Crowd: in}
	if in.Password != "" {
		if c.hash, err = a.Password.New(ctx, secret.Secret(in.Password), nil); err != nil {
			return out, err
		}
	}
	for n := 0; n < in.People; n += seedAtOnce {
		if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return c.some(ctx, tx, n) }); err != nil {
			return out, err
		}
	}
	out.People, out.Organizations = in.People, in.Organizations
	return out, nil
}

func orElseErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// crowd is one that is being made.
type crowd struct {
	*App
	Crowd
	hash string
	org  string // of the last person that was made
}

// some makes people from n on.
func (c *crowd) some(ctx context.Context, tx *db.Tx, n int) error {
	end := min(n+seedAtOnce, c.People)
	for i := n; i < end; i++ {
		if err := c.one(ctx, tx, i); err != nil {
			return err
		}
	}
	return c.Journal.RecordInstance(ctx, tx, journal.Act{
		At: c.Clock.Now(), Action: "instance.seeded", Actor: operator, Target: journal.Thing(journal.Instance),
		Details: map[string]string{"people": strconv.Itoa(end - n)},
	})
}

func (c *crowd) one(ctx context.Context, tx *db.Tx, i int) error {
	now := c.Clock.Now()
	name, address := seed.Somebody(i)
	id, err := identity.Add(ctx, tx, identity.NewUser{Address: address, DisplayName: name}, now)
	if err != nil {
		return err
	}
	if c.hash != "" {
		if err := c.App.Password.Keep(ctx, tx, id, c.hash); err != nil {
			return err
		}
	}
	company, place := c.placeOf(i)
	if place == 0 {
		if i == 0 {
			if _, err := identity.Claim(ctx, tx, identity.OwnerFact, id); err != nil {
				return err
			}
		}
		c.org, err = c.Orgs.Found(ctx, tx, operator, seed.Company(company), id)
		return err
	}
	role := identity.Agent
	if place == 1 {
		role = identity.Admin
	}
	return identity.AddMember(ctx, tx, identity.Membership{OrganizationID: c.org, UserID: id, Role: role}, now)
}

// placeOf says in which organization a person is, and as which of its people.
func (c *crowd) placeOf(i int) (company, place int) {
	company = i * c.Organizations / c.People
	first := (company*c.People + c.Organizations - 1) / c.Organizations
	return company, i - first
}
