package app

import (
	"context"
	"time"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/mail"
)

var errMailUnknown = errs.New(errs.NotFound, "operator_mail_unknown")

// Mail is a mail that was not sent, or not yet.
type Mail struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	To       string    `json:"to"`
	Subject  string    `json:"subject"`
	Attempts int64     `json:"attempts"`
	Error    string    `json:"error,omitempty"`
	Failed   bool      `json:"failed"` // refused for good
	Text     string    `json:"text,omitempty"`
	HTML     string    `json:"html,omitempty"`
}

// Mails are the newest mails of the outbox.
type Mails struct {
	Items []Mail `json:"items"`
}

// MailID names a mail.
type MailID struct {
	ID string `json:"id"`
}

func (a *App) listMail(ctx context.Context, _ Nothing) (Mails, error) {
	letters, err := a.Mail.Outbox(ctx, mailboxMost)
	out := Mails{Items: make([]Mail, len(letters))}
	for i, l := range letters {
		out.Items[i] = mailOf(l)
	}
	return out, err
}

func (a *App) showMail(ctx context.Context, in MailID) (Mail, error) {
	l, found, err := a.Mail.Get(ctx, in.ID)
	if err != nil {
		return Mail{}, err
	}
	if !found {
		return Mail{}, errMailUnknown
	}
	m := mailOf(l)
	m.Text, m.HTML = l.Message.Text, l.Message.HTML
	return m, nil
}

func mailOf(l mail.Stored) Mail {
	return Mail{
		ID: l.ID, At: l.CreatedAt.UTC(), Kind: l.Message.Kind, To: l.Message.To, Subject: l.Message.Subject,
		Attempts: l.Attempts, Error: l.LastError, Failed: l.Failed,
	}
}
