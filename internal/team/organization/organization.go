package organization

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/postal"
	"nameplate/internal/platform/secret"
)

// most is how many organizations one person owns.
const most = 20

// What can go wrong.
var (
	ErrStale = api.ErrStale
	ErrMany  = errs.New(errs.Conflict, "too_many_organizations").With("Count", most)
)

// Service keeps organizations. But for Found and those that say so, each
// method is about the organization of the caller's membership.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Limit   *limit.Limiter
	Once    once.Store
	Mail    *mail.Mailer
	Journal *journal.Journal
	URL     *url.URL

	Pictures *portrait.Store

	// Ends hears that an organization goes, before its rows do.
	Ends func(ctx context.Context, tx *db.Tx, organizationID string) error
}

// Details is everything that an organization tells.
type Details struct {
	Organization    identity.Organization
	Email           string
	EmailVerifiedAt sql.Null[time.Time] // unset: the code is still to be entered
	Phone           string              // E.164
	Website         string
	TimeZone        string
	Address         postal.Address
	Billing         Billing // zero for those who may not see it

	labels map[identity.Role]string
}

// Billing is what stands on invoices.
type Billing struct {
	Name, Email, TaxID string
	Address            postal.Address
}

// Patch is what to change, by field.
type Patch map[Field]string

func (p Patch) has(f Field) bool { _, ok := p[f]; return ok }

// bills reports whether the caller sees and changes billing details.
func bills(c session.Caller) bool { return c.Actor.Can(identity.SeeBilling) }

// edits reports whether the caller changes all others.
func edits(c session.Caller) bool { return c.Actor.Can(identity.EditDetails) }

// Get returns the details, as the caller may see them.
func (s *Service) Get(ctx context.Context, c session.Caller) (Details, error) {
	d, err := read(ctx, s.DB, c.Actor.Membership.OrganizationID)
	if err != nil {
		return d, gone(err)
	}
	return seen(c, d), nil
}

func seen(c session.Caller, d Details) Details {
	if !bills(c) {
		d.Billing = Billing{}
	}
	return d
}

// gone hides an organization that was deleted since the request began.
func gone(err error) error {
	if errors.Is(err, identity.ErrNoMember) {
		return session.ErrNotFound
	}
	return err
}

// Change changes the details. version is the one that the change was made from;
// 0 takes whatever is there. A new address gets a code by mail. It returns
// session.ErrDenied, ErrStale, limit.ErrThrottled or errs.Fields, and the
// details as they are then.
func (s *Service) Change(ctx context.Context, c session.Caller, version int64, p Patch) (Details, error) {
	before, err := read(ctx, s.DB, c.Actor.Membership.OrganizationID)
	if err != nil {
		return before, gone(err)
	}
	if err := permitted(c, p); err != nil {
		return seen(c, before), err
	}
	after, err := apply(ctx, before, p)
	if err != nil {
		return seen(c, before), err
	}
	var code *codeMail
	if after.Email != "" && after.Email != before.Email {
		if code, err = s.newCode(ctx, after); err != nil {
			return seen(c, before), err
		}
	}
	var saved Details
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		saved, err = s.save(ctx, tx, c, version, p, code)
		return err
	})
	return seen(c, saved), err
}

// permitted asks for each field, or with none for any right at all.
func permitted(c session.Caller, p Patch) error {
	if !edits(c) && !bills(c) {
		return session.ErrDenied
	}
	for _, f := range Fields {
		if p.has(f) && (f.bills() && !bills(c) || !f.bills() && !edits(c)) {
			return session.ErrDenied.On(string(f))
		}
	}
	return nil
}

