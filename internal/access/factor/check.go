package factor

import (
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
)

// The methods. Kinds of factors are called as the method that uses them.
const (
	WebAuthn   = "webauthn" // passkeys and security keys
	TOTP       = "totp"
	SMS        = "sms"
	BackupCode = "backup_code"
)

// order is the order in which methods are offered.
var order = []string{WebAuthn, TOTP, SMS, BackupCode}

func rank(method string) int { return slices.Index(order, method) }

// ErrWrong says that a code is not right, was used before, or is of a method
// that the person does not have.
var ErrWrong = errs.New(errs.Invalid, "wrong_second_factor").On("code")

// tries is the one budget of all guesses at a person's factors.
var tries = limit.Declare("second-factor", 10, 15*time.Minute)

// Offer returns the methods by which the user can sign in after the password,
// in the order in which they are offered. None means that no factor is on.
// Whoever has one is asked for a backup code at least, even if none is left: a
// factor that may not be used any more never leaves the password alone.
func (s *Service) Offer(ctx context.Context, q db.Q, userID string) ([]string, error) {
	methods, on, err := s.usable(ctx, q, userID)
	if err != nil || !on {
		return nil, err
	}
	rest, err := left.One(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	if rest > 0 || len(methods) == 0 {
		methods = append(methods, BackupCode)
	}
	slices.SortFunc(methods, func(a, b string) int { return rank(a) - rank(b) })
	return methods, nil
}

// usable returns the kinds of factors that sign the user in, and whether any is
// on, be it one that the rules don't take any more.
func (s *Service) usable(ctx context.Context, q db.Q, userID string) (kinds []string, on bool, err error) {
	kinds, err = kindsOf.All(ctx, q, userID)
	if err != nil || !slices.Contains(kinds, SMS) {
		return kinds, len(kinds) > 0, err
	}
	refused, err := s.Refused(ctx, q, userID)
	if refused != nil {
		kinds = without(kinds, SMS)
	}
	return kinds, true, err
}

// Holds reports whether the user has a factor as a rule requires it: one that
// signs in, beside backup codes.
func (s *Service) Holds(ctx context.Context, q db.Q, userID string) (bool, error) {
	kinds, _, err := s.usable(ctx, q, userID)
	return len(kinds) > 0, err
}

// KindsIn returns the kinds of factors that each member of an organization has,
// whether the rules take them or not.
func (s *Service) KindsIn(ctx context.Context, q db.Q, organizationID string) (map[string][]string, error) {
	found, err := kindsIn.All(ctx, q, organizationID)
	all := map[string][]string{}
	for _, f := range found {
		if f.Kind != SMS || s.Texts.Ready() {
			all[f.UserID] = append(all[f.UserID], f.Kind)
		}
	}
	return all, err
}

// OfferProof is Offer for proving again who one is, which SMS never does.
func (s *Service) OfferProof(ctx context.Context, q db.Q, userID string) ([]string, error) {
	methods, err := s.Offer(ctx, q, userID)
	if err != nil || len(methods) == 0 {
		return nil, err
	}
	if methods = without(methods, SMS); len(methods) == 0 {
		methods = []string{BackupCode}
	}
	return methods, nil
}

func without(methods []string, one string) []string {
	return slices.DeleteFunc(methods, func(m string) bool { return m == one })
}

// Check uses up what the caller gives: a code, or the answer of a passkey as
// JSON. It returns ErrWrong, ErrPasskey, or limit.ErrThrottled when the person's
// budget is spent, whatever is given.
func (s *Service) Check(ctx context.Context, c session.Caller, method, given string) error {
	if err := s.Limit.Take(ctx, tries, c.User.ID); err != nil {
		return err
	}
	ok, err := s.take(ctx, c, method, given)
	switch {
	case err != nil:
		return err
	case !ok && method == WebAuthn:
		return ErrPasskey
	case !ok:
		return ErrWrong
	}
	return s.Limit.Clear(ctx, tries, c.User.ID)
}

func (s *Service) take(ctx context.Context, c session.Caller, method, given string) (ok bool, err error) {
	switch method {
	case WebAuthn:
		return s.takePasskey(ctx, c, given)
	case TOTP:
		return s.takeTOTP(ctx, c.User.ID, given)
	case SMS:
		return s.takeText(ctx, c, given)
	case BackupCode:
		return s.takeCode(ctx, c, given)
	}
	return false, nil
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
		if f.Kind != TOTP || !f.Confirmed() {
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
