package organization

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// ErrConfirm means that the name was not typed as it is.
var ErrConfirm = errs.New(errs.Invalid, "organization_confirm").On("confirm")

// Ending is what goes with an organization.
type Ending struct {
	Members int // memberships that end
	Alone   int // of those, people who belong nowhere else then
}

// Ending returns what deleting the organization would end.
func (s *Service) Ending(ctx context.Context, c session.Caller) (e Ending, err error) {
	id := c.Actor.Membership.OrganizationID
	n, err := people.One(ctx, s.DB, id)
	if err != nil {
		return e, err
	}
	rest, err := alone.One(ctx, s.DB, id)
	return Ending{int(n), int(rest)}, err
}

// Delete ends the organization. typed is its name. The members stay people,
// and its trail in the journal stays. The other owners are told by mail. It
// returns session.ErrDenied or ErrConfirm.
func (s *Service) Delete(ctx context.Context, c session.Caller, typed string) error {
	d, err := s.Get(ctx, c)
	if err != nil {
		return err
	}
	if !c.Actor.Can(identity.DeleteOrganization) {
		return session.ErrDenied
	}
	typed, err = identity.Line("confirm", typed, limits["name"])
	if err != nil || typed != d.Organization.Name {
		return ErrConfirm
	}
	letters, err := s.endLetters(ctx, c, d)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.owns(ctx, tx, c); err != nil {
			return err
		}
		for _, l := range letters {
			if err := s.Mail.Send(ctx, tx, l); err != nil {
				return err
			}
		}
		return s.Drop(ctx, tx, c.Actor, d.Organization.ID)
	})
}

// owns holds the organization and refuses a caller who is no owner of it now.
func (s *Service) owns(ctx context.Context, tx *db.Tx, c session.Caller) error {
	id := c.Actor.Membership.OrganizationID
	if err := identity.Hold(ctx, tx, id); err != nil {
		return gone(err)
	}
	own, err := identity.MemberOf(ctx, tx, id, c.User.ID)
	if err != nil {
		return gone(err)
	}
	if own.Role != identity.Owner {
		return session.ErrDenied
	}
	return nil
}

// Drop removes any organization with what belongs to it alone.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, actor identity.Actor, id string) error {
	err := s.Journal.RecordOrganization(ctx, tx, id, journal.Act{
		At: s.Clock.Now(), Action: "organization.deleted", Actor: actor, Target: journal.Thing(id),
	})
	if err != nil {
		return err
	}
	if err := s.Once.Void(ctx, tx, emailPurpose, id); err != nil {
		return err
	}
	if err := s.Pictures.Drop(ctx, tx, portrait.OfOrganization(id)); err != nil {
		return err
	}
	if err := s.Ends(ctx, tx, id); err != nil {
		return err
	}
	if err := policy.Drop(ctx, tx, id); err != nil {
		return err
	}
	_, err = remove.Run(ctx, tx, id)
	return err
}
