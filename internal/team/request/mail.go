package request

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// mostAsked bounds the mails of one request in one organization.
const mostAsked = 50

// askLetters tell whoever may decide, each in their own language and once.
func (s *Service) askLetters(ctx context.Context, c session.Caller, r Request, orgs []identity.Membership) ([]mail.Message, error) {
	who, err := s.nameOf(ctx, c.User)
	if err != nil {
		return nil, err
	}
	var all []mail.Message
	for _, o := range orgs {
		found, err := whoDecides(ctx, s.DB, o, mostAsked)
		if err != nil {
			return nil, err
		}
		for _, to := range found {
			all = append(all, s.askLetter(ctx, to, who, o.OrganizationName, r.Field))
		}
	}
	return all, nil
}

func (s *Service) askLetter(ctx context.Context, to decider, who, organization, field string) mail.Message {
	ctx = spoken(ctx, to.Locale)
	m := mail.Letter{
		Subject: i18n.T(ctx, "request.mail_ask_subject", "Field", s.Label(ctx, field)),
		Paragraphs: []string{
			i18n.T(ctx, "request.mail_ask_lead", "Who", who, "Field", s.Label(ctx, field), "Organization", organization),
		},
		Action:  &mail.Action{Label: i18n.T(ctx, "request.mail_ask_action"), URL: s.page(teamPath)},
		Closing: []string{i18n.T(ctx, "request.mail_ask_life", "Count", days(Life))},
	}.Render(ctx)
	m.Kind, m.To = "field.requested", to.Address
	return m
}

// toPerson writes to whoever asked, in their language.
func (s *Service) toPerson(ctx context.Context, r Request, kind string, words func(ctx context.Context, field string) mail.Letter) (mail.Message, error) {
	u, err := identity.Get(ctx, s.DB, r.UserID)
	if err != nil {
		return mail.Message{}, err
	}
	to, err := identity.PrimaryEmail(ctx, s.DB, r.UserID)
	if err != nil {
		return mail.Message{}, err
	}
	ctx = spoken(ctx, u.Locale)
	m := words(ctx, s.Label(ctx, r.Field)).Render(ctx)
	m.Kind, m.To = kind, to.Address
	return m, nil
}

func (s *Service) approvedLetter(ctx context.Context, c session.Caller, r Request) (mail.Message, error) {
	org := c.Actor.Membership.OrganizationName
	return s.toPerson(ctx, r, "field.request_approved", func(ctx context.Context, field string) mail.Letter {
		l := mail.Letter{Subject: i18n.T(ctx, "request.mail_approved_subject", "Field", field)}
		if r.Field == email {
			l.Paragraphs = []string{i18n.T(ctx, "request.mail_approved_email", "Organization", org, "Count", days(Agreed))}
			l.Action = &mail.Action{Label: i18n.T(ctx, "request.mail_approved_email_action"), URL: s.page(securityPath)}
			return l
		}
		l.Paragraphs = []string{i18n.T(ctx, "request.mail_approved_lead", "Organization", org, "Field", field)}
		l.Action = &mail.Action{Label: i18n.T(ctx, "request.mail_approved_action"), URL: s.page(profilePath)}
		return l
	})
}

func (s *Service) declinedLetter(ctx context.Context, c session.Caller, r Request, reason string) (mail.Message, error) {
	return s.toPerson(ctx, r, "field.request_declined", func(ctx context.Context, field string) mail.Letter {
		return mail.Letter{
			Subject: i18n.T(ctx, "request.mail_declined_subject", "Field", field),
			Paragraphs: []string{
				i18n.T(ctx, "request.mail_declined_lead", "Organization", c.Actor.Membership.OrganizationName, "Field", field),
				i18n.T(ctx, "request.mail_reason", "Reason", reason),
			},
			Action: &mail.Action{Label: i18n.T(ctx, "request.mail_declined_action"), URL: s.page(ownPath(r.Field))},
		}
	})
}

func (s *Service) expiredLetter(ctx context.Context, r Request) (mail.Message, error) {
	return s.toPerson(ctx, r, "field.request_expired", func(ctx context.Context, field string) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "request.mail_expired_subject", "Field", field),
			Paragraphs: []string{i18n.T(ctx, "request.mail_expired_lead", "Field", field, "Count", days(Life))},
			Action:     &mail.Action{Label: i18n.T(ctx, "request.mail_declined_action"), URL: s.page(ownPath(r.Field))},
		}
	})
}

func (s *Service) page(path string) string { return s.URL.String() + path }

// nameOf is what somebody is called in a mail.
func (s *Service) nameOf(ctx context.Context, u identity.User) (string, error) {
	if name := u.Name(); name != "" {
		return name, nil
	}
	at, err := identity.PrimaryEmail(ctx, s.DB, u.ID)
	return at.Address, err
}

// days are whole ones.
func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// spoken returns the context in somebody's language, if there is one.
func spoken(ctx context.Context, locale string) context.Context {
	if locale == "" {
		return ctx
	}
	return i18n.With(ctx, locale)
}
