package factor

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
)

// The methods, in the order in which they are offered.
const (
	TOTP       = "totp"
	BackupCode = "backup_code"
)

// ErrWrong says that a code is not right, was used before, or is of a method
// that the person does not have.
var ErrWrong = errs.New(errs.Invalid, "wrong_second_factor").On("code")

// tries is the one budget of all guesses at a person's factors.
var tries = limit.Rule{Name: "second-factor", Most: 10, Span: 15 * time.Minute}

// Offer returns the methods by which the user can prove themselves, in the
// order in which they are offered. None means that no factor is on.
func (s *Service) Offer(ctx context.Context, q db.Q, userID string) ([]string, error) {
	on, err := confirmed.One(ctx, q, userID)
	if err != nil || on == 0 {
		return nil, err
	}
	rest, err := left.One(ctx, q, userID)
	if err != nil || rest == 0 {
		return []string{TOTP}, err
	}
	return []string{TOTP, BackupCode}, nil
}

// Check uses a code up. It returns ErrWrong, or limit.ErrThrottled when the
// person's budget is spent, whatever the code.
func (s *Service) Check(ctx context.Context, userID, method, code string) error {
	if err := s.Limit.Take(ctx, tries, userID); err != nil {
		return err
	}
	ok, err := s.take(ctx, userID, method, code)
	if err != nil {
		return err
	}
	if !ok {
		return ErrWrong
	}
	return s.Limit.Clear(ctx, tries, userID)
}

func (s *Service) take(ctx context.Context, userID, method, typed string) (ok bool, err error) {
	switch method {
	case TOTP:
		return s.takeTOTP(ctx, userID, typed)
	case BackupCode:
		code, could := codeOf(typed)
		if !could {
			return false, nil
		}
		err = s.DB.Tx(ctx, func(tx *db.Tx) error {
			ok, err = s.takeCode(ctx, tx, userID, code)
			return err
		})
	}
	return ok, err
}

// takeTOTP tries the code at each app of the user and takes the step at the one
// that shows it.
func (s *Service) takeTOTP(ctx context.Context, userID, typed string) (taken bool, err error) {
	digits, could := sixDigits(typed)
	if !could {
		return false, nil
	}
	found, err := s.List(ctx, s.DB, userID)
	if err != nil {
		return false, err
	}
	now := s.Clock.Now()
	for _, f := range found {
		if !f.Confirmed() {
			continue
		}
		plain, err := s.open(f)
		if err != nil {
			return false, err
		}
		step, ok := stepOf(plain, digits, now, f.LastStep)
		if !ok {
			continue
		}
		err = s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := takeStep.Run(ctx, tx, f.ID, userID, step, now)
			taken = n == 1
			return err
		})
		if err != nil || taken {
			return taken, err
		}
	}
	return false, nil
}
