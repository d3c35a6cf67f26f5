package signin

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

// bySMS is the method of codes that are sent before they are given. It signs
// in, and is no proof for what is sensitive.
const bySMS = "sms"

// Phone is where a code can go.
type Phone struct {
	ID     string
	Ending string    // of its number
	SentAt time.Time // when it got the newest code of this sign-in; zero: it did not
}

// Send sends a code for a half sign-in to a phone, at first the best, and
// reports whether it did: one that is less than a minute old still works. It
// returns ErrSignedIn, limit.ErrThrottled, which the half session survives, or
// what is wrong with the phone.
func (s *Service) Send(ctx context.Context, c session.Caller, phone string) (sent bool, err error) {
	if c.Session.Level != session.Half {
		return false, ErrSignedIn
	}
	return s.SendCode(ctx, c, phone)
}

// sendFirst sends the code that somebody waits for who has nothing better. If
// none can be sent any more, the page says so when they ask for one.
func (s *Service) sendFirst(ctx context.Context, user identity.User, token secret.Secret) error {
	half, err := s.Sessions.Find(ctx, token.Reveal())
	if err != nil {
		return err
	}
	_, err = s.Send(ctx, session.Caller{Session: half, User: user}, "")
	if errors.Is(err, limit.ErrThrottled) {
		return nil
	}
	return err
}
