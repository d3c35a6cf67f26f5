package profile

import (
	"context"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/provenance"
	"nameplate/internal/platform/db"
)

// Control is what the person may do with a field, and with who sees it.
type Control struct {
	policy.Control
	Pinned   bool   // the organization has decided who sees it
	Provider string // of whom the field comes, as people call it; empty: of the person
}

// providerReason is why a field is locked that an identity provider has.
const providerReason = "provider"

// controls asks the rules of all organizations of the person, the current one
// first, because what is kept per organization is that one's. Above all stands
// an identity provider that has the password and the address.
func (s *Service) controls(ctx context.Context, q db.Q, p Profile) (map[identity.Field]Control, identity.Audiences, error) {
	set, err := policy.Account(ctx, q, identity.First(p.Memberships, p.Current))
	if err != nil {
		return nil, nil, err
	}
	all := map[identity.Field]Control{}
	for _, f := range slices.Concat(Order, []identity.Field{identity.AvatarField, identity.EmailField, identity.PasswordField, identity.Availability, "factors"}) {
		_, pinned := set.Pinned(f)
		all[f] = Control{Control: set.Control(string(f), p.Current.Role), Pinned: pinned || identity.AlwaysPublic[f]}
	}
	provided, err := s.Provided(ctx, q, p.User)
	if provided {
		for _, f := range []identity.Field{identity.EmailField, identity.PasswordField} {
			all[f] = Control{Control: policy.Control{
				State: policy.ReadOnly, Reason: providerReason, Rule: policy.SSOOnly.Name(), Source: policy.FromProvider, ChangeableBy: "admins",
			}, Pinned: all[f].Pinned}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return all, set.Pin(p.Sees), s.synced(ctx, q, p, all)
}

// syncedReason is why a field is locked that a provider keeps up to date.
const syncedReason = "synced"

// synced lays over the controls what a provider has told of the person.
func (s *Service) synced(ctx context.Context, q db.Q, p Profile, all map[identity.Field]Control) error {
	told, err := provenance.Of(ctx, q, p.User.ID)
	if err != nil || len(told) == 0 {
		return err
	}
	authority, err := s.Authority(ctx, q, p.Email.Address)
	for f, from := range provenance.Held(told, p.Memberships, authority, p.Current.OrganizationID) {
		all[f] = Control{Control: policy.Control{
			State: policy.ReadOnly, Reason: syncedReason, Rule: string(policy.FromProvider), Source: policy.FromProvider,
			OrganizationID: from.OrganizationID, SetAt: from.SyncedAt, ChangeableBy: "admins",
		}, Pinned: all[f].Pinned, Provider: from.Provider}
	}
	return err
}
