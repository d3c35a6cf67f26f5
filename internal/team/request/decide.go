package request

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
)

// Approve agrees to a request for the caller's organization. With the last
// organization that is asked the value is written, or for an address the person
// may prove it; the person is told then. It returns ErrNone, session.ErrDenied,
// ErrOwn, ErrDecided, ErrOutdated, ErrOvertaken, or what is wrong with the value
// by now.
func (s *Service) Approve(ctx context.Context, c session.Caller, id string) error {
	r, err := s.one(ctx, c, id)
	if err != nil {
		return err
	}
	letter, err := s.approvedLetter(ctx, c, r)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := s.taken(ctx, tx, c, r)
		if err != nil {
			return err
		}
		if err := s.say(ctx, tx, c, r, Approved); err != nil {
			return err
		}
		waits, err := s.waits(ctx, tx, r, m)
		if err != nil {
			return err
		}
		if waits {
			return s.record(ctx, tx, c.Actor, r, "field.request_approved")
		}
		return s.fulfil(ctx, tx, c, r, m, letter)
	})
}

// fulfil ends a request that everybody has agreed to.
func (s *Service) fulfil(ctx context.Context, tx *db.Tx, c session.Caller, r Request, m identity.Membership, letter mail.Message) error {
	until, action := r.ExpiresAt, "profile.updated"
	if r.Field == email {
		until, action = s.Clock.Now().Add(Agreed), "field.request_approved"
	}
	if err := s.finish(ctx, tx, r, Approved, "", until); err != nil {
		return err
	}
	same, err := s.grant(ctx, tx, c, r, m)
	if err != nil {
		return err
	}
	if !same {
		return ErrOutdated
	}
	if err := s.record(ctx, tx, c.Actor, r, action); err != nil {
		return err
	}
	return s.Mail.Send(ctx, tx, letter)
}

// grant writes the value, and reports whether the field held until then what it
// did when it was asked for. An address is for the person to prove.
func (s *Service) grant(ctx context.Context, tx *db.Tx, c session.Caller, r Request, m identity.Membership) (bool, error) {
	if r.Field != email {
		return s.Write(ctx, tx, c.Actor, m, r.Field, r.Was, r.Value)
	}
	current, err := identity.PrimaryEmail(ctx, tx, r.UserID)
	return current.Normalized == r.Was, err
}

// Decline ends a request, and tells the person why. It returns ErrNone,
// session.ErrDenied, ErrOwn, ErrDecided, or what is wrong with the reason.
func (s *Service) Decline(ctx context.Context, c session.Caller, id, reason string) error {
	r, err := s.one(ctx, c, id)
	if err != nil {
		return err
	}
	if reason, err = identity.Lines("reason", reason, ReasonMost); err != nil {
		return err
	}
	if reason == "" {
		return identity.ErrTextRequired.On("reason")
	}
	letter, err := s.declinedLetter(ctx, c, r, reason)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.taken(ctx, tx, c, r); err != nil {
			return err
		}
		if err := s.say(ctx, tx, c, r, Declined); err != nil {
			return err
		}
		if err := s.finish(ctx, tx, r, Declined, reason, r.ExpiresAt); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c.Actor, r, "field.request_declined"); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	})
}

// taken holds the organization, the person and the open request, and returns
// the person's membership, if the caller may decide by the roles that both have
// now.
func (s *Service) taken(ctx context.Context, tx *db.Tx, c session.Caller, r Request) (identity.Membership, error) {
	org := c.Actor.Membership.OrganizationID
	if err := identity.Hold(ctx, tx, org); err != nil {
		return identity.Membership{}, orNone(err)
	}
	m, err := identity.MemberOf(ctx, tx, org, r.UserID)
	if err != nil {
		return m, orNone(err)
	}
	if err := decides(ctx, tx, c, m); err != nil {
		return m, err
	}
	if err := identity.Lock(ctx, tx, r.UserID); err != nil {
		return m, err
	}
	n, err := take.Run(ctx, tx, r.ID, s.Clock.Now())
	if err == nil && n == 0 {
		err = ErrDecided
	}
	return m, err
}

// decides returns session.ErrDenied or ErrOwn unless the caller may decide
// about what a member asks for.
func decides(ctx context.Context, q db.Q, c session.Caller, m identity.Membership) error {
	own, err := identity.MemberOf(ctx, q, m.OrganizationID, c.User.ID)
	if err != nil {
		return orNone(err)
	}
	if !own.Role.MayTouch(m.Role) {
		return session.ErrDenied
	}
	if own.UserID != m.UserID {
		return nil
	}
	others, err := whoDecides(ctx, q, m, 1)
	if err == nil && len(others) > 0 {
		err = ErrOwn
	}
	return err
}

// whoDecides lists those who may decide about what a member asks for, without
// the member.
func whoDecides(ctx context.Context, q db.Q, m identity.Membership, most int) ([]decider, error) {
	var may []identity.Role
	for _, role := range identity.Roles {
		if role.MayTouch(m.Role) {
			may = append(may, role)
		}
	}
	return deciders.All(ctx, q, m.OrganizationID, m.UserID, may[0], may[len(may)-1], most)
}

// say notes what the caller's organization has decided.
func (s *Service) say(ctx context.Context, tx *db.Tx, c session.Caller, r Request, what State) error {
	n, err := answer.Run(ctx, tx, r.ID, c.Actor.Membership.OrganizationID, what, c.User.ID)
	if err == nil && n == 0 {
		err = ErrDecided
	}
	return err
}

func (s *Service) finish(ctx context.Context, tx *db.Tx, r Request, as State, reason string, until any) error {
	n, err := end.Run(ctx, tx, r.ID, s.Clock.Now(), as, reason, until)
	if err == nil && n == 0 {
		err = ErrDecided
	}
	return err
}

// waits reports whether another organization is still to agree, by the rules as
// they are now, and asks those that were not asked yet. It returns ErrOvertaken
// where the field is fixed by now.
func (s *Service) waits(ctx context.Context, tx *db.Tx, r Request, m identity.Membership) (bool, error) {
	all, err := identity.Memberships(ctx, tx, r.UserID)
	if err != nil {
		return false, err
	}
	control, orgs, err := hands(ctx, tx, r.Field, all, m)
	if err != nil {
		return false, err
	}
	if !control.Editable && control.State != policy.Request {
		return false, ErrOvertaken
	}
	for _, o := range orgs {
		if _, err := ask.Run(ctx, tx, r.ID, o.OrganizationID); err != nil {
			return false, err
		}
	}
	said, err := answers.All(ctx, tx, r.ID)
	for _, a := range said {
		for _, o := range orgs {
			if a.OrganizationID == o.OrganizationID && a.State == Open {
				return true, err
			}
		}
	}
	return false, err
}
