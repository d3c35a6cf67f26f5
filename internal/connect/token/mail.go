package token

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

const (
	// warnBefore is how long before its end the owner of a token is told.
	warnBefore = 7 * day
	// warnFrom is the least that a token must live for its end to be news.
	warnFrom = 14 * day
)

func remindAt(t Token) sql.Null[time.Time] {
	return sql.Null[time.Time]{V: t.ExpiresAt.Add(-warnBefore), Valid: t.ExpiresAt.Sub(t.CreatedAt) >= warnFrom}
}

func madeWords(ctx context.Context, name string) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "token.mail_made_subject"),
		Lead:    []string{i18n.T(ctx, "token.mail_made_lead", "Name", name)},
	}
}

func foundWords(ctx context.Context) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "token.mail_found_subject"),
		Lead:    []string{i18n.T(ctx, "token.mail_found_lead")},
	}
}

// Tidy tells the owners of tokens that these will expire soon, and forgets the
// copies that rules don't let be shown any more.
func (s *Service) Tidy(ctx context.Context) error {
	return errors.Join(s.remind(ctx), s.forget(ctx))
}

func (s *Service) remind(ctx context.Context) error {
	now := s.Clock.Now()
	all, err := toRemind.All(ctx, s.DB, now, now)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := s.warn(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) warn(ctx context.Context, t due) error {
	owner, err := identity.Get(ctx, s.DB, t.UserID)
	if err != nil {
		return err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, t.UserID)
	if err != nil {
		return err
	}
	m := s.warning(i18n.With(ctx, owner.Locale), owner, t)
	m.Kind, m.To = "token.expires", email.Address
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := reminded.Run(ctx, tx, t.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.Mail.Send(ctx, tx, m)
	})
}

func (s *Service) warning(ctx context.Context, owner identity.User, t due) mail.Message {
	return mail.Letter{
		Subject: i18n.T(ctx, "token.mail_expires_subject"),
		Paragraphs: []string{
			i18n.T(ctx, "token.mail_expires_lead", "Name", t.Name, "Prefix", t.Prefix, "When", i18n.Date(ctx, t.ExpiresAt.In(owner.Place()))),
		},
		Action:  &mail.Action{Label: i18n.T(ctx, "token.mail_expires_action"), URL: s.URL.JoinPath(path).String()},
		Closing: []string{i18n.T(ctx, "token.mail_expires_closing")},
	}.Render(ctx)
}

// forget drops the copies of whoever may not see tokens again any more.
func (s *Service) forget(ctx context.Context) error {
	owners, err := allSealed.All(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, id := range owners {
		if err := s.forgetOf(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) forgetOf(ctx context.Context, userID string) error {
	memberships, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return err
	}
	set, err := policy.Account(ctx, s.DB, memberships)
	if err != nil || policy.TokensRedisplay.Of(set) == policy.Yes {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := dropSealed.Run(ctx, tx, userID)
		return err
	})
}
