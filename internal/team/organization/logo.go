package organization

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// SetLogo makes an uploaded picture the logo and returns its name. It returns
// the errors of package picture.
func (s *Service) SetLogo(ctx context.Context, c session.Caller, up portrait.Uploaded) (name string, err error) {
	if name, err = s.Pictures.Make(ctx, up.Data, up.Crop); err != nil {
		return "", err
	}
	return name, s.changeLogo(ctx, c, name)
}

// RemoveLogo takes the logo away.
func (s *Service) RemoveLogo(ctx context.Context, c session.Caller) error {
	return s.changeLogo(ctx, c, "")
}

// changeLogo puts a logo in the place of another. Forms that are open don't
// edit it, so the version stays as it is.
func (s *Service) changeLogo(ctx context.Context, c session.Caller, name string) error {
	id := c.Actor.Membership.OrganizationID
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, id); err != nil {
			return gone(err)
		}
		before, err := logoOf.One(ctx, tx, id)
		if err != nil || before == name {
			return err
		}
		if err := s.Pictures.Replace(ctx, tx, portrait.OfOrganization(id), before, name); err != nil {
			return err
		}
		if _, err := setLogo.Run(ctx, tx, id, name, s.Clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, c, journal.Act{Action: "organization.updated", Changes: []string{"logo"}})
	})
}
