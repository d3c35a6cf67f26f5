package address

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

// Codes are what a person types of the two. An empty one was not typed.
type Codes struct{ New, Current string }

func (c Codes) of(one slot) string {
	if one == newSlot {
		return c.New
	}
	return c.Current
}

// typed lists the slots of which there is a code.
func (c Codes) typed() (all []slot) {
	for _, one := range slots {
		if c.of(one) != "" {
			all = append(all, one)
		}
	}
	return all
}

// Confirmed is how far a change has come.
type Confirmed struct {
	New, Current bool
	Done         bool          // the address is changed
	Session      secret.Secret // with Done: the new token of the caller's session
	SignedOut    int64         // with Done: other sessions that ended
}

// Confirm takes one code or both. With the second one the address changes,
// every other session ends, and the caller's is reborn. It returns errs.Fields
// that name wrong codes; none is right where no change is pending.
func (s *Service) Confirm(ctx context.Context, c session.Caller, typed Codes) (Confirmed, error) {
	if err := typed.check(); err != nil {
		return Confirmed{}, err
	}
	var f Change
	var wrong errs.Fields
	err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		f, wrong, err = s.take(ctx, tx, c.User.ID, typed)
		return err
	})
	if err == nil {
		err = wrong.OrNil()
	}
	if err != nil {
		return Confirmed{}, err
	}
	if f.both() {
		return s.complete(ctx, c, typed, f)
	}
	return Confirmed{New: f.NewConfirmedAt.Valid, Current: f.CurrentConfirmedAt.Valid}, nil
}

// check refuses what can't be a code before a try is spent on it.
func (c Codes) check() error {
	if len(c.typed()) == 0 {
		return identity.ErrTextRequired.On(newSlot.field)
	}
	var faults errs.Fields
	for _, one := range c.typed() {
		if _, could := once.Digits(c.of(one)); !could {
			faults = append(faults, once.ErrCode.On(one.field))
		}
	}
	return faults.OrNil()
}

// wrong blames each code that was typed.
func (c Codes) wrong() (faults errs.Fields) {
	for _, one := range c.typed() {
		faults = append(faults, once.ErrCode.On(one.field))
	}
	return faults
}

// take confirms what was typed, or counts a try and says which codes are
// wrong. The try is counted first, and taken back.
func (s *Service) take(ctx context.Context, tx *db.Tx, userID string, typed Codes) (f Change, wrong errs.Fields, err error) {
	f, found, err := count.Maybe(ctx, tx, userID, s.Clock.Now(), Tries)
	if err != nil || !found {
		return f, typed.wrong(), err
	}
	for _, one := range typed.typed() {
		right, err := s.Once.RightCode(ctx, tx, one.code, userID, typed.of(one))
		if err != nil {
			return f, nil, err
		}
		if !right {
			wrong = append(wrong, once.ErrCode.On(one.field))
		}
	}
	if len(wrong) > 0 {
		return f, wrong, nil
	}
	f, err = confirm.One(ctx, tx, userID, s.Clock.Now(), typed.New != "", typed.Current != "")
	return f, nil, err
}

// What keeps a confirmed change from being made.
var (
	errGone  = errors.New("address: the change is over")
	errTaken = errors.New("address: somebody else has the address by now")
)

// complete makes a confirmed change. Of many who come at once one does; the
// others find nothing that their codes are for.
func (s *Service) complete(ctx context.Context, c session.Caller, typed Codes, f Change) (Confirmed, error) {
	if err := s.left(ctx, c, f.Normalized); err != nil {
		return Confirmed{}, err
	}
	told, err := s.Notices.Write(ctx, c.User, "email.changed", func(ctx context.Context) notice.Words { return changedWords(ctx, f.Address) })
	if err != nil {
		return Confirmed{}, err
	}
	welcome := s.welcomeLetter(ctx, c.User, f.Address)
	out := Confirmed{New: true, Current: true, Done: true}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if out.SignedOut, out.Session, err = s.end(ctx, tx, c, f); err != nil {
			return err
		}
		if err := s.Notices.Send(ctx, tx, told); err != nil {
			return err
		}
		if err := s.move(ctx, tx, c.User.ID, f); err != nil {
			return err
		}
		if err := s.Mail.Send(ctx, tx, welcome); err != nil {
			return err
		}
		return s.record(ctx, tx, c.Actor, c.User.ID, "email.changed")
	})
	switch {
	case errors.Is(err, errGone):
		return Confirmed{}, typed.wrong()
	case errors.Is(err, errTaken):
		return Confirmed{}, s.giveUp(ctx, c.User.ID)
	case err != nil:
		return Confirmed{}, err
	}
	return out, nil
}

// end ends what a change of the address ends: other sessions, the pending
// change itself, and the link of a forgotten password. The epoch rises first, because its row makes
// changes of one person wait in line.
func (s *Service) end(ctx context.Context, tx *db.Tx, c session.Caller, f Change) (signedOut int64, token secret.Secret, err error) {
	if signedOut, err = s.Sessions.CountOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
		return 0, "", err
	}
	if token, err = s.Sessions.EndOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
		return 0, "", err
	}
	n, err := finish.Run(ctx, tx, c.User.ID, s.Clock.Now(), f.Normalized)
	if err == nil && n == 0 {
		err = errGone
	}
	if err != nil {
		return 0, "", err
	}
	if err := s.EndResets(ctx, tx, c.User.ID); err != nil {
		return 0, "", err
	}
	return signedOut, token, s.void(ctx, tx, c.User.ID, slots...)
}

// move makes the new address the primary one.
func (s *Service) move(ctx context.Context, tx *db.Tx, userID string, f Change) error {
	current, err := identity.PrimaryEmail(ctx, tx, userID)
	if err != nil {
		return err
	}
	if err := s.free(ctx, tx, "", current.Address, f.Address); err != nil {
		return err
	}
	ok, err := identity.SetPrimaryEmail(ctx, tx, userID, f.Address, s.Clock.Now())
	if err == nil && !ok {
		err = errTaken
	}
	if err != nil {
		return err
	}
	_, err = samePending.Run(ctx, tx, userID, f.Normalized)
	return err
}

// giveUp ends a change to an address that somebody else has verified
// meanwhile.
func (s *Service) giveUp(ctx context.Context, userID string) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := drop.Run(ctx, tx, userID); err != nil {
			return err
		}
		return s.void(ctx, tx, userID, slots...)
	})
	if err != nil {
		return err
	}
	return once.ErrCode.On(newSlot.field)
}
