package factor

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
)

// errOther says that the mail tells another number of codes than are left.
var errOther = errors.New("factor: another code was used meanwhile")

// takeCode uses a backup code up and tells the person by mail how many are left.
// A code outlives one change of the server's key.
func (s *Service) takeCode(ctx context.Context, c session.Caller, typed string) (ok bool, err error) {
	code, could := codeOf(typed)
	if !could {
		return false, nil
	}
	macs := s.Keys.MACs(macPurpose, bound(c.User.ID, code))
	macs = [][]byte{macs[0], macs[min(1, len(macs)-1)]}
	_, there, err := findCode.Maybe(ctx, s.DB, c.User.ID, macs[0], macs[1])
	if err != nil || !there {
		return false, err
	}
	before, err := left.One(ctx, s.DB, c.User.ID)
	if err != nil {
		return false, err
	}
	rest := before - 1
	for range codes { // as often as others can use one at the same moment
		if ok, rest, err = s.useCode(ctx, c, macs, rest); !errors.Is(err, errOther) {
			return ok, err
		}
	}
	return false, notice.ErrRaced
}

// useCode uses up one of the person's codes and mails that so many are left. If
// it is another number, it returns that with errOther and has done nothing.
func (s *Service) useCode(ctx context.Context, c session.Caller, macs [][]byte, rest int64) (ok bool, now int64, err error) {
	told, err := s.Notices.Write(ctx, c.User, string(used), func(ctx context.Context) notice.Words { return usedWords(ctx, rest) })
	if err != nil {
		return false, rest, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// Two codes that are used at once would each count without the other.
		if err := identity.Lock(ctx, tx, c.User.ID); err != nil {
			return err
		}
		n, err := takeCode.Run(ctx, tx, c.User.ID, macs[0], macs[1], s.Clock.Now())
		if err != nil || n == 0 {
			return err
		}
		if now, err = left.One(ctx, tx, c.User.ID); err != nil {
			return err
		}
		if now != rest {
			return errOther
		}
		ok, c.Actor.UserID = true, c.User.ID // whose sign-in may still be a half one
		if err := s.record(ctx, tx, c, string(used)); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
	return ok && err == nil, now, err
}

// usedWords tell how many codes are left, and warn when they are few.
func usedWords(ctx context.Context, rest int64) notice.Words {
	w := notice.Words{
		Subject: i18n.T(ctx, "factor.mail_used_subject"),
		Lead:    []string{i18n.T(ctx, "factor.mail_used_lead"), i18n.T(ctx, "factor.left", "Count", int(rest))},
	}
	if rest <= few {
		w.Closing = []string{i18n.T(ctx, "factor.few")}
	}
	return w
}
