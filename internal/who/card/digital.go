package card

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
)

// Digital is what a digital employee shows, all of which is public.
type Digital struct {
	User           identity.User // name, bio and picture
	OrganizationID string
	Designation    string
}

// everything of a digital employee is public.
var everything = identity.Audiences{identity.DisplayName: identity.ToPublic, identity.Designation: identity.ToPublic, identity.Bio: identity.ToPublic}

// loadDigital is load for a digital employee. Its organization never changes,
// so it is looked up first and marked before what it says is read.
func (s *Service) loadDigital(ctx context.Context, k key) (Rendered, error) {
	d, found, err := s.Digital(ctx, s.DB, k.user)
	if err == nil && !found {
		err = ErrNone
	}
	if err != nil {
		return Rendered{}, err
	}
	topic := "org:" + d.OrganizationID
	mark := s.Feed.Mark(topic, "instance")
	src, err := s.digital(ctx, k)
	if err != nil {
		return Rendered{}, err
	}
	r, err := render(Make(src))
	r.Topics = []string{topic, "instance"}
	if err == nil {
		s.keep(k, r, mark, src.Now)
	}
	return r, err
}

func (s *Service) digital(ctx context.Context, k key) (Source, error) {
	d, found, err := s.Digital(ctx, s.DB, k.user)
	if err != nil {
		return Source{}, err
	}
	if !found || k.organization != "" && k.organization != d.OrganizationID {
		return Source{}, ErrNone
	}
	org, err := identity.GetOrganization(ctx, s.DB, d.OrganizationID)
	if err != nil {
		return Source{}, err
	}
	rules, err := policy.Effective(ctx, s.DB, policy.Scope{OrganizationID: org.ID})
	if err != nil {
		return Source{}, err
	}
	if !s.shown(policy.CardAccess.Of(rules), k) {
		return Source{}, ErrNone
	}
	m := identity.Membership{OrganizationID: org.ID, OrganizationName: org.Name, OrganizationLogo: org.Logo, Designation: d.Designation}
	return Source{User: d.User, Membership: m, Sees: everything, Base: s.base(), Now: s.Clock.Now(), Digital: true}, nil
}
