package factor

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// kind is a change of factors, as the journal and the mail call it.
type kind string

const (
	added   kind = "factor.added"
	removed kind = "factor.removed"
	renewed kind = "backup_codes.renewed"
)

// letter tells the person what has changed, in their own language.
func (s *Service) letter(ctx context.Context, u identity.User, k kind) (mail.Message, error) {
	email, err := identity.PrimaryEmail(ctx, s.DB, u.ID)
	if err != nil {
		return mail.Message{}, err
	}
	if u.Locale != "" {
		ctx = i18n.With(ctx, u.Locale)
	}
	subject, lead := words(ctx, k)
	m := mail.Letter{
		Subject:    subject,
		Paragraphs: []string{lead},
		Action:     &mail.Action{Label: i18n.T(ctx, "factor.mail_action"), URL: s.URL.JoinPath(securityPath).String()},
		Closing:    []string{i18n.T(ctx, "factor.mail_not_you")},
	}.Render(ctx)
	m.Kind, m.To = string(k), email.Address
	return m, nil
}

func words(ctx context.Context, k kind) (subject, lead string) {
	switch k {
	case added:
		return i18n.T(ctx, "factor.mail_added_subject"), i18n.T(ctx, "factor.mail_added_lead")
	case removed:
		return i18n.T(ctx, "factor.mail_removed_subject"), i18n.T(ctx, "factor.mail_removed_lead")
	}
	return i18n.T(ctx, "factor.mail_codes_subject"), i18n.T(ctx, "factor.mail_codes_lead")
}
