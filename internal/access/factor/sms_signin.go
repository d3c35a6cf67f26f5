package factor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// ErrNoPhone says that the person has no such phone for codes.
var ErrNoPhone = errs.New(errs.Invalid, "sms_not_offered").On("method")

// Phone is a phone that codes go to.
type Phone struct {
	Factor
	Ending string    // how its number ends
	SentAt time.Time // when it got the newest code of what is going on; zero: it did not
}

// Phones returns the phones that a half sign-in can get a code on: first the one
// that got the last code, then those that were used or added last.
func (s *Service) Phones(ctx context.Context, c session.Caller) ([]Phone, error) {
	if why, err := s.Refused(ctx, s.DB, c.User.ID); err != nil || why != nil {
		return nil, err
	}
	found, err := s.List(ctx, s.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	last, _, err := lastText.Maybe(ctx, s.DB, c.Session.ID)
	if err != nil {
		return nil, err
	}
	var phones []Phone
	for _, f := range found {
		if f.Kind != SMS || !f.Confirmed() {
			continue
		}
		p := Phone{Factor: f}
		if p.Ending, err = s.Ending(f); err != nil {
			return nil, err
		}
		if f.ID == last.FactorID {
			p.SentAt = last.SentAt
		}
		phones = append(phones, p)
	}
	slices.SortStableFunc(phones, func(a, b Phone) int {
		return cmp.Or(b.SentAt.Compare(a.SentAt), b.used().Compare(a.used()))
	})
	return phones, nil
}

// used is when the phone was last good for something.
func (p Phone) used() time.Time {
	if p.LastUsedAt.Valid {
		return p.LastUsedAt.V
	}
	return p.ConfirmedAt.V
}

// SendCode sends a code for a half sign-in to one of its phones, at first the
// first. It reports false if that phone got one less than a minute ago, which
// still works. It returns ErrNoPhone or limit.ErrThrottled.
func (s *Service) SendCode(ctx context.Context, c session.Caller, id string) (sent bool, err error) {
	phones, err := s.Phones(ctx, c)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(phones, func(p Phone) bool { return id == "" || p.ID == id })
	if at < 0 {
		return false, ErrNoPhone
	}
	number, err := s.open(phones[at].Factor)
	if err != nil {
		return false, err
	}
	t := s.compose(ctx, c, signInText, string(number))
	t.flow, t.phone = c.Session.ID, phones[at].ID
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		sent, err = s.send(ctx, tx, c, t)
		return err
	})
	return sent, err
}

// takeText uses up the code that was sent for this very sign-in, if its phone
// still counts and the person may still use SMS.
func (s *Service) takeText(ctx context.Context, c session.Caller, typed string) (ok bool, err error) {
	if why, err := s.Refused(ctx, s.DB, c.User.ID); err != nil || why != nil {
		return false, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		last, found, err := lastText.Maybe(ctx, tx, c.Session.ID)
		if err != nil || !found {
			return err
		}
		if ok, err = s.Once.TakeCode(ctx, tx, signInText, c.Session.ID, typed); err != nil || !ok {
			return err
		}
		n, err := usePhone.Run(ctx, tx, last.FactorID, c.User.ID, s.Clock.Now())
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}
