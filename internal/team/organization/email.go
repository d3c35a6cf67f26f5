package organization

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/once"
)

const (
	emailPurpose = "organization-email" // its flow is the organization's id
	codeLife     = 10 * time.Minute
)

// ErrNoEmail means that there is no address that a code could go to.
var ErrNoEmail = errs.New(errs.Conflict, "organization_email_settled")

// codes bounds the mails with a code that one organization causes.
var codes = limit.Declare("organization-email", 5, time.Hour)

func (s *Service) newCode(ctx context.Context, d Details) (*codeMail, error) {
	if err := s.Limit.Take(ctx, codes, d.Organization.ID); err != nil {
		return nil, err
	}
	code := s.Once.NewCode()
	return &codeMail{code, s.codeLetter(ctx, d, code)}, nil
}

// mailCode ends the code of the address before, and sends the one of the
// present address, if there is one.
func (s *Service) mailCode(ctx context.Context, tx *db.Tx, id string, fresh *codeMail) error {
	if err := s.Once.Void(ctx, tx, emailPurpose, id); err != nil || fresh == nil {
		return err
	}
	if err := s.Once.KeepCode(ctx, tx, emailPurpose, id, fresh.code, codeLife); err != nil {
		return err
	}
	return s.Mail.Send(ctx, tx, fresh.mail)
}

// SendCode mails another code to the address that waits to be verified. It
// returns session.ErrDenied, ErrNoEmail or limit.ErrThrottled.
func (s *Service) SendCode(ctx context.Context, c session.Caller) error {
	d, err := s.unverified(ctx, c)
	if err != nil {
		return err
	}
	fresh, err := s.newCode(ctx, d)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := read(ctx, tx, d.Organization.ID)
		if err != nil {
			return gone(err)
		}
		if now.Email != d.Email {
			return ErrNoEmail
		}
		return s.mailCode(ctx, tx, d.Organization.ID, fresh)
	})
}

// VerifyEmail takes the code from the mail. It returns session.ErrDenied,
// ErrNoEmail or once.ErrCode.
func (s *Service) VerifyEmail(ctx context.Context, c session.Caller, typed string) (Details, error) {
	d, err := s.unverified(ctx, c)
	if err != nil {
		return d, err
	}
	id, ok := d.Organization.ID, false
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if err := identity.Hold(ctx, tx, id); err != nil {
			return gone(err)
		}
		if ok, err = s.Once.TakeCode(ctx, tx, emailPurpose, id, typed); err != nil || !ok {
			return err
		}
		if _, err := verify.Run(ctx, tx, id, s.Clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, c, journal.Act{Action: "organization.updated", Changes: []string{"email_verified"}})
	})
	if err != nil {
		return d, err
	}
	if !ok {
		return d, once.ErrCode
	}
	return s.Get(ctx, c)
}

func (s *Service) unverified(ctx context.Context, c session.Caller) (Details, error) {
	d, err := s.Get(ctx, c)
	switch {
	case err != nil:
		return d, err
	case !edits(c):
		return d, session.ErrDenied
	case d.Email == "" || d.EmailVerifiedAt.Valid:
		return d, ErrNoEmail
	}
	return d, nil
}
