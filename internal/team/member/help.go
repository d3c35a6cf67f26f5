package member

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// SignOut ends every session of a member, who is told by mail. It returns
// ErrNone or session.ErrDenied.
func (s *Service) SignOut(ctx context.Context, c session.Caller, userID string) error {
	target, err := s.touchable(ctx, s.DB, c, userID)
	if err != nil {
		return err
	}
	letter, err := s.signedOutLetter(ctx, c, target)
	if err != nil {
		return err
	}
	return s.help(ctx, c, userID, "session.ended_by_admin", func(tx *db.Tx, _ identity.Membership) error {
		if _, err := s.Sessions.EndOthers(ctx, tx, userID, ""); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, *letter)
	})
}

// SendReset mails a member the link of a password reset, which nobody else gets
// to see. It returns ErrNone or session.ErrDenied.
func (s *Service) SendReset(ctx context.Context, c session.Caller, userID string) error {
	if _, err := s.touchable(ctx, s.DB, c, userID); err != nil {
		return err
	}
	u, err := identity.Get(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	send := s.Reset(inLanguageOf(ctx, u), email.Address)
	return s.help(ctx, c, userID, "password.reset_sent", func(tx *db.Tx, _ identity.Membership) error { return send(tx, userID) })
}

// ResetFactors takes every second factor of a member away, ends what the person
// is signed in with and tells them, with a way back. Only somebody below the
// caller who belongs to no other organization can be helped so. It returns
// ErrNone, session.ErrDenied, ErrElsewhere or ErrNoFactor.
func (s *Service) ResetFactors(ctx context.Context, c session.Caller, userID string) error {
	if _, err := s.touchable(ctx, s.DB, c, userID); err != nil {
		return err
	}
	u, err := identity.Get(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	told, err := s.Notices.Write(ctx, u, "factors.reset", func(ctx context.Context) notice.Words { return factorsReset(ctx, c) })
	if err != nil {
		return err
	}
	return s.help(ctx, c, userID, "factors.reset", func(tx *db.Tx, target identity.Membership) error {
		if err := s.below(ctx, tx, c, target); err != nil {
			return err
		}
		// The epoch rises first: its row makes changes of one person wait in line.
		if _, err := s.Sessions.EndEverything(ctx, tx, userID, ""); err != nil {
			return err
		}
		protected, err := s.Protected(ctx, tx, userID)
		if err != nil {
			return err
		}
		if !protected {
			return ErrNoFactor
		}
		if err := s.RemoveFactors(ctx, tx, userID); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
}

// below refuses whoever is not below the caller, or belongs elsewhere too.
func (s *Service) below(ctx context.Context, tx *db.Tx, c session.Caller, target identity.Membership) error {
	own, err := s.member(ctx, tx, c, c.User.ID)
	if err != nil {
		return err
	}
	if !own.Role.Above(target.Role) {
		return session.ErrDenied
	}
	n, err := belongs.One(ctx, tx, target.UserID)
	if err == nil && n > 1 {
		err = ErrElsewhere
	}
	return err
}

// help does something for a member's account and writes it down: it is the
// person's matter, so it stands in every trail of theirs.
func (s *Service) help(ctx context.Context, c session.Caller, userID, action string, do func(*db.Tx, identity.Membership) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		target, err := s.held(ctx, tx, c, userID)
		if err != nil {
			return err
		}
		if err := do(tx, target); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Person(userID)})
	})
}
