package organization

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// codeLetter carries the code that verifies an address.
func (s *Service) codeLetter(ctx context.Context, d Details, code secret.Secret) mail.Message {
	m := mail.Letter{
		Subject:    i18n.T(ctx, "organization.mail_code_subject"),
		Paragraphs: []string{i18n.T(ctx, "organization.mail_code_lead", "Organization", d.Organization.Name)},
		Code:       code.Reveal(),
		Action:     &mail.Action{Label: i18n.T(ctx, "organization.mail_code_action"), URL: s.page("/settings/organization")},
		Closing:    []string{i18n.T(ctx, "organization.mail_code_life"), i18n.T(ctx, "organization.mail_code_not_you")},
	}.Render(ctx)
	m.Kind, m.To, m.Stranger = "organization.email_code", d.Email, true
	return m
}

func (s *Service) page(path string) string { return s.URL.JoinPath(path).String() }

// to writes to somebody in their language.
func (s *Service) to(ctx context.Context, userID, kind string, words func(ctx context.Context) mail.Letter) (mail.Message, error) {
	u, err := identity.Get(ctx, s.DB, userID)
	if err != nil {
		return mail.Message{}, err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, userID)
	if err != nil {
		return mail.Message{}, err
	}
	if u.Locale != "" {
		ctx = i18n.With(ctx, u.Locale)
	}
	m := words(ctx).Render(ctx)
	m.Kind, m.To = kind, email.Address
	return m, nil
}

func (s *Service) offerLetter(ctx context.Context, c session.Caller, userID string) (mail.Message, error) {
	org := c.Actor.Membership
	if _, err := identity.MemberOf(ctx, s.DB, org.OrganizationID, userID); err != nil {
		return mail.Message{}, receiver(err)
	}
	return s.to(ctx, userID, "ownership.offered", func(ctx context.Context) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "organization.mail_offer_subject", "Organization", org.OrganizationName),
			Paragraphs: []string{i18n.T(ctx, "organization.mail_offer_lead", "Who", c.User.Name(), "Organization", org.OrganizationName)},
			Action:     &mail.Action{Label: i18n.T(ctx, "organization.mail_offer_action"), URL: s.page(ownershipPath(org.OrganizationID))},
			Closing:    []string{i18n.T(ctx, "organization.mail_offer_life")},
		}
	})
}

func (s *Service) acceptedLetter(ctx context.Context, c session.Caller, giver string) (mail.Message, error) {
	org := c.Actor.Membership.OrganizationName
	return s.to(ctx, giver, "ownership.transferred", func(ctx context.Context) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "organization.mail_accepted_subject", "Organization", org),
			Paragraphs: []string{i18n.T(ctx, "organization.mail_accepted_lead", "Who", c.User.Name(), "Organization", org)},
		}
	})
}

// endLetters tell the other owners that the organization is gone.
func (s *Service) endLetters(ctx context.Context, c session.Caller, d Details) ([]mail.Message, error) {
	ids, err := ownerIDs.All(ctx, s.DB, d.Organization.ID)
	var all []mail.Message
	for _, id := range ids {
		if id == c.User.ID {
			continue
		}
		m, err := s.to(ctx, id, "organization.deleted", func(ctx context.Context) mail.Letter {
			return mail.Letter{
				Subject:    i18n.T(ctx, "organization.mail_ended_subject", "Organization", d.Organization.Name),
				Paragraphs: []string{i18n.T(ctx, "organization.mail_ended_lead", "Who", c.User.Name(), "Organization", d.Organization.Name)},
			}
		})
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, err
}
