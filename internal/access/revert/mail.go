package revert

import (
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// letters tell the address that is put back, and every one that the account
// has until then.
func (s *Service) letters(ctx context.Context, u identity.User, state notice.State) ([]mail.Message, error) {
	emails, err := identity.Emails(ctx, s.DB, u.ID)
	if err != nil {
		return nil, err
	}
	to := []string{state.Address}
	for _, e := range emails {
		if !slices.Contains(to, e.Address) {
			to = append(to, e.Address)
		}
	}
	if u.Locale != "" {
		ctx = i18n.With(ctx, u.Locale)
	}
	written := make([]mail.Message, len(to))
	for i, address := range to {
		written[i] = s.letter(ctx, when(ctx, u, state))
		written[i].Kind, written[i].To = "account.reverted", address
	}
	return written, nil
}

func (s *Service) letter(ctx context.Context, when string) mail.Message {
	return mail.Letter{
		Subject:    i18n.T(ctx, "revert.mail_subject"),
		Paragraphs: []string{i18n.T(ctx, "revert.mail_lead", "When", when), i18n.T(ctx, "revert.mail_next")},
		Action:     &mail.Action{Label: i18n.T(ctx, "revert.reset"), URL: s.URL.JoinPath(resetPath).String()},
		Closing:    []string{i18n.T(ctx, "revert.mail_help")},
	}.Render(ctx)
}

// when says the moment in the person's own zone, or in UTC.
func when(ctx context.Context, u identity.User, state notice.State) string {
	at := state.At.In(u.Place())
	if at.Location() == time.UTC {
		return i18n.T(ctx, "revert.utc", "When", i18n.DateTime(ctx, at))
	}
	return i18n.DateTime(ctx, at)
}
