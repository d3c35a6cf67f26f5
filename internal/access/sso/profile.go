package sso

import (
	"context"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/provenance"
	"nameplate/internal/platform/db"
)

// tell gives the profile the name that the provider has. The name on the card
// is the person's, who took it over at most once. Where the provider tells more
// by SCIM, it tells it there.
func (s *Service) tell(ctx context.Context, tx *db.Tx, p Provider, c claims, userID string) error {
	told, err := provenance.Of(ctx, tx, userID)
	if err != nil {
		return err
	}
	for _, t := range told {
		if t.OrganizationID == p.OrganizationID && t.Way == provenance.SCIM {
			return provenance.Drop(ctx, tx, p.OrganizationID, userID, provenance.SignIn)
		}
	}
	v, err := provenance.Clean(provenance.Values{identity.FirstName: c.text("given_name"), identity.LastName: c.text("family_name")})
	if err != nil {
		return nil // a name that can't be one here is no reason to keep somebody out
	}
	email, err := identity.PrimaryEmail(ctx, tx, userID)
	if err != nil {
		return err
	}
	owner, err := s.Owner(ctx, tx, email.Address)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	changed, err := provenance.Write(ctx, tx, provenance.Source{
		OrganizationID: p.OrganizationID, UserID: userID, Way: provenance.SignIn, Provider: p.Brand(),
	}, v, owner == p.OrganizationID, now)
	if err != nil || len(changed) == 0 {
		return err
	}
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: now, Action: "profile.updated", Target: journal.Person(userID), Changes: changed, Details: map[string]string{"provider": p.ID},
	})
}

// GroupRoles are those lines of the provider in use that speak of groups.
func (s *Service) GroupRoles(ctx context.Context, q db.Q, organizationID string) (all []Mapping, err error) {
	p, found, err := newestOf.Maybe(ctx, q, organizationID)
	if err != nil || !found {
		return nil, err
	}
	for _, m := range p.Mappings() {
		if name := strings.ToLower(m.Claim); name == "groups" || strings.HasSuffix(name, "/groups") {
			all = append(all, m)
		}
	}
	return all, nil
}
