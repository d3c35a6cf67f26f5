package address

import (
	"context"
	"errors"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
)

// slot is one of the two proofs of a change. Its code and its link belong to
// the user, so that those of a newer change end the older.
type slot struct {
	field  string // of a call, and of the form
	code   string // purpose of its code
	cancel string // purpose of the link in its mail
}

var (
	newSlot     = slot{"new_code", "email-change.new", "email-change-cancel.new"}
	currentSlot = slot{"current_code", "email-change.current", "email-change-cancel.current"}
	slots       = []slot{newSlot, currentSlot}
)

// keep is how long codes and links of a change are kept. The change itself
// ends sooner, and with it they are worth nothing; but the code of a slot that
// is confirmed lives on when the other one's is sent again.
const keep = 2 * time.Hour

// Start begins a change of the caller's primary address and mails both codes.
// It replaces the change before. It returns mail.ErrAddress, ErrSame,
// policy.ErrProvider, policy.ErrManaged or limit.ErrThrottled.
func (s *Service) Start(ctx context.Context, c session.Caller, typed string) error {
	to, err := mail.ParseAddress(typed)
	if err != nil {
		return mail.ErrAddress.On("new_email")
	}
	now, f := s.Clock.Now(), Change{Address: to, Normalized: identity.NormalEmail(to)}
	current, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return err
	}
	if f.Normalized == current.Normalized {
		return ErrSame
	}
	if err := s.free(ctx, s.DB, "new_email", current.Address, to); err != nil {
		return err
	}
	if err := s.left(ctx, c, f.Normalized); err != nil {
		return err
	}
	if err := s.Limit.Take(ctx, changes, c.User.ID); err != nil {
		return err
	}
	return s.sendCodes(ctx, c.User, current, f, func(tx *db.Tx) error {
		_, err := begin.Run(ctx, tx, c.User.ID, f.Address, f.Normalized, c.User.SessionEpoch, now, now.Add(Life))
		if err != nil {
			return err
		}
		return s.record(ctx, tx, c.Actor, c.User.ID, "email.change_started")
	})
}

// left returns policy.ErrManaged unless the rules leave a change to an address
// to the caller: to every one, or to the one that was agreed to. An empty
// address asks for any.
func (s *Service) left(ctx context.Context, c session.Caller, normalized string) error {
	set, err := policy.Account(ctx, s.DB, identity.First(c.Memberships, c.Actor.Membership))
	if err != nil {
		return err
	}
	control := set.Control(string(identity.EmailField), c.Actor.Membership.Role)
	if control.Editable {
		return nil
	}
	if control.State == policy.Request {
		agreed, _, err := s.Agreed(ctx, s.DB, c.User.ID)
		if err != nil {
			return err
		}
		if agreed != "" && (normalized == "" || identity.NormalEmail(agreed) == normalized) {
			return nil
		}
	}
	return policy.ErrManaged
}

// Closed is left as the guard of routes asks it, before a proof.
func (s *Service) Closed(r *http.Request) error {
	return s.left(r.Context(), session.Of(r.Context()), "")
}

// Pending returns the change that waits for its codes, or ErrNoChange.
func (s *Service) Pending(ctx context.Context, userID string) (Change, error) {
	f, found, err := change.Maybe(ctx, s.DB, userID, s.Clock.Now(), Tries)
	if err == nil && !found {
		err = ErrNoChange
	}
	return f, err
}

// Resend mails new codes to the addresses whose code is still to come. They
// end the older ones; tries that were spent stay spent. It returns ErrNoChange
// or limit.ErrThrottled.
func (s *Service) Resend(ctx context.Context, c session.Caller) error {
	f, err := s.Pending(ctx, c.User.ID)
	if err != nil {
		return err
	}
	if err := s.left(ctx, c, f.Normalized); err != nil {
		return err
	}
	now := s.Clock.Now()
	if now.Before(f.ResendAt()) {
		return s.soon(f.SentAt)
	}
	current, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return err
	}
	if err := s.Limit.Take(ctx, changes, c.User.ID); err != nil {
		return err
	}
	return s.sendCodes(ctx, c.User, current, f, func(tx *db.Tx) error {
		n, err := resend.Run(ctx, tx, c.User.ID, now, Tries, f.Normalized, now.Add(-Wait), now.Add(Life))
		if err == nil && n == 0 {
			return s.soon(now) // another call was faster
		}
		return err
	})
}