// save reads what is there once more, while others wait, and writes it with the
// patch.
func (s *Service) save(ctx context.Context, tx *db.Tx, c session.Caller, version int64, p Patch, code *codeMail) (Details, error) {
	id := c.Actor.Membership.OrganizationID
	if err := identity.Hold(ctx, tx, id); err != nil {
		return Details{}, gone(err)
	}
	before, err := read(ctx, tx, id)
	if err != nil {
		return before, err
	}
	if version != 0 && version != before.Organization.Version {
		return before, ErrStale
	}
	after, err := apply(ctx, before, p)
	changed := difference(before, after)
	if err != nil || len(changed) == 0 {
		return before, err
	}
	now := s.Clock.Now()
	if after.Email != before.Email {
		after.EmailVerifiedAt = sql.Null[time.Time]{}
		if err := s.mailCode(ctx, tx, id, code); err != nil {
			return before, err
		}
	}
	if err := write(ctx, tx, after, now); err != nil {
		return before, err
	}
	after.Organization.Version, after.Organization.UpdatedAt = before.Organization.Version+1, now
	return after, s.record(ctx, tx, c, journal.Act{Action: "organization.updated", Changes: changed})
}

// record writes an act on the caller's organization down.
func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, act journal.Act) error {
	id := c.Actor.Membership.OrganizationID
	act.At, act.Actor = s.Clock.Now(), c.Actor
	if act.Target == (journal.Target{}) {
		act.Target = journal.Thing(id)
	}
	return s.Journal.RecordOrganization(ctx, tx, id, act)
}

// Create makes an organization whose owner is the caller and returns its id.
// It returns ErrMany or what is wrong with the name.
func (s *Service) Create(ctx context.Context, c session.Caller, name string) (id string, err error) {
	name, err = clean(Name, name)
	if err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, c.User.ID); err != nil {
			return err
		}
		n, err := owned.One(ctx, tx, c.User.ID)
		if err != nil {
			return err
		}
		if n >= most {
			return ErrMany
		}
		id, err = s.Found(ctx, tx, c.Actor, name, c.User.ID)
		return err
	})
	return id, err
}

// Found makes an organization with an owner, within a transaction that may make
// that person, too.
func (s *Service) Found(ctx context.Context, tx *db.Tx, actor identity.Actor, name, owner string) (string, error) {
	now := s.Clock.Now()
	id, err := identity.AddOrganization(ctx, tx, name, now)
	if err != nil {
		return "", err
	}
	if err := identity.AddMember(ctx, tx, identity.Membership{OrganizationID: id, UserID: owner, Role: identity.Owner}, now); err != nil {
		return "", err
	}
	return id, s.Journal.RecordOrganization(ctx, tx, id, journal.Act{
		At: now, Action: "organization.created", Actor: actor, Target: journal.Thing(id),
	})
}

// MakeMain makes one of the caller's organizations the main one. It returns
// identity.ErrNoMember for any other.
func (s *Service) MakeMain(ctx context.Context, c session.Caller, id string) error {
	if _, err := identity.Pick(c.Memberships, id); err != nil || id == "" {
		return identity.ErrNoMember.On("organization")
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.SetMain(ctx, tx, c.User.ID, id); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "profile.updated", Actor: c.Actor, Target: journal.Person(c.User.ID), Changes: []string{"main_organization"},
		})
	})
}

// Editor is somebody who may change the details.
type Editor struct {
	UserID  string
	Name    string // empty: the person has told none
	Role    identity.Role
	Picture string // URL
}

// editorsMost is how many people are named as those who can edit.
const editorsMost = 12

// Editors returns who can change the details, the owners first.
func (s *Service) Editors(ctx context.Context, c session.Caller) ([]Editor, error) {
	found, err := editors.All(ctx, s.DB, c.Actor.Membership.OrganizationID, editorsMost)
	var all []Editor
	for _, e := range found {
		u := identity.User{
			ID: e.UserID, FirstName: e.FirstName, LastName: e.LastName, FullName: e.FullName, DisplayName: e.DisplayName,
			Visibility: e.Visibility, Picture: e.Picture,
		}
		name := identity.ShownName(u, identity.AudiencesOf(u))
		shown := identity.User{ID: e.UserID, DisplayName: name, Picture: e.Picture}
		all = append(all, Editor{e.UserID, name, e.Role, identity.AvatarOf("", shown, c.Actor.Membership).Sizes["96"]})
	}
	return all, err
}

// codeMail is a code with the mail that brings it.
type codeMail struct {
	code secret.Secret
	mail mail.Message
}
