package request

import (
	"context"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
)

// Propose asks for another value of a field of the caller's, and tells by mail
// whoever may decide. It takes the place of the request before. It returns
// ErrField, ErrFree, ErrSame, policy.ErrManaged, limit.ErrThrottled, or what is
// wrong with the value.
func (s *Service) Propose(ctx context.Context, c session.Caller, field, text string) (Mine, error) {
	orgs, err := s.Asked(ctx, c, field)
	if err != nil {
		return Mine{}, err
	}
	value, now, err := s.check(ctx, c, field, text)
	if err != nil {
		return Mine{}, err
	}
	at := s.Clock.Now()
	r := Request{
		ID: ids.New(ids.FieldRequest, at), UserID: c.User.ID, Field: field, Scope: scope(field, c.Actor.Membership), Value: value, Was: now,
		State: Open, CreatedAt: at, ExpiresAt: at.Add(Life),
	}
	if err := s.Limit.Take(ctx, proposals, c.User.ID); err != nil {
		return Mine{}, err
	}
	letters, err := s.askLetters(ctx, c, r, orgs)
	if err != nil {
		return Mine{}, err
	}
	if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.put(ctx, tx, c, r, orgs, letters) }); err != nil {
		return Mine{}, err
	}
	return s.mine(ctx, r)
}

// Asked are the organizations that decide about a field of the caller's. It
// returns ErrField, ErrFree where the person changes it alone, or
// policy.ErrManaged where nobody is to be asked.
func (s *Service) Asked(ctx context.Context, c session.Caller, field string) ([]identity.Membership, error) {
	if !slices.Contains(fields, field) {
		return nil, ErrField
	}
	control, orgs, err := hands(ctx, s.DB, field, c.Memberships, c.Actor.Membership)
	switch {
	case err != nil:
		return nil, err
	case control.Editable:
		return nil, ErrFree
	case control.State != policy.Request || len(orgs) == 0:
		return nil, policy.ErrManaged.On(field)
	}
	return orgs, nil
}

// check returns the value as it would be kept, and what the field holds now.
func (s *Service) check(ctx context.Context, c session.Caller, field, text string) (value, now string, err error) {
	if field != email {
		value, now, err = s.Check(ctx, c, field, text)
		if err == nil && value == now {
			err = ErrSame
		}
		return value, now, err
	}
	current, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return "", "", err
	}
	if value, err = mail.ParseAddress(text); err != nil {
		return "", "", mail.ErrAddress.On("value")
	}
	if identity.NormalEmail(value) == current.Normalized {
		err = ErrSame
	}
	return value, current.Normalized, err
}

func (s *Service) put(ctx context.Context, tx *db.Tx, c session.Caller, r Request, orgs []identity.Membership, letters []mail.Message) error {
	if err := identity.Lock(ctx, tx, r.UserID); err != nil {
		return err
	}
	if _, err := replace.Run(ctx, tx, r.UserID, r.Field, r.Scope, r.CreatedAt); err != nil {
		return err
	}
	if r.Field == email {
		if _, err := disagree.Run(ctx, tx, r.UserID, r.Field, r.CreatedAt); err != nil {
			return err
		}
	}
	_, err := insert.Run(ctx, tx, r.ID, r.UserID, r.Field, r.Scope, r.Value, r.Was, c.User.CredentialEpoch, r.CreatedAt, r.ExpiresAt)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if _, err := ask.Run(ctx, tx, r.ID, o.OrganizationID); err != nil {
			return err
		}
	}
	if err := s.record(ctx, tx, c.Actor, r, "field.requested"); err != nil {
		return err
	}
	for _, m := range letters {
		if err := s.Mail.Send(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw takes an open request of the caller's back. It returns ErrNone or
// ErrDecided.
func (s *Service) Withdraw(ctx context.Context, c session.Caller, id string) error {
	r, err := s.ownOne(ctx, c, id)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := withdraw.Run(ctx, tx, id, s.Clock.Now(), c.User.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrDecided
		}
		return s.record(ctx, tx, c.Actor, r, "field.request_withdrawn")
	})
}
