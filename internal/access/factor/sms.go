package factor

import (
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms"
)

const (
	// mostPhones is how many phones a person has.
	mostPhones = 5
	// textLife is how long a code by SMS works.
	textLife = 10 * time.Minute
	// textPause lies between two codes of one sign-in, or of one set-up.
	textPause = time.Minute

	// What a code by SMS is for. The flow of one is the half session, that of
	// the other the phone, so that none is good in place of the other.
	signInText = "sms.sign_in"
	setUpText  = "sms.set_up"
)

// Why somebody may not use SMS.
var (
	ErrNoTexts  = errs.New(errs.Conflict, "sms_not_set_up") // the operator has not
	ErrTextRole = errs.New(errs.Denied, "sms_not_for_role")
)

// Refused says why the user may not use SMS, or nothing. It is never for owners
// and admins, and only while all organizations of the person allow it.
func (s *Service) Refused(ctx context.Context, q db.Q, userID string) (why *errs.Error, err error) {
	if !s.Texts.Ready() {
		return ErrNoTexts, nil
	}
	memberships, err := identity.Memberships(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(memberships, func(m identity.Membership) bool { return m.Role == identity.Owner || m.Role == identity.Admin }) {
		return ErrTextRole, nil
	}
	rules, err := policy.Account(ctx, q, memberships)
	if err != nil {
		return nil, err
	}
	if policy.MFASMS.Of(rules) == policy.Never {
		return policy.ErrManaged, nil
	}
	return nil, nil
}

// MayText returns why the caller may not use SMS.
func (s *Service) MayText(ctx context.Context, c session.Caller) error {
	why, err := s.Refused(ctx, s.DB, c.User.ID)
	if err == nil && why != nil {
		err = why
	}
	return err
}

// text is a code on its way to a phone.
type text struct {
	purpose, flow string
	phone, number string
	code          secret.Secret
	words         string
}

// compose makes a code and the words around it. The last line lets browsers
// fill the code in on the pages of our host, and nowhere else.
func (s *Service) compose(ctx context.Context, c session.Caller, purpose, number string) text {
	if c.User.Locale != "" {
		ctx = i18n.With(ctx, c.User.Locale)
	}
	t := text{purpose: purpose, number: number, code: s.Once.NewCode()}
	t.words = i18n.T(ctx, "factor.sms_text", "Code", t.code.Reveal()) + "\n\n@" + s.URL.Hostname() + " #" + t.code.Reveal()
	return t
}

// send sends a text, unless one of the same flow went to the same phone less
// than a minute ago. It returns limit.ErrThrottled where a budget is spent.
func (s *Service) send(ctx context.Context, tx *db.Tx, c session.Caller, t text) (sent bool, err error) {
	now := s.Clock.Now()
	n, err := noteText.Run(ctx, tx, t.flow, t.phone, now, now.Add(-textPause))
	if err != nil || n == 0 {
		return false, err
	}
	if err := s.Once.KeepCode(ctx, tx, t.purpose, t.flow, t.code, textLife); err != nil {
		return false, err
	}
	return true, s.Texts.Send(ctx, tx, sms.Text{Account: c.User.ID, To: t.number, Words: t.words, Life: textLife})
}

// Ending is how the number of a phone ends, for whoever knows it. Another
// factor has none.
func (s *Service) Ending(f Factor) (string, error) {
	if f.Kind != SMS {
		return "", nil
	}
	number, err := s.open(f)
	return ending(number), err
}

// Number is that of a phone, E.164, for whoever sends something to it. Another
// factor has none.
func (s *Service) Number(f Factor) (string, error) {
	if f.Kind != SMS {
		return "", nil
	}
	number, err := s.open(f)
	return string(number), err
}

func ending(number []byte) string { return string(number[max(0, len(number)-2):]) }
