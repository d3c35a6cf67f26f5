package domain

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// admin is one who is told of an organization's domains.
type admin struct {
	Address  string
	Locale   string
	TimeZone string
}

// wording writes a letter in the language of the context, with times by a
// clock.
type wording func(ctx context.Context, organization string, place *time.Location) mail.Letter

// letters writes to everybody who manages the domains of an organization.
func (s *Service) letters(ctx context.Context, d Domain, say wording) (all []mail.Message, err error) {
	o, err := identity.GetOrganization(ctx, s.DB, d.OrganizationID)
	if err != nil {
		return nil, err
	}
	to, err := adminsOf.All(ctx, s.DB, d.OrganizationID)
	if err != nil {
		return nil, err
	}
	for _, a := range to {
		own := ctx
		if a.Locale != "" {
			own = i18n.With(ctx, a.Locale)
		}
		l := say(own, o.Name, identity.User{TimeZone: a.TimeZone}.Place())
		l.Action = &mail.Action{Label: i18n.T(own, "domain.mail_action"), URL: s.URL.JoinPath(path).String() + "#domains"}
		m := l.Render(own)
		m.Kind, m.To = "domain.missing", a.Address
		all = append(all, m)
	}
	return all, nil
}

func (s *Service) send(ctx context.Context, tx *db.Tx, all []mail.Message) error {
	for _, m := range all {
		if err := s.Mail.Send(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// missingLetter says that a record is gone, and until when that is borne.
func missingLetter(d Domain, until time.Time) wording {
	return func(ctx context.Context, organization string, place *time.Location) mail.Letter {
		return mail.Letter{
			Subject: i18n.T(ctx, "domain.mail_missing_subject", "Domain", d.Domain),
			Paragraphs: []string{
				i18n.T(ctx, "domain.mail_missing_lead", "Domain", d.Domain, "Organization", organization, "Name", d.RecordName()),
				i18n.T(ctx, "domain.mail_missing_until", "When", i18n.Date(ctx, until.In(place))),
			},
		}
	}
}

// lapsedLetter says that the proof has ended.
func lapsedLetter(d Domain) wording {
	return func(ctx context.Context, organization string, _ *time.Location) mail.Letter {
		return mail.Letter{
			Subject:    i18n.T(ctx, "domain.mail_lapsed_subject", "Domain", d.Domain),
			Paragraphs: []string{i18n.T(ctx, "domain.mail_lapsed_lead", "Domain", d.Domain, "Organization", organization)},
		}
	}
}
