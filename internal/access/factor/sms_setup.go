package factor

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
)

// ErrPhoneKnown says that the phone counts already.
var ErrPhoneKnown = errs.New(errs.Conflict, "phone_known").On("phone")

const macPhone = "phone of a factor"

// BeginPhone makes a phone that waits for its first code, and sends that code.
// It ends another one that waited before; the same one gets a new code, but
// only a minute after the last. It returns why the caller may not use SMS,
// identity.ErrPhone, ErrPhoneKnown, ErrMany or limit.ErrThrottled.
func (s *Service) BeginPhone(ctx context.Context, c session.Caller, typed string) (Phone, error) {
	if err := s.MayText(ctx, c); err != nil {
		return Phone{}, err
	}
	number, err := identity.PhoneNumber("phone", typed)
	if err != nil {
		return Phone{}, err
	}
	if number == "" {
		return Phone{}, identity.ErrTextRequired.On("phone")
	}
	if _, err := s.askPhone(ctx, c, number); err != nil {
		return Phone{}, err
	}
	return s.PendingPhone(ctx, c)
}

// askPhone sends the code of a set-up and reports whether it did.
func (s *Service) askPhone(ctx context.Context, c session.Caller, number string) (sent bool, err error) {
	now, t := s.Clock.Now(), s.compose(ctx, c, setUpText, number)
	id, mac := ids.New(ids.Factor, now), s.Keys.MAC(macPhone, bound(c.User.ID, number))
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		on, err := confirmedOf.One(ctx, tx, c.User.ID, SMS)
		if err != nil {
			return err
		}
		if on >= mostPhones {
			return ErrMany
		}
		if _, err := dropOthers.Run(ctx, tx, c.User.ID, mac); err != nil {
			return err
		}
		waits, found, err := beginPhone.Maybe(ctx, tx, id, c.User.ID, i18n.T(ctx, "factor.phone"), s.Keys.Seal([]byte(number), place(id)), mac, now)
		if err != nil {
			return err
		}
		if !found {
			return ErrPhoneKnown
		}
		t.flow, t.phone = waits, waits
		sent, err = s.send(ctx, tx, c, t)
		return err
	})
	return sent, err
}

// PendingPhone returns the phone that waits for its first code, or ErrExpired.
func (s *Service) PendingPhone(ctx context.Context, c session.Caller) (Phone, error) {
	f, number, err := s.pending(ctx, c.User.ID, SMS)
	if err != nil {
		return Phone{}, err
	}
	last, _, err := lastText.Maybe(ctx, s.DB, f.ID)
	return Phone{Factor: f, Ending: ending(number), SentAt: last.SentAt}, err
}

// ResendPhone sends the phone that waits a new code. It reports false if the
// last one went out less than a minute ago, and returns ErrExpired or
// limit.ErrThrottled.
func (s *Service) ResendPhone(ctx context.Context, c session.Caller) (sent bool, err error) {
	_, number, err := s.pending(ctx, c.User.ID, SMS)
	if err != nil {
		return false, err
	}
	return s.askPhone(ctx, c, string(number))
}

// ConfirmPhone verifies the first code of the phone that waits and turns it on,
// as Confirm does. That code signs nobody in. It returns ErrWrong or
// ErrExpired.
func (s *Service) ConfirmPhone(ctx context.Context, c session.Caller, typed string) (Changed, error) {
	f, _, err := s.pending(ctx, c.User.ID, SMS)
	if err != nil {
		return Changed{}, err
	}
	right := false
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		right, err = s.Once.TakeCode(ctx, tx, setUpText, f.ID, typed)
		return err
	})
	if err != nil {
		return Changed{}, err
	}
	if !right {
		return Changed{}, ErrWrong
	}
	return s.turnOn(ctx, c, f, 0)
}
