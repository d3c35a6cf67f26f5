package address

import (
	"context"
	"errors"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
)

// addPurpose is what the code to a further address is for; its flow is the id
// of the address.
const addPurpose = "email-add"

// Add lets a further address wait for its code, which is mailed to it. For one
// that waits already it sends another code. It returns mail.ErrAddress,
// ErrYours, ErrMany or limit.ErrThrottled.
func (s *Service) Add(ctx context.Context, c session.Caller, typed string) (Address, error) {
	to, err := mail.ParseAddress(typed)
	if err != nil {
		return Address{}, mail.ErrAddress.On("email")
	}
	if err := s.mayAdd(ctx, c.User.ID, identity.NormalEmail(to)); err != nil {
		return Address{}, err
	}
	ready := s.Floor.Begin()
	defer ready(ctx)
	known, err := s.knownLetter(ctx, c.User.ID, to)
	if err != nil {
		return Address{}, err
	}
	l := s.furtherLetter(ctx, c.User, to)
	var p pending
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if p, err = s.put(ctx, tx, c, to); err != nil {
			return err
		}
		_, taken, err := foreign(ctx, tx, c.User.ID, p.Normalized)
		if err != nil {
			return err
		}
		if taken {
			if err := s.Once.Void(ctx, tx, addPurpose, p.ID); err != nil {
				return err
			}
			return s.Mail.Send(ctx, tx, known)
		}
		if err := s.Once.KeepCode(ctx, tx, addPurpose, p.ID, l.code, Life); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, l.mail)
	})
	return p.address(), err
}

// mayAdd spends the budgets of a mail to a further address.
func (s *Service) mayAdd(ctx context.Context, userID, normal string) error {
	all, err := s.List(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	if err := s.room(all, normal); err != nil {
		return err
	}
	if err := s.free(ctx, s.DB, "email", normal); err != nil {
		return err
	}
	if err := s.Limit.Take(ctx, addables, userID); err != nil {
		return err
	}
	return s.Limit.Take(ctx, codes, userID+" "+normal)
}

// room holds an address against those that the account has.
func (s *Service) room(all []Address, normal string) error {
	i := slices.IndexFunc(all, func(a Address) bool { return a.Normalized == normal })
	switch {
	case i < 0 && len(all) >= Most:
		return ErrMany
	case i < 0:
		return nil
	case !all[i].Pending:
		return ErrYours
	case s.Clock.Now().Before(all[i].ResendAt):
		return s.soon(all[i].ResendAt.Add(-Wait))
	}
	return nil
}

// put writes the row of an address that waits. The account is locked, so that
// there are never more than Most.
func (s *Service) put(ctx context.Context, tx *db.Tx, c session.Caller, to string) (pending, error) {
	now, normal := s.Clock.Now(), identity.NormalEmail(to)
	if err := identity.Lock(ctx, tx, c.User.ID); err != nil {
		return pending{}, err
	}
	if _, err := deadPending.Run(ctx, tx, c.User.ID, now); err != nil {
		return pending{}, err
	}
	all, err := s.List(ctx, tx, c.User.ID)
	if err != nil {
		return pending{}, err
	}
	if err := s.room(all, normal); err != nil {
		return pending{}, err
	}
	return putPending.One(ctx, tx, ids.New(ids.Email, now), c.User.ID, to, normal, c.User.SessionEpoch, now, now.Add(PendingLife))
}

// Verify takes the code of an address that waits, and adds it to the account.
// It returns ErrNone or once.ErrCode.
func (s *Service) Verify(ctx context.Context, c session.Caller, id, code string) (Address, error) {
	p, found, err := onePending.Maybe(ctx, s.DB, c.User.ID, s.Clock.Now(), id)
	if err != nil {
		return Address{}, err
	}
	if !found {
		return Address{}, ErrNone
	}
	told, err := s.Notices.Write(ctx, c.User, "email.added", func(ctx context.Context) notice.Words { return addedWords(ctx, p.Address) })
	if err != nil {
		return Address{}, err
	}
	var added time.Time
	ok := false
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, c.User.ID); err != nil {
			return err
		}
		if ok, err = s.Once.TakeCode(ctx, tx, addPurpose, p.ID, code); err != nil || !ok {
			return err
		}
		added, err = s.add(ctx, tx, c, p, told)
		return err
	})
	if errors.Is(err, errTaken) {
		ok, err = false, s.Discard(ctx, c.User.ID, p.ID)
	}
	if err == nil && !ok {
		err = once.ErrCode
	}
	e := identity.Email{ID: p.ID, UserID: c.User.ID, Address: p.Address, Normalized: p.Normalized, VerifiedAt: added, CreatedAt: added}
	return Address{Email: e}, err
}

// add makes a waiting address one of the account's and returns since when it
// is. The notice goes first, so that the address is not older than the link
// that takes it back.
func (s *Service) add(ctx context.Context, tx *db.Tx, c session.Caller, p pending, told notice.Notice) (time.Time, error) {
	n, err := takePending.Run(ctx, tx, c.User.ID, s.Clock.Now(), p.ID)
	if err == nil && n == 0 {
		err = ErrNone
	}
	if err != nil {
		return time.Time{}, err
	}
	if err := s.Notices.Send(ctx, tx, told); err != nil {
		return time.Time{}, err
	}
	if err := s.free(ctx, tx, "", p.Address); err != nil {
		return time.Time{}, err
	}
	now := s.Clock.Now()
	added, err := identity.AddEmail(ctx, tx, p.ID, c.User.ID, p.Address, now)
	if err == nil && !added {
		err = errTaken
	}
	if err != nil {
		return time.Time{}, err
	}
	return now, s.record(ctx, tx, c.Actor, c.User.ID, "email.added")
}

// Discard lets go of an address that waits, or returns ErrNone.
func (s *Service) Discard(ctx context.Context, userID, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Lock(ctx, tx, userID); err != nil {
			return err
		}
		n, err := removePending.Run(ctx, tx, userID, id)
		if err == nil && n == 0 {
			err = ErrNone
		}
		if err != nil {
			return err
		}
		return s.Once.Void(ctx, tx, addPurpose, id)
	})
}

// Remove takes a further address away and tells each address that was valid
// before. One that only waited for its code goes without a word. It returns
// ErrNone or ErrPrimary.
func (s *Service) Remove(ctx context.Context, c session.Caller, id string) error {
	all, err := s.List(ctx, s.DB, c.User.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a Address) bool { return a.ID == id })
	switch {
	case i < 0:
		return ErrNone
	case all[i].IsPrimary:
		return ErrPrimary
	case all[i].Pending:
		return s.Discard(ctx, c.User.ID, id)
	}
	told, err := s.Notices.Write(ctx, c.User, "email.removed", func(ctx context.Context) notice.Words { return removedWords(ctx, all[i].Address) })
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		gone, err := identity.RemoveEmail(ctx, tx, c.User.ID, id)
		if err == nil && !gone {
			err = ErrNone
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, c.Actor, c.User.ID, "email.removed")
	})
}
