package invitation

import (
	"context"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// path is the page that the link leads to.
const path = "/invitations/accept"

// letter carries the link to the address, in the language of whoever invites.
func (s *Service) letter(ctx context.Context, inv Invitation, link secret.Secret) (mail.Message, error) {
	passwords, others, err := s.Rules(ctx, []identity.Membership{inv.membership()})
	if err != nil {
		return mail.Message{}, err
	}
	by, org := inv.InviterName, inv.OrganizationName
	if by == "" {
		by = i18n.T(ctx, "invitation.somebody")
	}
	m := mail.Letter{
		Subject: i18n.T(ctx, "invitation.mail_subject", "By", mail.Snippet(by), "Organization", mail.Snippet(org)),
		Paragraphs: []string{
			i18n.T(ctx, "invitation.mail_lead", "By", by, "Organization", org, "Role", s.Label(ctx, inv.membership())),
		},
		Action: &mail.Action{Label: i18n.T(ctx, "invitation.mail_action"), URL: s.URL.JoinPath(path).String() + "?token=" + link.Reveal()},
		Closing: []string{
			i18n.T(ctx, "invitation.mail_rules", "Rules", strings.Join(append([]string{passwords}, others...), ". ")),
			i18n.T(ctx, "invitation.mail_life"), i18n.T(ctx, "invitation.mail_not_you"),
		},
	}.Render(ctx)
	m.Kind, m.To, m.Stranger = purpose, inv.Address, true
	return m, nil
}
