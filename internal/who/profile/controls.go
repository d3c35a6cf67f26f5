package profile

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
)

// Control is what the person may do with a field, and with who sees it.
type Control struct {
	policy.Control
	Pinned bool // the organization has decided who sees it
}

// controls asks the rules of all organizations of the person, the current one
// first, because what is kept per organization is that one's.
func controls(ctx context.Context, q db.Q, p Profile) (map[identity.Field]Control, identity.Audiences, error) {
	set, err := policy.Account(ctx, q, identity.First(p.Memberships, p.Current))
	if err != nil {
		return nil, nil, err
	}
	all := map[identity.Field]Control{}
	for _, f := range append(Order, identity.AvatarField, identity.EmailField, identity.Availability, "password", "factors") {
		_, pinned := set.Pinned(f)
		all[f] = Control{set.Control(string(f), p.Current.Role), pinned || identity.AlwaysPublic[f]}
	}
	return all, set.Pin(p.Sees), nil
}
