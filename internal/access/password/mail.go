package password

import (
	"context"

	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// resetLetter carries the link of a reset.
func (s *Changes) resetLetter(ctx context.Context, to string, link secret.Secret) mail.Message {
	m := mail.Letter{
		Subject:    i18n.T(ctx, "password.mail_reset_subject"),
		Paragraphs: []string{i18n.T(ctx, "password.mail_reset_lead")},
		Action: &mail.Action{
			Label: i18n.T(ctx, "password.mail_reset_action"),
			URL:   s.address(link),
		},
		Closing: []string{i18n.T(ctx, "password.mail_reset_life"), i18n.T(ctx, "password.mail_reset_not_you")},
	}.Render(ctx)
	m.Kind, m.To, m.Stranger = "password.reset", to, true
	return m
}

// address is where a link leads.
func (s *Changes) address(link secret.Secret) string {
	return s.URL.JoinPath("/reset-password").String() + "?token=" + link.Reveal()
}

// changed tells the person that the password is another one.
func changed(ctx context.Context) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "password.mail_changed_subject"),
		Lead:    []string{i18n.T(ctx, "password.mail_changed_lead")},
	}
}

// disabled tells the person that the password signs in no more, by one lane.
func disabled(ctx context.Context, known bool) notice.Words {
	lead := i18n.T(ctx, "password.mail_disabled_lead", "Count", InARow)
	if known {
		lead = i18n.T(ctx, "password.mail_disabled_known", "Count", InARow)
	}
	return notice.Words{
		Subject: i18n.T(ctx, "password.mail_disabled_subject"),
		Lead:    []string{lead},
		Closing: []string{i18n.T(ctx, "password.mail_disabled_way")},
	}
}
