package signin

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

const passkey = "webauthn"

// ErrNotAlone says that a rule of the person's organizations wants a password
// beside the passkey.
var ErrNotAlone = errs.New(errs.Unauthenticated, "passkey_not_alone")

// ByPasskey opens a full session for the owner of the passkey that answers. No
// budget is drawn on: nobody guesses a signature, and whoever is kept out by
// others' guesses at the password gets in here. It returns ErrCredentials or
// ErrNotAlone.
func (s *Service) ByPasskey(ctx context.Context, b Browser, stranger session.Caller, answer []byte) (token secret.Secret, err error) {
	user, err := s.Passkey(ctx, stranger, answer)
	if errs.KindOf(err) == errs.Invalid {
		return "", ErrCredentials.Because(err)
	}
	if err != nil {
		return "", err
	}
	if user.State != identity.Active {
		return "", ErrCredentials
	}
	if ok, err := s.Alone(ctx, user.ID); err != nil {
		return "", err
	} else if !ok {
		return "", ErrNotAlone
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		token, err = s.open(ctx, tx, b, user, passkey)
		return err
	})
	return token, err
}
