package member

import (
	"context"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/provenance"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// Why somebody's contact data can't be changed here.
var (
	// ErrHeld means that the rules leave it in the person's hands.
	ErrHeld = errs.New(errs.Denied, "held_by_person")
	// ErrNotAlone means that the person belongs to another organization, too.
	ErrNotAlone = errs.New(errs.Conflict, "member_not_alone")
	// ErrDomain means that the organization has not verified the domain of an
	// address.
	ErrDomain = errs.New(errs.Conflict, "domain_not_verified").On(string(identity.EmailField))
)

// contact lists what the organization may have in its hands.
var contact = []identity.Field{identity.Designation, identity.Phone, identity.EmailField}

// Obstacles say why the caller can't change a field. One that is nil can be
// changed.
type Obstacles map[identity.Field]*errs.Error

// first is the first obstacle of what a change asks for.
func (o Obstacles) first(ch Change) error {
	for f, text := range map[identity.Field]*string{identity.Designation: ch.Designation, identity.Phone: ch.Phone, identity.EmailField: ch.Email} {
		if text != nil && o[f] != nil {
			return o[f].On(string(f))
		}
	}
	return nil
}

// obstacles holds the caller against a member whom the caller may act on.
func (s *Service) obstacles(ctx context.Context, q db.Q, c session.Caller, target identity.Membership) (Obstacles, error) {
	own, err := s.member(ctx, q, c, c.User.ID)
	if err != nil {
		return nil, err
	}
	rules, err := policy.Effective(ctx, q, policy.Scope{OrganizationID: target.OrganizationID, Role: target.Role})
	if err != nil {
		return nil, err
	}
	n, err := belongs.One(ctx, q, target.UserID)
	if err != nil {
		return nil, err
	}
	domains, err := s.Domains(ctx, q, target.OrganizationID)
	if err != nil {
		return nil, err
	}
	provided, err := s.provided(ctx, q, target)
	if err != nil {
		return nil, err
	}
	all := Obstacles{}
	for _, f := range contact {
		p := pair{
			field: f, held: !rules.Control(string(f), target.Role).Editable, alone: n == 1, own: target.UserID == c.User.ID,
			above: own.Role.Above(target.Role), domains: len(domains) > 0,
		}
		if all[f] = p.obstacle(); all[f] == nil && provided[f] {
			all[f] = policy.ErrProvider
		}
	}
	return all, nil
}

// provided are the fields of a member that an identity provider has: what is
// written there is written over here.
func (s *Service) provided(ctx context.Context, q db.Q, m identity.Membership) (map[identity.Field]bool, error) {
	told, err := provenance.Of(ctx, q, m.UserID)
	if err != nil || len(told) == 0 {
		return nil, err
	}
	email, err := identity.PrimaryEmail(ctx, q, m.UserID)
	if err != nil {
		return nil, err
	}
	authority, err := s.Authority(ctx, q, email.Address)
	all := map[identity.Field]bool{}
	for f := range provenance.Held(told, []identity.Membership{m}, authority, m.OrganizationID) {
		all[f] = true
	}
	return all, err
}

// pair is what a caller is to a member, as far as a field goes.
type pair struct {
	field identity.Field
	held  bool // the rules put the field into the organization's hands
	alone bool // the member belongs to this organization alone
	own   bool // both are one
	above bool // the caller is above the member

	domains bool // the organization has verified some
}

// obstacle says why the caller can't change the field, or returns nil. A lock
// that holds for oneself can't be lifted this way. An address opens the
// account, so it takes somebody above.
func (p pair) obstacle() *errs.Error {
	switch {
	case p.field == identity.EmailField && !p.above:
		return session.ErrDenied
	case p.own && p.held:
		return policy.ErrManaged
	case p.field == identity.Designation:
		return nil
	case !p.alone:
		return ErrNotAlone
	case !p.held:
		return ErrHeld
	case p.field == identity.EmailField && !p.domains:
		return ErrDomain
	}
	return nil
}

// mayHave returns ErrDomain unless the organization has verified the domain of
// the address.
func (s *Service) mayHave(ctx context.Context, q db.Q, organizationID, address string) error {
	_, domain, _ := strings.Cut(identity.NormalEmail(address), "@")
	verified, err := s.Domains(ctx, q, organizationID)
	if err == nil && !slices.Contains(verified, domain) {
		err = ErrDomain
	}
	return err
}

// reach sets how a member is reached. The person's row comes first, in the
// order in which the person's own changes take the rows.
func (s *Service) reach(ctx context.Context, tx *db.Tx, c session.Caller, before standing, ch Change, l letters) (changed []string, err error) {
	if ch.Email != nil && identity.NormalEmail(*ch.Email) != before.email.Normalized {
		if err := s.readdress(ctx, tx, before, *ch.Email, l); err != nil {
			return nil, err
		}
		changed = append(changed, string(identity.EmailField))
	}
	if ch.Phone != nil && *ch.Phone != before.phone {
		if _, err := setPhone.Run(ctx, tx, before.UserID, *ch.Phone, s.Clock.Now(), c.User.ID); err != nil {
			return nil, err
		}
		changed = append(changed, string(identity.Phone))
		if l.phone != nil {
			if err := s.Mail.Send(ctx, tx, *l.phone); err != nil {
				return nil, err
			}
		}
	}
	return changed, nil
}

// readdress gives a member another primary address and ends what the person is
// signed in with. The address before is told, with a way back; the new one,
// which was nobody's until now, is greeted. It returns ErrDomain or
// identity.ErrEmailTaken.
func (s *Service) readdress(ctx context.Context, tx *db.Tx, before standing, address string, l letters) error {
	if err := s.mayHave(ctx, tx, before.OrganizationID, address); err != nil {
		return err
	}
	if _, err := s.Sessions.EndOthers(ctx, tx, before.UserID, ""); err != nil {
		return err
	}
	if err := s.Notices.Send(ctx, tx, l.told); err != nil {
		return err
	}
	if err := s.Assign(ctx, tx, before.UserID, address); err != nil {
		return err
	}
	return s.Mail.Send(ctx, tx, *l.welcome)
}