// sendCodes mails a code to each address whose code is still to come, in one
// transaction with note. For an address of somebody else it does work of the
// same kind, and tells its owner instead.
func (s *Service) sendCodes(ctx context.Context, u identity.User, current identity.Email, f Change, note func(*db.Tx) error) error {
	ready := s.Floor.Begin()
	defer ready(ctx)
	known, err := s.knownLetter(ctx, u.ID, f.Address)
	if err != nil {
		return err
	}
	var letters []codeLetter
	if !f.NewConfirmedAt.Valid {
		letters = append(letters, s.newLetter(ctx, u, f.Address))
	}
	if !f.CurrentConfirmedAt.Valid {
		letters = append(letters, s.currentLetter(ctx, u, current.Address, f.Address))
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := note(tx); err != nil {
			return err
		}
		_, taken, err := foreign(ctx, tx, u.ID, f.Normalized)
		if err != nil {
			return err
		}
		for _, l := range letters {
			if err := s.sendCode(ctx, tx, u.ID, l, taken && l.slot == newSlot, known); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) sendCode(ctx context.Context, tx *db.Tx, userID string, l codeLetter, taken bool, known mail.Message) error {
	if taken {
		if err := s.void(ctx, tx, userID, l.slot); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, known)
	}
	if err := s.Once.KeepCode(ctx, tx, l.slot.code, userID, l.code, keep); err != nil {
		return err
	}
	if err := s.Once.KeepLink(ctx, tx, l.slot.cancel, userID, l.link, keep); err != nil {
		return err
	}
	return s.Mail.Send(ctx, tx, l.mail)
}

// Cancel ends the caller's change, or returns ErrNoChange.
func (s *Service) Cancel(ctx context.Context, c session.Caller) error {
	return s.cancel(ctx, c.Actor, c.User.ID, func(*db.Tx) error { return nil })
}

// cancel ends a change if allowed lets it. The change goes before its codes and
// links, as wherever both are written: in one order, nobody waits for each
// other.
func (s *Service) cancel(ctx context.Context, actor identity.Actor, userID string, allowed func(*db.Tx) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := cancel.Run(ctx, tx, userID, s.Clock.Now(), Tries)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNoChange
		}
		if err := allowed(tx); err != nil {
			return err
		}
		if err := s.void(ctx, tx, userID, slots...); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, userID, "email.change_cancelled")
	})
}

// CancelBy ends the change whose mail carried the link, whoever follows it. It
// returns once.ErrToken.
func (s *Service) CancelBy(ctx context.Context, actor identity.Actor, token string) error {
	one, userID, err := s.led(ctx, token)
	if err != nil {
		return err
	}
	err = s.cancel(ctx, actor, userID, func(tx *db.Tx) error {
		if _, ok, err := s.Once.TakeLink(ctx, tx, one.cancel, token); err != nil || ok {
			return err
		}
		return once.ErrToken
	})
	return orDead(err)
}

// Leads returns once.ErrToken unless the link of a mail still cancels a change.
func (s *Service) Leads(ctx context.Context, token string) error {
	_, userID, err := s.led(ctx, token)
	if err == nil {
		_, err = s.Pending(ctx, userID)
	}
	return orDead(err)
}

// led finds whose change a link is about, and in which mail it stood.
func (s *Service) led(ctx context.Context, token string) (slot, string, error) {
	for _, one := range slots {
		if userID, ok, err := s.Once.PeekLink(ctx, s.DB, one.cancel, token); err != nil || ok {
			return one, userID, err
		}
	}
	return slot{}, "", once.ErrToken
}

// orDead says of a change that is over that its link is.
func orDead(err error) error {
	if errors.Is(err, ErrNoChange) {
		return once.ErrToken
	}
	return err
}

// void ends codes and links of a change.
func (s *Service) void(ctx context.Context, tx *db.Tx, userID string, of ...slot) error {
	for _, one := range of {
		for _, purpose := range []string{one.code, one.cancel} {
			if err := s.Once.Void(ctx, tx, purpose, userID); err != nil {
				return err
			}
		}
	}
	return nil
}
