package address

import (
	"context"
	"errors"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// codeLetter is a mail with its code, and with the link that cancels a change.
type codeLetter struct {
	slot slot
	code secret.Secret
	link secret.Secret
	mail mail.Message
}

// newLetter asks whoever reads the new address for its code. It holds no word
// of the person's, who may be a stranger there.
func (s *Service) newLetter(ctx context.Context, u identity.User, to string) codeLetter {
	ctx = spoken(ctx, u)
	out := codeLetter{slot: newSlot, code: s.Once.NewCode(), link: s.Once.NewLink()}
	out.mail = mail.Letter{
		Subject:    i18n.T(ctx, "address.mail_new_subject"),
		Paragraphs: []string{i18n.T(ctx, "address.mail_new_lead")},
		Code:       out.code.Reveal(),
		Action:     s.cancelAction(ctx, out.link),
		Closing:    []string{i18n.T(ctx, "address.mail_change_life"), i18n.T(ctx, "address.mail_new_not_you")},
	}.Render(ctx)
	out.mail.Kind, out.mail.To, out.mail.Stranger = "email.code_new", to, true
	return out
}

// currentLetter tells the present address what is asked for, and asks for its
// code.
func (s *Service) currentLetter(ctx context.Context, u identity.User, to, fresh string) codeLetter {
	ctx = spoken(ctx, u)
	out := codeLetter{slot: currentSlot, code: s.Once.NewCode(), link: s.Once.NewLink()}
	out.mail = mail.Letter{
		Subject:    i18n.T(ctx, "address.mail_current_subject"),
		Paragraphs: []string{i18n.T(ctx, "address.mail_current_lead", "Address", fresh)},
		Code:       out.code.Reveal(),
		Action:     s.cancelAction(ctx, out.link),
		Closing:    []string{i18n.T(ctx, "address.mail_change_life"), i18n.T(ctx, "address.mail_current_not_you")},
	}.Render(ctx)
	out.mail.Kind, out.mail.To = "email.code_current", to
	return out
}

func (s *Service) cancelAction(ctx context.Context, link secret.Secret) *mail.Action {
	return &mail.Action{
		Label: i18n.T(ctx, "address.mail_cancel"),
		URL:   s.URL.JoinPath(cancelPath).String() + "?token=" + link.Reveal(),
	}
}

// furtherLetter carries the code to a further address.
func (s *Service) furtherLetter(ctx context.Context, u identity.User, to string) codeLetter {
	ctx = spoken(ctx, u)
	out := codeLetter{code: s.Once.NewCode()}
	out.mail = mail.Letter{
		Subject:    i18n.T(ctx, "address.mail_further_subject"),
		Paragraphs: []string{i18n.T(ctx, "address.mail_further_lead")},
		Code:       out.code.Reveal(),
		Action:     &mail.Action{Label: i18n.T(ctx, "address.mail_further_action"), URL: s.URL.JoinPath(securityPath).String() + "#" + furtherID},
		Closing:    []string{i18n.T(ctx, "address.mail_further_life"), i18n.T(ctx, "address.mail_further_not_you")},
	}.Render(ctx)
	out.mail.Kind, out.mail.To, out.mail.Stranger = "email.code_further", to, true
	return out
}

// knownLetter tells the owner of an address, in the owner's language, that
// somebody else wanted it. For an address that nobody has it is written too,
// and not sent.
func (s *Service) knownLetter(ctx context.Context, userID, to string) (mail.Message, error) {
	ownerID, taken, err := foreign(ctx, s.DB, userID, identity.NormalEmail(to))
	if err != nil {
		return mail.Message{}, err
	}
	owner, err := identity.Get(ctx, s.DB, ownerID)
	if err != nil && !errors.Is(err, identity.ErrNoUser) {
		return mail.Message{}, err
	}
	if taken {
		ctx = spoken(ctx, owner)
	}
	m := mail.Letter{
		Subject:    i18n.T(ctx, "address.mail_known_subject"),
		Paragraphs: []string{i18n.T(ctx, "address.mail_known_lead")},
		Action:     &mail.Action{Label: i18n.T(ctx, "address.mail_known_action"), URL: s.URL.JoinPath("/sign-in").String()},
		Closing:    []string{i18n.T(ctx, "address.mail_known_nothing")},
	}.Render(ctx)
	m.Kind, m.To, m.Stranger = "email.known", to, true
	return m, nil
}

// welcomeLetter greets the person at the address that is the primary one now.
func (s *Service) welcomeLetter(ctx context.Context, u identity.User, to string) mail.Message {
	ctx = spoken(ctx, u)
	m := mail.Letter{
		Subject:    i18n.T(ctx, "address.mail_welcome_subject"),
		Paragraphs: []string{i18n.T(ctx, "address.mail_welcome_lead")},
		Action:     &mail.Action{Label: i18n.T(ctx, "address.mail_welcome_action"), URL: s.URL.JoinPath(securityPath).String()},
	}.Render(ctx)
	m.Kind, m.To = "email.welcome", to
	return m
}

func changedWords(ctx context.Context, fresh string) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "address.mail_changed_subject"),
		Lead:    []string{i18n.T(ctx, "address.mail_changed_lead", "Address", fresh)},
	}
}

func addedWords(ctx context.Context, fresh string) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "address.mail_added_subject"),
		Lead:    []string{i18n.T(ctx, "address.mail_added_lead", "Address", fresh)},
	}
}

func removedWords(ctx context.Context, gone string) notice.Words {
	return notice.Words{
		Subject: i18n.T(ctx, "address.mail_removed_subject"),
		Lead:    []string{i18n.T(ctx, "address.mail_removed_lead", "Address", gone)},
	}
}

// spoken returns the context in the person's language, if there is one.
func spoken(ctx context.Context, u identity.User) context.Context {
	if u.Locale == "" {
		return ctx
	}
	return i18n.With(ctx, u.Locale)
}
