package sso

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
)

// errMoved says that somebody else has changed who the address belongs to while
// the notice was written.
var errMoved = errors.New("sso: the address has changed hands")

// person returns who is meant by claims, and makes or links the account where
// that was not known before. Its refusals are reasons of a refused answer.
func (s *Service) person(ctx context.Context, p Provider, c claims) (user identity.User, err error) {
	for range 3 {
		var told *notice.Notice
		holder, err := s.holder(ctx, p, c)
		if err != nil {
			return user, err
		}
		if holder.ID != "" {
			written, err := s.linkedNotice(ctx, p, holder)
			if err != nil {
				return user, err
			}
			told = &written
		}
		err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			user, err = s.settle(ctx, tx, p, c, holder, told)
			return err
		})
		if !errors.Is(err, errMoved) {
			return user, err
		}
	}
	return user, errMoved
}

// holder returns the account that claims would be linked to: nobody's, where
// the person is known already or new.
func (s *Service) holder(ctx context.Context, p Provider, c claims) (identity.User, error) {
	if _, known, err := userOf.Maybe(ctx, s.DB, p.ID, c.subject); err != nil || known {
		return identity.User{}, err
	}
	user, _, err := identity.FindUser(ctx, s.DB, c.text("email"))
	return user, err
}

// settle finds or makes the account, gives it the role that the claims give,
// and keeps what renews them.
func (s *Service) settle(ctx context.Context, tx *db.Tx, p Provider, c claims, holder identity.User, told *notice.Notice) (user identity.User, err error) {
	if err := identity.Hold(ctx, tx, p.OrganizationID); err != nil {
		return user, err
	}
	id, known, err := userOf.Maybe(ctx, tx, p.ID, c.subject)
	switch {
	case err != nil:
		return user, err
	case known:
		err = s.again(ctx, tx, p, c, id)
	default:
		id, err = s.first(ctx, tx, p, c, holder, told)
	}
	if err != nil {
		return user, err
	}
	if err := s.tell(ctx, tx, p, c, id); err != nil {
		return user, err
	}
	if err := s.note(ctx, tx, p, c); err != nil {
		return user, err
	}
	return identity.Get(ctx, tx, id)
}

// again takes somebody who was here before. Who was removed here stays so.
func (s *Service) again(ctx context.Context, tx *db.Tx, p Provider, c claims, id string) error {
	user, err := identity.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if user.State != identity.Active {
		return faultDeactivated
	}
	m, err := identity.MemberOf(ctx, tx, p.OrganizationID, id)
	if errors.Is(err, identity.ErrNoMember) {
		return faultRemoved
	}
	if err != nil {
		return err
	}
	return s.appoint(ctx, tx, p, c, m)
}

// appoint gives a member the role that the claims give. Without a mapping roles
// are given here, and owners always are.
func (s *Service) appoint(ctx context.Context, tx *db.Tx, p Provider, c claims, m identity.Membership) error {
	mappings := p.Mappings()
	role := c.role(mappings)
	if len(mappings) == 0 || m.Role == identity.Owner || m.Role == role {
		return nil
	}
	if grouped, err := s.Grouped(ctx, tx, p.OrganizationID); err != nil || grouped {
		return err
	}
	if err := identity.SetRole(ctx, tx, m, role, s.Clock.Now()); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, m.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: "member.role_changed", Target: journal.Person(m.UserID), Changes: []string{"role"},
		Details: map[string]string{"before": string(m.Role), "after": string(role), "provider": p.ID},
	})
}

// first takes somebody who was not here before, by the address that the
// provider answers for.
func (s *Service) first(ctx context.Context, tx *db.Tx, p Provider, c claims, holder identity.User, told *notice.Notice) (id string, err error) {
	address, err := mail.ParseAddress(c.text("email"))
	if err != nil {
		return "", faultAddress
	}
	switch owner, err := s.Owner(ctx, tx, address); {
	case err != nil:
		return "", err
	case !c.verified(p.Issuer):
		return "", faultUnverified
	case owner != p.OrganizationID:
		return "", faultDomain
	}
	held, found, err := identity.FindEmail(ctx, tx, address)
	switch {
	case err != nil:
		return "", err
	case !found && holder.ID == "":
		id, err = s.join(ctx, tx, p, c, address)
	case found && !held.IsPrimary:
		return "", faultTaken
	case held.UserID != holder.ID:
		return "", errMoved
	default:
		id, err = holder.ID, s.adopt(ctx, tx, p, c, holder, *told)
	}
	if err != nil {
		return "", err
	}
	_, err = link.Run(ctx, tx, p.ID, c.subject, id, s.Clock.Now())
	if db.Duplicate(err, "provider_identities", "provider_id_user_id") || db.Duplicate(err, "provider_identities", "provider_id") {
		return "", faultTaken
	}
	return id, err
}

// join makes a new person, who becomes a member.
func (s *Service) join(ctx context.Context, tx *db.Tx, p Provider, c claims, address string) (string, error) {
	id, err := identity.Add(ctx, tx, identity.NewUser{Address: address, DisplayName: c.name()}, s.Clock.Now())
	if err != nil {
		return "", err
	}
	return id, s.admit(ctx, tx, p, c, id)
}

func (s *Service) admit(ctx context.Context, tx *db.Tx, p Provider, c claims, userID string) error {
	now, role := s.Clock.Now(), c.role(p.Mappings())
	m := identity.Membership{OrganizationID: p.OrganizationID, UserID: userID, Role: role}
	if err := identity.AddMember(ctx, tx, m, now); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, p.OrganizationID, journal.Act{
		At: now, Action: "member.joined", Actor: identity.Actor{UserID: userID, Origin: identity.Page}, Target: journal.Person(userID), Details: map[string]string{"role": string(role), "provider": p.ID},
	})
}

// adopt links an account. Whoever was in it before is not any more, and its
// addresses are told.
func (s *Service) adopt(ctx context.Context, tx *db.Tx, p Provider, c claims, user identity.User, told notice.Notice) error {
	if user.State != identity.Active {
		return faultDeactivated
	}
	if err := s.Notices.Send(ctx, tx, told); err != nil {
		return err
	}
	if _, err := s.Sessions.EndEverything(ctx, tx, user.ID, ""); err != nil {
		return err
	}
	err := s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: "identity_provider.linked", Actor: identity.Actor{UserID: user.ID, Origin: identity.Page},
		Target: journal.Person(user.ID), Details: map[string]string{"provider": p.ID},
	})
	if err != nil {
		return err
	}
	m, err := identity.MemberOf(ctx, tx, p.OrganizationID, user.ID)
	if errors.Is(err, identity.ErrNoMember) {
		return s.admit(ctx, tx, p, c, user.ID)
	}
	if err != nil {
		return err
	}
	return s.appoint(ctx, tx, p, c, m)
}

// note keeps when somebody was last seen there, and what asks again.
func (s *Service) note(ctx context.Context, tx *db.Tx, p Provider, c claims) error {
	now := s.Clock.Now()
	if _, err := noteSeen.Run(ctx, tx, p.ID, c.subject, now, s.sealRefresh(p.ID, c.subject, c.refresh)); err != nil {
		return err
	}
	_, err := noteUsed.Run(ctx, tx, p.ID, now)
	return err
}
