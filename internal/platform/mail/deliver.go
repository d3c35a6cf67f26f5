package mail

import (
	"context"
	"database/sql"
	"errors"
	"time"

	gomail "github.com/wneessen/go-mail"

	"nameplate/internal/platform/db"
)

// delivery is the job that sends a mail.
type delivery struct{ ID string }

func (delivery) Kind() string { return "mail.deliver" }

// deliver sends a mail that is still there.
func (m *Mailer) deliver(ctx context.Context, d delivery) error {
	r, found, err := get.Maybe(ctx, m.DB, d.ID)
	if err != nil || !found || r.FailedAt.Valid || m.SMTP == nil {
		return err
	}
	stored, err := m.stored(r)
	if err != nil {
		return err
	}
	msg, err := m.compose(stored)
	if err != nil {
		return errors.New("the mail can't be composed") // the cause names the recipient
	}
	return m.settle(ctx, r, stored.Message, m.SMTP.send(ctx, msg, m.domain()))
}

// settle writes down how sending ended. An error makes the job come back.
func (m *Mailer) settle(ctx context.Context, r row, msg Message, failed error) error {
	ctx = context.WithoutCancel(ctx)
	end := End{Kind: msg.Kind, Ref: msg.Ref, To: msg.To}
	if failed == nil {
		return m.DB.Tx(ctx, func(tx *db.Tx) error {
			if _, err := remove.Run(ctx, tx, r.ID); err != nil {
				return err
			}
			return m.ended(ctx, tx, end)
		})
	}
	why, at := reason(failed), sql.Null[time.Time]{V: m.Clock.Now(), Valid: final(failed)}
	err := m.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := note.Run(ctx, tx, r.ID, why, at); err != nil || !at.Valid {
			return err
		}
		end.Refused, end.Recipient = why, ofRecipient(failed)
		return m.ended(ctx, tx, end)
	})
	if err == nil && at.Valid {
		m.Log.Warn("a mail was refused for good", "mail", r.ID, "kind", r.Kind, "error", why)
		return nil
	}
	return errors.Join(errors.New(why), err)
}

func (m *Mailer) ended(ctx context.Context, tx *db.Tx, e End) error {
	if m.Ended == nil {
		return nil
	}
	return m.Ended(ctx, tx, e)
}

// compose makes the mail as it is sent. What a mailbox knows it by, Message-ID
// and Date, is the same at every attempt.
func (m *Mailer) compose(s Stored) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(m.sender()); err != nil {
		return nil, err
	}
	if err := msg.To(s.Message.To); err != nil {
		return nil, err
	}
	if s.Message.ReplyTo != "" {
		if err := msg.ReplyTo(s.Message.ReplyTo); err != nil {
			return nil, err
		}
	}
	for name, value := range s.Message.Headers {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetMessageIDWithValue(s.ID + "@" + m.domain())
	msg.SetDateWithValue(s.CreatedAt)
	msg.Subject(s.Message.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody on holiday answers
	msg.SetGenHeader("Content-Language", s.Message.Locale)
	msg.SetBodyString(gomail.TypeTextPlain, s.Message.Text)
	if s.Message.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, s.Message.HTML)
	}
	return msg, nil
}
