package invitation

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
)

// Invite mails a link to an address. It returns session.ErrDenied,
// session.ErrStale, errs.Fields, ErrMember or limit.ErrThrottled.
func (s *Service) Invite(ctx context.Context, c session.Caller, in Invitee) (Invitation, error) {
	if err := s.permitAll(c, in.Role); err != nil {
		return Invitation{}, err
	}
	return s.invite(ctx, c, in)
}

// InviteAll invites one after the other and says what became of each. It
// returns session.ErrDenied or session.ErrStale, and has invited nobody then.
func (s *Service) InviteAll(ctx context.Context, c session.Caller, all []Invitee) ([]Outcome, error) {
	var roles []identity.Role
	for _, in := range all {
		roles = append(roles, in.Role)
	}
	if err := s.permitAll(c, roles...); err != nil {
		return nil, err
	}
	out, seen := make([]Outcome, len(all)), map[string]bool{}
	for i, in := range all {
		normal := identity.NormalEmail(in.Address)
		if seen[normal] {
			out[i].Err = ErrTwice
			continue
		}
		seen[normal] = true
		out[i].Invitation, out[i].Err = s.invite(ctx, c, in)
		if k := errs.KindOf(out[i].Err); out[i].Err != nil && (k == errs.Internal || k == errs.Unavailable) {
			return nil, out[i].Err
		}
	}
	return out, nil
}

func (s *Service) invite(ctx context.Context, c session.Caller, in Invitee) (Invitation, error) {
	inv, err := s.prepare(c, in)
	if err != nil {
		return inv, err
	}
	_, member, err := memberByAddress.Maybe(ctx, s.DB, inv.OrganizationID, inv.Normalized)
	if err == nil && member {
		err = ErrMember
	}
	if err != nil {
		return inv, err
	}
	return s.send(ctx, c, inv, "member.invited", func(tx *db.Tx, inv Invitation) (string, error) {
		id, found, err := put.Maybe(ctx, tx, inv.ID, inv.OrganizationID, inv.Address, inv.Normalized, inv.Role, inv.Designation,
			c.User.ID, inv.SentAt, c.Actor.Can(identity.ManageOwners), inv.ExpiresAt)
		if err == nil && !found {
			err = session.ErrDenied // somebody above has invited this address
		}
		return id, err
	})
}

// prepare makes an invitation of what was asked for.
func (s *Service) prepare(c session.Caller, in Invitee) (inv Invitation, err error) {
	var faults errs.Fields
	if inv.Address, err = mail.ParseAddress(in.Address); err != nil {
		faults = append(faults, mail.ErrAddress.On("email"))
	}
	if !in.Role.Valid() {
		faults = append(faults, ErrRole)
	}
	if inv.Designation, err = identity.Line("designation", in.Designation, maxDesignation); faults.Add(err) != nil {
		return inv, err
	}
	m := c.Actor.Membership
	inv.ID, inv.OrganizationID, inv.OrganizationName, inv.RoleLabels = ids.New(idKind, s.Clock.Now()), m.OrganizationID, m.OrganizationName, m.RoleLabels
	inv.Normalized, inv.Role = identity.NormalEmail(inv.Address), in.Role
	return inv, faults.OrNil()
}

// Resend mails a new link, which ends the one before, and makes the caller
// the one who answers for the role. It returns ErrNone, ErrAnswered,
// session.ErrDenied, session.ErrStale or limit.ErrThrottled.
func (s *Service) Resend(ctx context.Context, c session.Caller, id string) (Invitation, error) {
	inv, err := s.find(ctx, c, id)
	if err != nil {
		return inv, err
	}
	if err := s.permitAll(c, inv.Role); err != nil {
		return inv, err
	}
	return s.send(ctx, c, inv, "invitation.resent", func(tx *db.Tx, inv Invitation) (string, error) {
		n, err := renew.Run(ctx, tx, inv.ID, inv.OrganizationID, c.User.ID, inv.SentAt, inv.ExpiresAt)
		if err == nil && n == 0 {
			err = ErrAnswered
		}
		return inv.ID, err
	})
}

// send mails a link for an invitation that keep keeps.
func (s *Service) send(ctx context.Context, c session.Caller, inv Invitation, action string, keep func(*db.Tx, Invitation) (id string, err error)) (Invitation, error) {
	if err := s.Limit.Take(ctx, fromOrganization, inv.OrganizationID); err != nil {
		return inv, err
	}
	if err := s.Limit.Take(ctx, toAddress, inv.Normalized); err != nil {
		return inv, err
	}
	now, link := s.Clock.Now(), s.Once.NewLink()
	inv.SentAt, inv.ExpiresAt, inv.Stored = now, now.Add(Life), string(Pending)
	inv.InvitedBy, inv.InviterRole, inv.InviterName = c.User.ID, c.Actor.Membership.Role, identity.ShownName(c.User, identity.AudiencesOf(c.User))
	letter, err := s.letter(ctx, inv, link)
	if err != nil {
		return inv, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if inv.ID, err = keep(tx, inv); err != nil {
			return err
		}
		if err := s.Once.KeepLink(ctx, tx, purpose, inv.ID, link, Life); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c.Actor, inv, action); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	})
	return inv, err
}

// Revoke ends an invitation. It returns ErrNone, ErrAnswered or
// session.ErrDenied.
func (s *Service) Revoke(ctx context.Context, c session.Caller, id string) error {
	inv, err := s.find(ctx, c, id)
	if err != nil {
		return err
	}
	if err := permit(c, inv.Role); err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := revoke.Run(ctx, tx, inv.ID, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrAnswered
		}
		if err := s.Once.Void(ctx, tx, purpose, inv.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, c.Actor, inv, "invitation.revoked")
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor identity.Actor, inv Invitation, action string) error {
	return s.Journal.RecordOrganization(ctx, tx, inv.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Thing(inv.ID), Details: map[string]string{"role": string(inv.Role)},
	})
}
