package signin

import (
	"context"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
)

// admit opens a full session, does before in the same transaction, and makes
// the account know the browser. Its owner is told of one that was new.
func (s *Service) admit(ctx context.Context, b Browser, user identity.User, method string, before func(*db.Tx) error) (in Entered, err error) {
	known, err := s.Devices.Knows(ctx, s.DB, user, b.Device)
	if err != nil {
		return in, err
	}
	var told notice.Notice
	if !known {
		if told, err = s.Notices.Write(ctx, user, "session.new_device", s.arrival(b, user)); err != nil {
			return in, err
		}
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if before != nil {
			if err := before(tx); err != nil {
				return err
			}
		}
		if !known {
			if err := s.Notices.Send(ctx, tx, told); err != nil {
				return err
			}
		}
		return s.open(ctx, tx, b, user, method, &in)
	})
	if err != nil {
		return Entered{}, err
	}
	return in, nil
}

func (s *Service) open(ctx context.Context, tx *db.Tx, b Browser, user identity.User, method string, in *Entered) (err error) {
	now := s.Clock.Now()
	if err = identity.NoteSignIn(ctx, tx, user.ID, now); err != nil {
		return err
	}
	if in.Token, err = s.Sessions.Open(ctx, tx, b.opening(user, session.Full, method)); err != nil {
		return err
	}
	if in.Device, err = s.Devices.Remember(ctx, tx, user, b.Device); err != nil {
		return err
	}
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: now, Action: "session.opened", Target: journal.Person(user.ID),
		Actor: identity.Actor{UserID: user.ID, Origin: b.Origin, Network: b.Network}, Details: map[string]string{"method": method},
	})
}

// arrival tells the person which browser is new, when it came and from where.
func (s *Service) arrival(b Browser, user identity.User) func(context.Context) notice.Words {
	at := s.Clock.Now().In(user.Place())
	return func(ctx context.Context) notice.Words {
		from := device.From(b.Address, s.Near(ctx, b.Address))
		return notice.Words{
			Subject: i18n.T(ctx, "signin.mail_new_subject"),
			Lead: []string{
				i18n.T(ctx, "signin.mail_new_lead"),
				i18n.T(ctx, "signin.mail_new_device", "Device", device.Describe(b.UserAgent).Name(ctx)),
				i18n.T(ctx, "signin.mail_new_time", "When", i18n.DateTime(ctx, at), "Zone", at.Format("MST")),
				i18n.T(ctx, "signin.mail_new_from", "From", from),
			},
		}
	}
}
