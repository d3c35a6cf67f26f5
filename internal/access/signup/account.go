package signup

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/once"
)

// finish makes the account and its session in one transaction, if take lets
// it.
func (s *Service) finish(ctx context.Context, b Browser, w waiting, take func(*db.Tx) error) (Outcome, error) {
	out := Outcome{SignedIn: true}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		err := take(tx)
		if errors.Is(err, errCounted) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.create(ctx, tx, b, w, &out)
	})
	switch {
	case errors.Is(err, identity.ErrEmailTaken):
		return Outcome{}, once.ErrToken
	case err != nil:
		return Outcome{}, err
	}
	return out, nil
}

func (s *Service) create(ctx context.Context, tx *db.Tx, b Browser, w waiting, out *Outcome) error {
	now := s.Clock.Now()
	if w.ID != "" {
		if err := s.drop(ctx, tx, w.ID); err != nil {
			return err
		}
	}
	id, err := s.Account(ctx, tx, identity.NewUser{Address: w.Address, DisplayName: w.DisplayName}, w.PasswordHash)
	if err != nil {
		return err
	}
	if w.Owner {
		if w.Organization, err = s.claim(ctx, tx, id, w.Organization); err != nil {
			return err
		}
	}
	actor := identity.Actor{UserID: id, Origin: b.Origin, Network: b.Network}
	if w.Organization != "" {
		if _, err := s.Found(ctx, tx, actor, w.Organization, id); err != nil {
			return err
		}
	}
	err = s.Journal.RecordAccount(ctx, tx, journal.Act{At: now, Action: "account.created", Actor: actor, Target: journal.Person(id)})
	if err != nil {
		return err
	}
	if err := identity.NoteSignIn(ctx, tx, id, now); err != nil {
		return err
	}
	user, err := identity.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if out.Device, err = s.Devices.Remember(ctx, tx, user, b.Device); err != nil {
		return err
	}
	out.Session, err = s.Sessions.Open(ctx, tx, session.Opening{
		User: user, Level: session.Full, Method: "password", Replaces: b.Session, UserAgent: b.UserAgent, Address: b.Address,
	})
	return err
}

// Account adds a user with a verified address and a password.
func (s *Service) Account(ctx context.Context, tx *db.Tx, n identity.NewUser, passwordHash string) (string, error) {
	id, err := identity.Add(ctx, tx, n, s.Clock.Now())
	if err != nil {
		return "", err
	}
	return id, s.KeepPassword(ctx, tx, id, passwordHash)
}

// claim makes the user the first owner, who gets an organization in any case,
// and returns its name. It returns errLate if there is an owner by now.
func (s *Service) claim(ctx context.Context, tx *db.Tx, userID, organization string) (string, error) {
	first, err := identity.Claim(ctx, tx, identity.OwnerFact, userID)
	switch {
	case err != nil:
		return "", err
	case !first:
		return "", errLate
	case organization == "":
		return i18n.T(ctx, "signup.first_organization"), nil
	}
	return organization, nil
}
