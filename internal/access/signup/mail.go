package signup

import (
	"context"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// verifyLetter carries the proof to the address.
func (s *Service) verifyLetter(ctx context.Context, w waiting, code, link secret.Secret) mail.Message {
	l := mail.Letter{
		Subject:    i18n.T(ctx, "signup.mail_verify_subject"),
		Paragraphs: []string{i18n.T(ctx, "signup.mail_verify_lead")},
		Code:       code.Reveal(),
		Action: &mail.Action{
			Label: i18n.T(ctx, "signup.mail_verify_action"),
			URL:   s.URL.JoinPath("/verify").String() + "?token=" + link.Reveal(),
		},
		Closing: []string{i18n.T(ctx, "signup.mail_verify_life"), i18n.T(ctx, "signup.mail_verify_not_you")},
	}
	return stranger(ctx, "signup.verify", w.Address, l)
}

// knownLetter tells the owner of a known address that somebody tried.
func (s *Service) knownLetter(ctx context.Context, w waiting) mail.Message {
	l := mail.Letter{
		Subject:    i18n.T(ctx, "signup.mail_known_subject"),
		Paragraphs: []string{i18n.T(ctx, "signup.mail_known_lead")},
		Action:     &mail.Action{Label: i18n.T(ctx, "signup.mail_known_action"), URL: s.URL.JoinPath("/sign-in").String()},
		Closing:    []string{i18n.T(ctx, "signup.mail_known_not_you")},
	}
	return stranger(ctx, "signup.known", w.Address, l)
}

// stranger makes a message that anybody can cause, which is why few are sent.
func stranger(ctx context.Context, kind, to string, l mail.Letter) mail.Message {
	m := l.Render(ctx)
	m.Kind, m.To, m.Stranger = kind, to, true
	return m
}
