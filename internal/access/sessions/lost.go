package sessions

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/secret"
)

// Lost is what is left after a device was lost.
type Lost struct {
	Session   secret.Secret // the new token of this session
	Device    secret.Secret // cookie by which the account knows this browser
	SignedOut int64         // other sessions that ended
}

// LoseDevice ends all that a lost device may hold: every session but the
// caller's, which is reborn, everything else that was born under the credential
// epoch, and the memory of browsers but for this one, whose cookie is known.
func (s *Service) LoseDevice(ctx context.Context, c session.Caller, known string) (out Lost, err error) {
	told, err := s.Notices.Write(ctx, c.User, "session.device_lost", lost)
	if err != nil {
		return out, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if out.SignedOut, err = s.Sessions.CountOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		if out.Session, err = s.Sessions.EndEverything(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		user, err := identity.Get(ctx, tx, c.User.ID)
		if err != nil {
			return err
		}
		if out.Device, err = s.Devices.Remember(ctx, tx, user, known); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, "session.device_lost"); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
	if err != nil {
		return Lost{}, err
	}
	return out, nil
}

func lost(ctx context.Context) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "sessions.mail_lost_subject"),
		Lead:    []string{i18n.T(ctx, "sessions.mail_lost_lead")},
	}
}

// EndAll ends every session of a user on behalf of somebody else, and says how
// many there were.
func (s *Service) EndAll(ctx context.Context, actor identity.Actor, userID string) (n int64, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if n, err = s.Sessions.CountOthers(ctx, tx, userID, ""); err != nil {
			return err
		}
		if _, err := s.Sessions.EndOthers(ctx, tx, userID, ""); err != nil {
			return err
		}
		return s.recordBy(ctx, tx, actor, userID, "session.all_ended")
	})
	return n, err
}
