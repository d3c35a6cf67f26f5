package password

import (
	"context"
	"database/sql"
	"time"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

// asks bounds the resets that are asked for one address.
var asks = limit.Declare("password-reset", 10, ResetLife)

// Ask mails a link to whoever has it as the primary address, and does the same
// amount of work for any other one, and for an account that is deactivated. A
// newer link ends the older.
func (s *Changes) Ask(ctx context.Context, address string) error {
	to, err := mail.ParseAddress(address)
	if err != nil {
		return err
	}
	normal := identity.NormalEmail(to)
	if err := s.Limit.Take(ctx, asks, normal); err != nil {
		return err
	}
	ready := s.Floor.Begin()
	defer ready(ctx)
	send := s.Reset(ctx, to)
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		userID, found, err := s.accountOf(ctx, tx, normal)
		if err != nil || !found {
			return err
		}
		return send(tx, userID)
	})
}

// Reset writes the mail with the link of a reset and returns what sends it to
// whoever has the address, in the transaction that records who asked for it.
func (s *Changes) Reset(ctx context.Context, to string) (send func(tx *db.Tx, userID string) error) {
	link := s.Once.NewLink()
	letter := s.resetLetter(ctx, to, link)
	return func(tx *db.Tx, userID string) error {
		if err := s.Once.KeepLink(ctx, tx, resetPurpose, userID, link, ResetLife); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	}
}

// accountOf finds the active account that a link is for, and locks it: a link
// that is made while the address changes would outlive the change.
func (s *Changes) accountOf(ctx context.Context, tx *db.Tx, normal string) (userID string, found bool, err error) {
	user, found, err := identity.FindUser(ctx, tx, normal)
	if err != nil || !found {
		return "", false, err
	}
	if err := identity.Lock(ctx, tx, user.ID); err != nil {
		return "", false, err
	}
	user, found, err = identity.FindUser(ctx, tx, normal)
	return user.ID, found && user.State == identity.Active, err
}

// Lead is what the link of a reset leads to.
type Lead struct {
	Rules rules.Policy        // of the new password
	Hold  sql.Null[time.Time] // the password of that time is asked for
}

// Leads says what the link of a reset asks of whoever it leads to. It returns once.ErrToken if the
// link works no more.
func (s *Changes) Leads(ctx context.Context, token string) (Lead, error) {
	userID, ok, err := s.Once.PeekLink(ctx, s.DB, resetPurpose, token)
	if err != nil || !ok {
		return Lead{}, orDead(err)
	}
	all, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return Lead{}, err
	}
	out := Lead{}
	if out.Rules, err = s.Rules(ctx, all...); err != nil {
		return out, err
	}
	held, err := s.held(ctx, s.DB, userID)
	if err == nil && held != nil {
		out.Hold = sql.Null[time.Time]{V: held.Since, Valid: true}
	}
	return out, err
}

// Reset is what is sent with the link of a reset.
type Reset struct {
	Token    string
	Fresh    secret.Secret
	Previous secret.Secret // asked for while the account is on hold
}

// Confirm sets a new password by the link of a reset. Every session ends, and
// so does every token; a second factor stays. The account forgets the browsers
// that it knew but for this one, whose cookie is device, and which gets the one
// that Confirm returns. It returns once.ErrToken, ErrPrevious,
// limit.ErrThrottled or the faults of the rules.
func (s *Changes) Confirm(ctx context.Context, actor identity.Actor, device string, in Reset) (secret.Secret, error) {
	userID, ok, err := s.Once.PeekLink(ctx, s.DB, resetPurpose, in.Token)
	if err != nil || !ok {
		return "", orDead(err)
	}
	user, err := identity.Get(ctx, s.DB, userID)
	if err != nil || user.State != identity.Active {
		return "", orDead(err)
	}
	if err := s.provesPast(ctx, user, in.Previous); err != nil {
		return "", err
	}
	all, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return "", err
	}
	hash, err := s.hashFor(ctx, user, all, in.Fresh, "new_password")
	if err != nil {
		return "", err
	}
	told, err := s.Notices.Write(ctx, user, "password.changed", changed)
	if err != nil {
		return "", err
	}
	var known secret.Secret
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, userID); err != nil {
			return err
		}
		if _, ok, err := s.Once.TakeLink(ctx, tx, resetPurpose, in.Token); err != nil || !ok {
			return orDead(err)
		}
		if known, err = s.onlyHere(ctx, tx, userID, device); err != nil {
			return err
		}
		if err := s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		actor.UserID = userID
		return s.keep(ctx, tx, actor, userID, hash, "password.reset")
	})
	return known, err
}

// onlyHere ends every session and token, and leaves this browser as the only
// one that the account knows.
func (s *Changes) onlyHere(ctx context.Context, tx *db.Tx, userID, device string) (secret.Secret, error) {
	if _, err := s.Sessions.EndEverything(ctx, tx, userID, ""); err != nil {
		return "", err
	}
	user, err := identity.Get(ctx, tx, userID)
	if err != nil {
		return "", err
	}
	return s.Devices.Remember(ctx, tx, user, device)
}

// Link makes a link by which the user sets a new password, for the operator to
// hand over. It ends the one before. It returns ErrInactive.
func (s *Changes) Link(ctx context.Context, actor identity.Actor, user identity.User) (secret.Secret, error) {
	if user.State != identity.Active {
		return "", ErrInactive
	}
	link := s.Once.NewLink()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := s.Once.KeepLink(ctx, tx, resetPurpose, user.ID, link, ResetLife); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "password.reset_link_made", Actor: actor, Target: journal.Person(user.ID),
		})
	})
	return secret.Secret(s.address(link)), err
}

func orDead(err error) error {
	if err == nil {
		return once.ErrToken
	}
	return err
}
