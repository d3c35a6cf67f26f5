package notice

import (
	"context"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

const (
	// Purpose is what the link of a notice is for; its flow is the id of the
	// key.
	Purpose = "revert"
	// Path is the page that the link leads to.
	Path = "/revert"
	// Life is how long the link works.
	Life = 7 * 24 * time.Hour
)

// ErrRaced says that the addresses of the account have changed between writing
// a notice and sending it.
var ErrRaced = errs.New(errs.Conflict, "conflict")

// Notices writes and sends notices.
type Notices struct {
	DB    *db.DB
	Keys  *secret.Keys
	Clock clock.Clock
	Once  once.Store
	Mail  *mail.Mailer
	URL   *url.URL
	// Password returns the hash of the user's password, or an empty one.
	Password func(ctx context.Context, q db.Q, userID string) (string, error)
}

// Words are what a notice says, in the language of the context that they were
// made in.
type Words struct {
	Subject string
	Lead    []string // what has happened; one paragraph each
	Closing []string // what else is good to know
}

// Notice is a written one.
type Notice struct {
	userID string
	copies []written
}

type written struct {
	email identity.Email
	link  secret.Secret
	mail  mail.Message
}

// Write renders a notice for each address of the user. kind is what the outbox
// calls it, such as "password.changed".
func (n *Notices) Write(ctx context.Context, u identity.User, kind string, words func(context.Context) Words) (Notice, error) {
	emails, err := identity.Emails(ctx, n.DB, u.ID)
	if err != nil {
		return Notice{}, err
	}
	if u.Locale != "" {
		ctx = i18n.With(ctx, u.Locale)
	}
	w, out := words(ctx), Notice{userID: u.ID}
	for _, e := range emails {
		link := n.Once.NewLink()
		m := n.letter(ctx, w, link)
		m.Kind, m.To = kind, e.Address
		out.copies = append(out.copies, written{e, link, m})
	}
	return out, nil
}

func (n *Notices) letter(ctx context.Context, w Words, link secret.Secret) mail.Message {
	return mail.Letter{
		Subject:    w.Subject,
		Paragraphs: append(slices.Clone(w.Lead), i18n.T(ctx, "notice.not_you")),
		Action:     &mail.Action{Label: i18n.T(ctx, "notice.action"), URL: n.URL.JoinPath(Path).String() + "?token=" + link.Reveal()},
		Closing:    append(slices.Clone(w.Closing), i18n.T(ctx, "notice.was_you")),
	}.Render(ctx)
}

// Send sends a notice with the change that it tells of. Send it before the
// rows of the user's addresses and password change. It returns ErrRaced.
func (n *Notices) Send(ctx context.Context, tx *db.Tx, told Notice) error {
	emails, err := identity.Emails(ctx, tx, told.userID)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(emails, told.copies, func(e identity.Email, c written) bool { return e.ID == c.email.ID }) {
		return ErrRaced
	}
	hash, err := n.Password(ctx, tx, told.userID)
	if err != nil {
		return err
	}
	now := n.Clock.Now() // all copies are of one moment
	for _, c := range told.copies {
		if err := n.keep(ctx, tx, c, hash, now); err != nil {
			return err
		}
		if err := n.Mail.Send(ctx, tx, c.mail); err != nil {
			return err
		}
	}
	return nil
}

func (n *Notices) keep(ctx context.Context, tx *db.Tx, c written, hash string, now time.Time) error {
	id := ids.New(ids.RevertKey, now)
	address := n.Keys.Seal([]byte(c.email.Address), place("address", id))
	password := n.Keys.Seal([]byte(hash), place("password", id))
	if _, err := insert.Run(ctx, tx, id, c.email.UserID, address, c.email.IsPrimary, password, now, now.Add(Life)); err != nil {
		return err
	}
	return n.Once.KeepLink(ctx, tx, Purpose, id, c.link, Life)
}

// place is where a sealed column may be opened.
func place(column, id string) string { return "revert_keys|" + column + "|" + id }
