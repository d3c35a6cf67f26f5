package sso

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/i18n"
)

// linkedNotice tells somebody that the account can be entered by a provider
// from now on.
func (s *Service) linkedNotice(ctx context.Context, p Provider, user identity.User) (notice.Notice, error) {
	o, err := identity.GetOrganization(ctx, s.DB, p.OrganizationID)
	if err != nil {
		return notice.Notice{}, err
	}
	return s.Notices.Write(ctx, user, "identity_provider.linked", func(ctx context.Context) notice.Words {
		return notice.Words{
			Subject: i18n.T(ctx, "sso.mail_subject"),
			Lead: []string{
				i18n.T(ctx, "sso.mail_lead", "Organization", o.Name),
				i18n.T(ctx, "sso.mail_ended"),
			},
		}
	})
}
