package signin

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
)

const passkey = "webauthn"

// ErrNotAlone says that a rule of the person's organizations wants a password
// beside the passkey.
var ErrNotAlone = errs.New(errs.Unauthenticated, "passkey_not_alone")

// ByPasskey opens a full session for the owner of the passkey that answers. No
// budget is drawn on: nobody guesses a signature, and whoever is kept out by
// others' guesses at the password gets in here. It returns ErrCredentials or
// ErrNotAlone.
func (s *Service) ByPasskey(ctx context.Context, b Browser, stranger session.Caller, answer []byte) (Entered, error) {
	user, err := s.Passkey(ctx, stranger, answer)
	if errs.KindOf(err) == errs.Invalid {
		return Entered{}, ErrCredentials.Because(err)
	}
	if err != nil {
		return Entered{}, err
	}
	if user.State != identity.Active {
		return Entered{}, ErrCredentials
	}
	if barred, err := s.Barred(ctx, user); err != nil || barred {
		return Entered{}, orBarred(err)
	}
	if ok, err := s.Alone(ctx, user.ID); err != nil {
		return Entered{}, err
	} else if !ok {
		return Entered{}, ErrNotAlone
	}
	return s.admit(ctx, b, user, passkey, nil)
}
