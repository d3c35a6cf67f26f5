package employee

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

const (
	// Most is how many an organization has.
	Most = 100

	maxName        = 60
	maxDesignation = 100
	maxBio         = 500
)

// What can go wrong.
var (
	ErrNone    = errs.New(errs.NotFound, "no_such_digital_employee")
	ErrTooMany = errs.New(errs.Conflict, "too_many_digital_employees")
	ErrClient  = errs.New(errs.Invalid, "digital_employee_client").On("client")
	// ErrStale means that a change was made from another version than the
	// present.
	ErrStale = api.ErrStale
)

// Service keeps digital employees.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Journal  *journal.Journal
	Pictures *portrait.Store

	// Clients names the API clients of an organization, by id.
	Clients func(ctx context.Context, q db.Q, organizationID string) ([]Client, error)
}

// Client is an API client by which one may act.
type Client struct{ ID, Name string }

// Employee is a digital employee.
type Employee struct {
	ID             string
	OrganizationID string
	Name           string
	Designation    string
	Bio            string
	Picture        string // object name; empty: none
	ClientID       string // by which it acts; empty: by none
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// User is the employee in the shape of a person, for what shows either.
func (e Employee) User() identity.User {
	return identity.User{ID: e.ID, DisplayName: e.Name, Bio: e.Bio, Picture: e.Picture, UpdatedAt: e.UpdatedAt}
}

// Patch is what to change: nil stays as it is.
type Patch struct {
	Name        *string
	Designation *string
	Bio         *string
	Client      *string // empty: none
}

// Find returns one by its id alone. It returns ErrNone if there is none.
func (s *Service) Find(ctx context.Context, q db.Q, id string) (Employee, error) {
	r, found, err := byID.Maybe(ctx, q, id)
	if err == nil && !found {
		err = ErrNone
	}
	return r.employee(), err
}

// Get returns one of an organization. It returns ErrNone for any other.
func (s *Service) Get(ctx context.Context, q db.Q, organizationID, id string) (Employee, error) {
	e, err := s.Find(ctx, q, id)
	if err == nil && e.OrganizationID != organizationID {
		return Employee{}, ErrNone
	}
	return e, err
}

// List returns those of an organization, the oldest first.
func (s *Service) List(ctx context.Context, organizationID string) ([]Employee, error) {
	rows, err := of.All(ctx, s.DB, organizationID)
	all := make([]Employee, len(rows))
	for i, r := range rows {
		all[i] = r.employee()
	}
	return all, err
}

// Make gives the actor's organization a digital employee.
func (s *Service) Make(ctx context.Context, actor identity.Actor, p Patch) (e Employee, err error) {
	now, org := s.Clock.Now(), actor.Membership.OrganizationID
	e = Employee{ID: ids.New(ids.Digital, now), OrganizationID: org, Version: 1, CreatedAt: now, UpdatedAt: now}
	if p.Name == nil {
		p.Name = new(string)
	}
	if _, err := p.lay(&e); err != nil {
		return e, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, org); err != nil {
			return err
		}
		n, err := count.One(ctx, tx, org)
		if err != nil {
			return err
		}
		if n >= Most {
			return ErrTooMany.With("Max", Most)
		}
		if err := s.known(ctx, tx, e); err != nil {
			return err
		}
		if _, err := insert.Run(ctx, tx, e.ID, org, e.Name, e.Designation, e.Bio, orNull(e.ClientID), now); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "digital_employee.made", e.ID)
	})
	return e, err
}

// Change changes one. version is the one that the change was made from; 0
// takes whatever is there. It returns ErrNone, ErrStale, or what is wrong,
// field by field.
func (s *Service) Change(ctx context.Context, actor identity.Actor, id string, version int64, p Patch) (e Employee, err error) {
	err = s.alter(ctx, actor, id, func(tx *db.Tx, before Employee) ([]string, error) {
		e = before
		if version != 0 && version != before.Version {
			return nil, ErrStale
		}
		changed, err := p.lay(&e)
		if err != nil || len(changed) == 0 {
			return nil, err
		}
		if err := s.known(ctx, tx, e); err != nil {
			return nil, err
		}
		e.Version, e.UpdatedAt = before.Version+1, s.Clock.Now()
		_, err = update.Run(ctx, tx, id, e.Name, e.Designation, e.Bio, orNull(e.ClientID), e.UpdatedAt)
		return changed, err
	})
	return e, err
}

