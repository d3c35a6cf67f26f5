package member

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// letter writes to a member, in the member's language.
func (s *Service) letter(ctx context.Context, m identity.Membership, kind string, words func(ctx context.Context) mail.Letter) (*mail.Message, error) {
	u, err := identity.Get(ctx, s.DB, m.UserID)
	if err != nil {
		return nil, err
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, m.UserID)
	if err != nil {
		return nil, err
	}
	ctx = inLanguageOf(ctx, u)
	out := words(ctx).Render(ctx)
	out.Kind, out.To = kind, email.Address
	return &out, nil
}

// letters are what a change tells the member; nobody is told of an own one.
type letters struct {
	role, phone, welcome *mail.Message
	told                 notice.Notice
}

// letters writes what a change will tell, before it is made.
func (s *Service) letters(ctx context.Context, c session.Caller, target identity.Membership, ch Change) (l letters, err error) {
	if target.UserID == c.User.ID {
		return l, nil
	}
	if ch.Role != nil {
		if l.role, err = s.roleLetter(ctx, c, target, *ch.Role); err != nil {
			return l, err
		}
	}
	if ch.Phone != nil {
		if l.phone, err = s.phoneLetter(ctx, c, target); err != nil {
			return l, err
		}
	}
	if ch.Email == nil {
		return l, nil
	}
	u, err := identity.Get(ctx, s.DB, target.UserID)
	if err != nil {
		return l, err
	}
	l.welcome = s.welcomeLetter(inLanguageOf(ctx, u), c, *ch.Email)
	l.told, err = s.Notices.Write(ctx, u, "email.changed", func(ctx context.Context) notice.Words { return readdressed(ctx, c, *ch.Email) })
	return l, err
}

func (s *Service) phoneLetter(ctx context.Context, c session.Caller, m identity.Membership) (*mail.Message, error) {
	return s.letter(ctx, m, "member.phone_changed", func(ctx context.Context) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "member.mail_phone_subject"),
			Paragraphs: []string{i18n.T(ctx, "member.mail_phone_lead", "Who", c.User.Name(), "Organization", m.OrganizationName)},
			Action:     &mail.Action{Label: i18n.T(ctx, "member.mail_phone_action"), URL: s.URL.JoinPath("/settings/profile").String()},
		}
	})
}

// welcomeLetter greets a member at an address that the organization has given
// them.
func (s *Service) welcomeLetter(ctx context.Context, c session.Caller, to string) *mail.Message {
	out := mail.Letter{
		Subject:    i18n.T(ctx, "member.mail_welcome_subject"),
		Paragraphs: []string{i18n.T(ctx, "member.mail_welcome_lead", "Who", c.User.Name(), "Organization", c.Actor.Membership.OrganizationName)},
		Action:     &mail.Action{Label: i18n.T(ctx, "member.mail_out_action"), URL: s.URL.JoinPath("/sign-in").String()},
	}.Render(ctx)
	out.Kind, out.To = "email.welcome", to
	return &out
}

// readdressed tells a person who has given their account another address.
func readdressed(ctx context.Context, c session.Caller, fresh string) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "member.mail_email_subject"),
		Lead:    []string{i18n.T(ctx, "member.mail_email_lead", "Who", c.User.Name(), "Organization", c.Actor.Membership.OrganizationName, "Address", fresh)},
	}
}

func (s *Service) roleLetter(ctx context.Context, c session.Caller, m identity.Membership, role identity.Role) (*mail.Message, error) {
	return s.letter(ctx, m, "member.role_changed", func(ctx context.Context) mail.Letter {
		as := m
		as.Role = role
		return mail.Letter{
			Subject:    i18n.T(ctx, "member.mail_role_subject", "Organization", m.OrganizationName),
			Paragraphs: []string{i18n.T(ctx, "member.mail_role_lead", "Who", c.User.Name(), "Organization", m.OrganizationName, "Role", s.Role(ctx, as))},
			Action:     &mail.Action{Label: i18n.T(ctx, "member.mail_role_action"), URL: s.URL.JoinPath("/settings/organization").String()},
		}
	})
}

func (s *Service) removedLetter(ctx context.Context, c session.Caller, m identity.Membership) (*mail.Message, error) {
	return s.letter(ctx, m, "member.left", func(ctx context.Context) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "member.mail_removed_subject", "Organization", m.OrganizationName),
			Paragraphs: []string{i18n.T(ctx, "member.mail_removed_lead", "Who", c.User.Name(), "Organization", m.OrganizationName)},
			Closing:    []string{i18n.T(ctx, "member.mail_removed_stays")},
		}
	})
}

func (s *Service) signedOutLetter(ctx context.Context, c session.Caller, m identity.Membership) (*mail.Message, error) {
	return s.letter(ctx, m, "session.ended_by_admin", func(ctx context.Context) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "member.mail_out_subject"),
			Paragraphs: []string{i18n.T(ctx, "member.mail_out_lead", "Who", c.User.Name(), "Organization", m.OrganizationName)},
			Action:     &mail.Action{Label: i18n.T(ctx, "member.mail_out_action"), URL: s.URL.JoinPath("/sign-in").String()},
		}
	})
}

// factorsReset tells a person who has taken the second factors away.
func factorsReset(ctx context.Context, c session.Caller) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "member.mail_factors_subject"),
		Lead:    []string{i18n.T(ctx, "member.mail_factors_lead", "Who", c.User.Name(), "Organization", c.Actor.Membership.OrganizationName)},
		Closing: []string{i18n.T(ctx, "member.mail_factors_next")},
	}
}
