package provision

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/scim"
)

// errMoved says that somebody else has changed who an address belongs to while
// the notice was written.
var errMoved = errors.New("provision: the address has changed hands")

// Create makes somebody a member whom the provider tells of for the first time.
// It returns ErrTaken for one who is there, ErrAddress, ErrDomain or ErrClosed.
func (s *Service) Create(ctx context.Context, c Client, sent scim.Object) (scim.Object, error) {
	w, err := wanted(sent)
	if err != nil {
		return nil, err
	}
	if w.address == "" {
		w.address = scim.String(sent, "userName")
	}
	if w.address, err = mail.ParseAddress(w.address); err != nil {
		return nil, ErrAddress
	}
	if err := s.unknown(ctx, s.DB, c, w); err != nil {
		return nil, err
	}
	// Who else has an address is told of domains alone that are the
	// organization's own.
	if err := s.owns(ctx, s.DB, c, w.address); err != nil {
		return nil, err
	}
	for range 3 {
		var out scim.Object
		if out, err = s.create(ctx, c, w); !errors.Is(err, errMoved) && !errors.Is(err, notice.ErrRaced) {
			return out, err
		}
	}
	return nil, err
}

// unknown returns ErrTaken for somebody whom the organization has already.
func (s *Service) unknown(ctx context.Context, q db.Q, c Client, w want) error {
	_, found, err := byKey.Maybe(ctx, q, c.OrganizationID, w.key)
	if err != nil || found {
		return orTaken(err)
	}
	held, found, err := identity.FindEmail(ctx, q, w.address)
	if err != nil || !found {
		return err
	}
	switch _, err := find(ctx, q, c.OrganizationID, held.UserID); {
	case errors.Is(err, ErrNone):
		return nil
	default:
		return orTaken(err)
	}
}

func orTaken(err error) error {
	if err == nil {
		return ErrTaken
	}
	return err
}

func (s *Service) owns(ctx context.Context, q db.Q, c Client, address string) error {
	owner, err := s.Owner(ctx, q, address)
	if err == nil && owner != c.OrganizationID {
		err = ErrDomain
	}
	return err
}

func (s *Service) create(ctx context.Context, c Client, w want) (out scim.Object, err error) {
	holder, found, err := identity.FindUser(ctx, s.DB, w.address)
	if err != nil {
		return nil, err
	}
	var told notice.Notice
	if found {
		if told, err = s.joinedNotice(ctx, c, holder); err != nil {
			return nil, err
		}
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, c.OrganizationID); err != nil {
			return ErrNone
		}
		if err := s.unknown(ctx, tx, c, w); err != nil {
			return err
		}
		if err := s.owns(ctx, tx, c, w.address); err != nil {
			return err
		}
		id, err := s.account(ctx, tx, c, w, holder, told)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, id, w); err != nil {
			return err
		}
		if err := s.begin(ctx, tx, c, id, w); err != nil {
			return err
		}
		out, err = s.read(ctx, tx, c.OrganizationID, id)
		return err
	})
	return out, err
}

// begin makes a person a member, or one who can be made one later.
func (s *Service) begin(ctx context.Context, tx *db.Tx, c Client, userID string, w want) error {
	if !w.active {
		_, err := hold.Run(ctx, tx, c.OrganizationID, userID, identity.Agent, "")
		return err
	}
	if err := s.admit(ctx, tx, c, userID, identity.Agent); err != nil {
		return err
	}
	return s.tell(ctx, tx, c, userID, w.address, w.values)
}

