package password

import (
	"context"
	"database/sql"
	"time"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

// asks bounds the resets that are asked for one address.
var asks = limit.Rule{Name: "password-reset", Most: 10, Span: ResetLife}

// Ask mails a link to whoever has it as the primary address, and does the same
// amount of work for any other one. A newer link ends the older.
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
		email, found, err := s.whose(ctx, tx, normal)
		if err != nil || !found {
			return err
		}
		return send(tx, email.UserID)
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

// whose finds the account that a link is for, and locks it: a link that is made
// while the address changes would outlive the change.
func (s *Changes) whose(ctx context.Context, tx *db.Tx, normal string) (identity.Email, bool, error) {
	email, found, err := identity.FindPrimary(ctx, tx, normal)
	if err != nil || !found {
		return email, false, err
	}
	if err := identity.Lock(ctx, tx, email.UserID); err != nil {
		return email, false, err
	}
	return identity.FindPrimary(ctx, tx, normal)
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
// so does every token; a second factor stays. It returns once.ErrToken,
// ErrPrevious, limit.ErrThrottled or the faults of the rules.
func (s *Changes) Confirm(ctx context.Context, actor identity.Actor, in Reset) error {
	userID, ok, err := s.Once.PeekLink(ctx, s.DB, resetPurpose, in.Token)
	if err != nil || !ok {
		return orDead(err)
	}
	user, err := identity.Get(ctx, s.DB, userID)
	if err != nil || user.State != identity.Active {
		return orDead(err)
	}
	if err := s.provesPast(ctx, user, in.Previous); err != nil {
		return err
	}
	all, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	hash, err := s.hashFor(ctx, user, all, in.Fresh, "new_password")
	if err != nil {
		return err
	}
	told, err := s.Notices.Write(ctx, user, "password.changed", changed)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, userID); err != nil {
			return err
		}
		if _, ok, err := s.Once.TakeLink(ctx, tx, resetPurpose, in.Token); err != nil || !ok {
			return orDead(err)
		}
		if _, err := s.Sessions.EndEverything(ctx, tx, userID, ""); err != nil {
			return err
		}
		if err := s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		actor.UserID = userID
		return s.keep(ctx, tx, actor, userID, hash, "password.reset")
	})
}

func orDead(err error) error {
	if err == nil {
		return once.ErrToken
	}
	return err
}
