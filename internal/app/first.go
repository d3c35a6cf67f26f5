package app

import (
	"context"
	"encoding/hex"

	"nameplate/internal/access/signup"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// FirstOwner returns the page on which the first owner signs up; empty once
// there is one. On this machine it is open. Elsewhere the link carries a token
// that takes the place of the one before.
func (a *App) FirstOwner(ctx context.Context) (secret.Secret, error) {
	_, owned, err := identity.Fact(ctx, a.DB, identity.OwnerFact)
	if err != nil || owned {
		return "", err
	}
	token := secret.NewToken(signup.SetupKind)
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		return identity.SetFact(ctx, tx, identity.SetupFact, hex.EncodeToString(secret.Hash(token)))
	})
	if err != nil {
		return "", err
	}
	if a.local() {
		return secret.Secret(a.Config.Base.JoinPath("/sign-up").String()), nil
	}
	return secret.Secret(a.Config.Base.JoinPath("/set-up").String() + "?token=" + token.Reveal()), nil
}