// account finds or makes the account of an address in a domain that is the
// organization's own. Whoever was in it before is not any more.
func (s *Service) account(ctx context.Context, tx *db.Tx, c Client, w want, holder identity.User, told notice.Notice) (string, error) {
	held, found, err := identity.FindEmail(ctx, tx, w.address)
	switch {
	case err != nil:
		return "", err
	case !found && holder.ID == "":
		return identity.Add(ctx, tx, identity.NewUser{Address: w.address}, s.Clock.Now())
	case found && !held.IsPrimary:
		return "", ErrTaken
	case held.UserID != holder.ID:
		return "", errMoved
	case holder.State != identity.Active:
		return "", ErrClosed
	}
	if err := s.Notices.Send(ctx, tx, told); err != nil {
		return "", err
	}
	if _, err := s.Sessions.EndEverything(ctx, tx, holder.ID, ""); err != nil {
		return "", err
	}
	return holder.ID, s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: "identity_provider.linked", Actor: c.actor(), Target: journal.Person(holder.ID),
		Details: map[string]string{"provider": c.ID},
	})
}

func (s *Service) joinedNotice(ctx context.Context, c Client, user identity.User) (notice.Notice, error) {
	o, err := identity.GetOrganization(ctx, s.DB, c.OrganizationID)
	if err != nil {
		return notice.Notice{}, err
	}
	return s.Notices.Write(ctx, user, "identity_provider.linked", func(ctx context.Context) notice.Words {
		return notice.Words{
			Subject: i18n.T(ctx, "provision.mail_subject", "Organization", o.Name),
			Lead:    []string{i18n.T(ctx, "provision.mail_lead", "Organization", o.Name), i18n.T(ctx, "provision.mail_ended")},
		}
	})
}

// admit makes a person a member, in the role that groups give or else in role.
func (s *Service) admit(ctx context.Context, tx *db.Tx, c Client, userID string, role identity.Role) error {
	by, given, err := s.roleOf(ctx, tx, c.OrganizationID, userID)
	if err != nil {
		return err
	}
	if given {
		role = by
	}
	now := s.Clock.Now()
	m := identity.Membership{OrganizationID: c.OrganizationID, UserID: userID, Role: role}
	if err := identity.AddMember(ctx, tx, m, now); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, c.OrganizationID, journal.Act{
		At: now, Action: "member.joined", Actor: c.actor(), Target: journal.Person(userID), Details: map[string]string{"role": string(role), "provider": c.ID},
	})
}

// suspend ends a membership and keeps what it was. Who belongs to nobody then
// is signed out of everything.
func (s *Service) suspend(ctx context.Context, tx *db.Tx, c Client, p person) error {
	m := identity.Membership{OrganizationID: c.OrganizationID, UserID: p.UserID, Role: identity.Role(p.Role.V)}
	if !c.Role.MayTouch(m.Role) {
		return ErrAbove
	}
	// Named before the row goes, and undone with it if it stays.
	err := s.Journal.RecordMember(ctx, tx, c.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: "member.left", Actor: c.actor(), Target: journal.Person(p.UserID),
		Details: map[string]string{"role": string(m.Role), "provider": c.ID},
	})
	if err != nil {
		return err
	}
	if err := identity.RemoveMember(ctx, tx, m); err != nil {
		return err
	}
	if _, err := hold.Run(ctx, tx, c.OrganizationID, p.UserID, p.Role.V, p.Designation.V); err != nil {
		return err
	}
	others, err := identity.Memberships(ctx, tx, p.UserID)
	if err != nil || len(others) > 0 {
		return err
	}
	_, err = s.Sessions.EndEverything(ctx, tx, p.UserID, "")
	return err
}

// resume gives back a membership that the provider has ended, but none that
// ended here, and nobody's whose address is not of a domain of the
// organization's by now. Nobody comes back as an owner.
func (s *Service) resume(ctx context.Context, tx *db.Tx, c Client, p person) error {
	role := identity.Role(p.HeldRole.V)
	switch {
	case role == "":
		return ErrRemoved
	case p.State != identity.Active:
		return ErrClosed
	}
	if err := s.owns(ctx, tx, c, p.Address); err != nil {
		return err
	}
	if role == identity.Owner {
		role = identity.Agent
	}
	if err := s.admit(ctx, tx, c, p.UserID, role); err != nil {
		return err
	}
	_, err := designate.Run(ctx, tx, c.OrganizationID, p.UserID, p.HeldDesignation.V)
	return err
}
