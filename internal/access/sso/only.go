package sso

import (
	"context"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
)

// Way is how the people of a domain sign in.
type Way struct {
	Provider Provider
	Required bool // there and nowhere else, but for some owners
}

// owner is an active owner of an organization.
type owner struct {
	UserID  string
	Address string
}

// WayOf returns how people with an address sign in, whoever has it, and whether
// that is at a provider. Of several, it is the newest.
func (s *Service) WayOf(ctx context.Context, q db.Q, address string) (w Way, found bool, err error) {
	org, err := s.Owner(ctx, q, address)
	if err != nil || org == "" {
		return w, false, err
	}
	if w.Provider, found, err = newestOf.Maybe(ctx, q, org); err != nil || !found {
		return w, false, err
	}
	set, err := policy.Effective(ctx, q, policy.Scope{OrganizationID: org})
	w.Required = policy.SSOOnly.Of(set) == policy.Yes
	return w, true, err
}

// Fixed reports whether an address is on a domain whose people sign in at a
// provider alone: no address moves onto it or off it.
func (s *Service) Fixed(ctx context.Context, q db.Q, address string) (bool, error) {
	w, _, err := s.WayOf(ctx, q, address)
	return w.Required, err
}

// Bars returns the provider at which somebody has to sign in, and whether there
// is one.
func (s *Service) Bars(ctx context.Context, q db.Q, user identity.User) (p Provider, barred bool, err error) {
	email, err := identity.PrimaryEmail(ctx, q, user.ID)
	if err != nil {
		return p, false, err
	}
	w, _, err := s.WayOf(ctx, q, email.Address)
	if err != nil || !w.Required {
		return p, false, err
	}
	keeps, err := s.keepsWay(ctx, q, w.Provider.OrganizationID, user.ID)
	return w.Provider, !keeps, err
}

// keepsWay reports whether an owner keeps a way in beside the provider: with a
// passkey, or because no other owner has one.
func (s *Service) keepsWay(ctx context.Context, q db.Q, org, userID string) (bool, error) {
	owners, err := ownersOf.All(ctx, q, org)
	if err != nil || !slices.ContainsFunc(owners, func(o owner) bool { return o.UserID == userID }) {
		return false, err
	}
	kinds, err := s.Kinds(ctx, q, org)
	if err != nil || slices.Contains(kinds[userID], passkey) {
		return true, err
	}
	for _, o := range owners {
		if slices.Contains(kinds[o.UserID], passkey) {
			return false, nil
		}
		elsewhere, err := s.Owner(ctx, q, o.Address)
		if err != nil || elsewhere != org {
			return false, err
		}
	}
	return true, nil
}

// LastOf returns the provider at which somebody was last seen, and whether there
// is one.
func (s *Service) LastOf(ctx context.Context, userID string) (Provider, bool, error) {
	return lastOf.Maybe(ctx, s.DB, userID)
}

// Safe reports whether an organization has an owner with a passkey, who gets in
// whatever happens to the provider.
func (s *Service) Safe(ctx context.Context, org string) (bool, error) {
	owners, err := ownersOf.All(ctx, s.DB, org)
	if err != nil {
		return false, err
	}
	kinds, err := s.Kinds(ctx, s.DB, org)
	return slices.ContainsFunc(owners, func(o owner) bool { return slices.Contains(kinds[o.UserID], passkey) }), err
}

const passkey = "webauthn"