// SetPicture makes an uploaded picture the employee's. It returns the errors of
// package picture.
func (s *Service) SetPicture(ctx context.Context, actor identity.Actor, id string, up portrait.Uploaded) (Employee, error) {
	name, err := s.Pictures.Make(ctx, up.Data, up.Crop)
	if err != nil {
		return Employee{}, err
	}
	return s.show(ctx, actor, id, name)
}

// RemovePicture takes the picture away.
func (s *Service) RemovePicture(ctx context.Context, actor identity.Actor, id string) (Employee, error) {
	return s.show(ctx, actor, id, "")
}

func (s *Service) show(ctx context.Context, actor identity.Actor, id, name string) (e Employee, err error) {
	err = s.alter(ctx, actor, id, func(tx *db.Tx, before Employee) ([]string, error) {
		e = before
		if before.Picture == name {
			return nil, nil
		}
		if err := s.Pictures.Replace(ctx, tx, portrait.OfPerson(id), before.Picture, name); err != nil {
			return nil, err
		}
		e.Picture, e.UpdatedAt = name, s.Clock.Now()
		_, err := present.Run(ctx, tx, id, name, e.UpdatedAt)
		return []string{"avatar"}, err
	})
	return e, err
}

// alter changes one in a transaction with its entry in the journal.
func (s *Service) alter(ctx context.Context, actor identity.Actor, id string, change func(*db.Tx, Employee) ([]string, error)) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := s.held(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		changed, err := change(tx, before)
		if err != nil || len(changed) == 0 {
			return err
		}
		return s.record(ctx, tx, actor, "digital_employee.updated", id, changed...)
	})
}

// held reads one of the actor's organization after all others who change
// something there, and before any who come later.
func (s *Service) held(ctx context.Context, tx *db.Tx, actor identity.Actor, id string) (Employee, error) {
	if err := identity.Hold(ctx, tx, actor.Membership.OrganizationID); err != nil {
		return Employee{}, err
	}
	return s.Get(ctx, tx, actor.Membership.OrganizationID, id)
}

// Remove ends one, its card and its pictures.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.held(ctx, tx, actor, id); err != nil {
			return err
		}
		if _, err := remove.Run(ctx, tx, id); err != nil {
			return err
		}
		if err := s.Pictures.Drop(ctx, tx, portrait.OfPerson(id)); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "digital_employee.removed", id)
	})
}

// End removes the pictures of all of an organization that is going. Their rows
// go with it.
func (s *Service) End(ctx context.Context, tx *db.Tx, organizationID string) error {
	rows, err := of.All(ctx, tx, organizationID)
	for _, r := range rows {
		err = errors.Join(err, s.Pictures.Drop(ctx, tx, portrait.OfPerson(r.ID)))
	}
	return err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by identity.Actor, action, id string, changes ...string) error {
	return s.Journal.RecordOrganization(ctx, tx, by.Membership.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: by, Target: journal.Thing(id), Changes: changes,
	})
}

// known returns ErrClient unless the client is one of the organization.
func (s *Service) known(ctx context.Context, q db.Q, e Employee) error {
	if e.ClientID == "" {
		return nil
	}
	all, err := s.Clients(ctx, q, e.OrganizationID)
	for _, c := range all {
		if c.ID == e.ClientID {
			return nil
		}
	}
	return errors.Join(err, ErrClient)
}

// lay lays a patch over an employee and returns the names of what differs.
func (p Patch) lay(to *Employee) (changed []string, err error) {
	var faults errs.Fields
	line := func(name string, at, wish *string, most int, clean func(field, text string, most int) (string, error)) {
		if wish == nil {
			return
		}
		text, wrong := clean(name, *wish, most)
		if wrong == nil && name == "name" && text == "" {
			wrong = identity.ErrTextRequired.On(name)
		}
		if wrong != nil {
			err = errors.Join(err, faults.Add(wrong))
			return
		}
		if *at != text {
			*at, changed = text, append(changed, name)
		}
	}
	line("name", &to.Name, p.Name, maxName, identity.Line)
	line("designation", &to.Designation, p.Designation, maxDesignation, identity.Line)
	line("bio", &to.Bio, p.Bio, maxBio, identity.Lines)
	if p.Client != nil && *p.Client != to.ClientID {
		to.ClientID, changed = *p.Client, append(changed, "client")
	}
	if err != nil {
		return nil, err
	}
	return changed, faults.OrNil()
}
