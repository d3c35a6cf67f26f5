package notify

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
)

// content is what a mail tells of one event.
type content struct {
	Kind         Kind
	Conversation Conversation
	Actor        string
	Text         string
}

// place is where a content may be unsealed.
func place(id string) string { return "notification_mails|content|" + id }

func moment(t time.Time) sql.Null[time.Time] { return sql.Null[time.Time]{V: t, Valid: !t.IsZero()} }

// wait keeps what a mail is to tell, until it is due.
func (s *Service) wait(ctx context.Context, tx *db.Tx, organizationID, userID string, e Event, d Decision, due time.Time) error {
	c := content{d.Kind, e.Conversation, "", e.MessageText}
	var err error
	if c.Actor, err = actor(ctx, tx, e); err != nil {
		return err
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	id := ids.New(ids.Mail, s.Clock.Now())
	if _, err := holdMail.Run(ctx, tx, id, organizationID, userID, e.ID, e.Conversation.ID, s.Keys.Seal(plain, place(id)), e.OccurredAt, due,
		d.Rule != MailDelay); err != nil {
		return err
	}
	return s.Queue.InsertAt(ctx, tx, due, mailing{organizationID, userID})
}

// actor is the name of whoever has done it, as others may see it.
func actor(ctx context.Context, q db.Q, e Event) (string, error) {
	if e.ActorUser == "" || e.ActorName != "" {
		return e.ActorName, nil
	}
	u, err := identity.Get(ctx, q, e.ActorUser)
	if errors.Is(err, identity.ErrNoUser) {
		return "", nil
	}
	return identity.ShownName(u, identity.AudiencesOf(u)), err
}

// bundle is what goes out in one mail.
type bundle struct {
	rows []waiting
	said []content
}

// errMoved means that what was to be sent has changed while it was written.
var errMoved = errors.New("notify: what waits has changed meanwhile")

// deliver sends what is due for a person: a mail for each conversation, with
// all that waits there, and one digest of what was held back. It may run again.
func (s *Service) deliver(ctx context.Context, organizationID, userID string) (err error) {
	for range attempts {
		if err = s.deliverOnce(ctx, organizationID, userID); !errors.Is(err, errMoved) {
			break
		}
	}
	return err
}

func (s *Service) deliverOnce(ctx context.Context, organizationID, userID string) error {
	m, err := identity.MemberOf(ctx, s.DB, organizationID, userID)
	if errors.Is(err, identity.ErrNoMember) {
		return nil // and what waited is gone with the membership
	}
	if err != nil {
		return err
	}
	rows, err := waitingFor.All(ctx, s.DB, organizationID, userID)
	if err != nil || len(rows) == 0 {
		return err
	}
	now := s.Clock.Now()
	user, err := identity.Get(ctx, s.DB, userID)
	if err != nil || user.State != identity.Active {
		return err
	}
	hold, err := s.holds(ctx, organizationID, user)
	if err != nil {
		return err
	}
	if rule, until := hold.hold(); rule != "" {
		return s.holdBack(ctx, m, rows, rule, until)
	}
	for _, b := range due(rows, now) {
		if err := s.send(ctx, m, user, hold.Settings, b); err != nil {
			return err
		}
	}
	return nil
}

// due sorts what is due into mails.
func due(rows []waiting, now time.Time) (all []bundle) {
	var digest bundle
	for _, r := range rows {
		if r.Held && !r.DueAt.After(now) {
			digest.rows = append(digest.rows, r)
		}
	}
	if len(digest.rows) > 0 {
		all = append(all, digest)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Held || r.DueAt.After(now) || seen[r.Conversation] {
			continue
		}
		seen[r.Conversation] = true
		var b bundle
		for _, o := range rows {
			if !o.Held && o.Conversation == r.Conversation {
				b.rows = append(b.rows, o)
			}
		}
		all = append(all, b)
	}
	return all
}

// holdBack keeps what is due until focus or quiet hours end.
func (s *Service) holdBack(ctx context.Context, m identity.Membership, rows []waiting, rule string, until time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now, moved := s.Clock.Now(), false
		for _, r := range rows {
			if r.DueAt.After(now) {
				continue
			}
			moved = true
			if _, err := postpone.Run(ctx, tx, r.ID, until); err != nil {
				return err
			}
			if _, err := revise.Run(ctx, tx, m.OrganizationID, m.UserID, r.Event, Email, Held, rule, moment(until), now); err != nil {
				return err
			}
		}
		if !moved {
			return nil
		}
		return s.Queue.InsertAt(ctx, tx, until, mailing{m.OrganizationID, m.UserID})
	})
}

// send writes one mail and sends it, if all of it still waits.
func (s *Service) send(ctx context.Context, m identity.Membership, user identity.User, set Settings, b bundle) error {
	for _, r := range b.rows {
		plain, err := s.Keys.Open(r.Content, place(r.ID))
		if err != nil {
			return err
		}
		var c content
		if err := json.Unmarshal(plain, &c); err != nil {
			return err
		}
		b.said = append(b.said, c)
	}
	to, err := identity.PrimaryEmail(ctx, s.DB, user.ID)
	if err != nil {
		return err
	}
	if user.Locale != "" {
		ctx = i18n.With(ctx, user.Locale)
	}
	letter := s.letter(ctx, m, set, b)
	letter.Kind, letter.To, letter.Ref = mailKind, to.Address, b.reference(m)
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, r := range b.rows {
			n, err := dropMail.Run(ctx, tx, r.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				return errMoved // it was read, or another run has sent it: look again
			}
			if _, err := revise.Run(ctx, tx, m.OrganizationID, m.UserID, r.Event, Email, Sent, Wanted, moment(time.Time{}), s.Clock.Now()); err != nil {
				return err
			}
		}
		return s.Mail.Send(ctx, tx, letter)
	})
}

// letter is the mail about a conversation, or the digest of several.
func (s *Service) letter(ctx context.Context, m identity.Membership, set Settings, b bundle) mail.Message {
	l := mail.Letter{Subject: i18n.T(ctx, "notify.mail_waits", "Organization", m.OrganizationName)}
	last := b.said[len(b.said)-1]
	one := !slices.ContainsFunc(b.said, func(c content) bool { return c.Conversation.ID != last.Conversation.ID })
	switch {
	case set.HideContent:
		l.Paragraphs = []string{i18n.T(ctx, "notify.mail_hidden", "Count", len(b.said))}
	case one:
		if last.Conversation.Title != "" {
			l.Subject = mail.Snippet(last.Conversation.Title)
		}
		for _, c := range b.said {
			l.Paragraphs = append(l.Paragraphs, c.words(ctx))
		}
	default:
		l.Subject = i18n.T(ctx, "notify.mail_digest", "Count", len(b.said))
		for _, c := range b.said {
			l.Paragraphs = append(l.Paragraphs, i18n.T(ctx, "notify.mail_in", "Conversation", c.title(), "Words", c.words(ctx)))
		}
	}
	if one && last.Conversation.URL != "" {
		l.Action = &mail.Action{Label: i18n.T(ctx, "notify.mail_open"), URL: last.Conversation.URL}
	} else {
		l.Action = &mail.Action{Label: i18n.T(ctx, "notify.mail_why"), URL: s.URL.JoinPath(path).String()}
	}
	stop := s.URL.JoinPath(unsubscribePath).String() + "?token=" + s.token(m.OrganizationID, m.UserID)
	l.Closing = []string{i18n.T(ctx, "notify.mail_stop", "Address", stop)}
	msg := l.Render(ctx)
	msg.Headers = map[string]string{
		"List-Unsubscribe": "<" + stop + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
	}
	if one {
		thread := s.thread(m, last.Conversation.ID)
		msg.Headers["References"], msg.Headers["In-Reply-To"] = thread, thread
	}
	return msg
}

// thread is what all mails about a conversation to a person refer to, so that
// readers of mail put them together.
func (s *Service) thread(m identity.Membership, conversation string) string {
	mac := s.Keys.MAC("mail thread", []byte(m.OrganizationID+" "+m.UserID+" "+conversation))
	return "<" + base64.RawURLEncoding.EncodeToString(mac[:18]) + "@" + s.URL.Hostname() + ">"
}

func (c content) title() string {
	if c.Conversation.Title == "" {
		return c.Conversation.ID
	}
	return mail.Snippet(c.Conversation.Title)
}

// words say what has happened.
func (c content) words(ctx context.Context) string {
	words := i18n.T(ctx, "notify.happened."+string(c.Kind))
	if c.Actor != "" {
		words = i18n.T(ctx, "notify.mail_by", "Words", words, "Actor", c.Actor)
	}
	if c.Text != "" {
		words += ": " + strings.TrimSpace(c.Text)
	}
	return words
}

// ErrToken means that the link of a mail is none of ours.
var ErrToken = errs.New(errs.Invalid, "invalid_token").On("token")

// token is what ends the mails of an organization to a person. It stays good:
// it can do nothing else, and mails are old when they are tidied up.
func (s *Service) token(organizationID, userID string) string {
	about := organizationID + "." + userID
	return about + "." + base64.RawURLEncoding.EncodeToString(s.Keys.MAC("unsubscribe", []byte(about)))
}

// ours reports whether the server, with its present key or one before, has made
// the mark of a link.
func (s *Service) ours(about string, mark []byte) bool {
	return slices.ContainsFunc(s.Keys.MACs("unsubscribe", []byte(about)), func(mac []byte) bool { return hmac.Equal(mac, mark) })
}

// Subscription is whom the link of a mail is about. It returns ErrToken, also
// for somebody who has left.
func (s *Service) Subscription(ctx context.Context, q db.Q, token string) (identity.Membership, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return identity.Membership{}, ErrToken
	}
	given, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !s.ours(parts[0]+"."+parts[1], given) {
		return identity.Membership{}, ErrToken
	}
	m, err := identity.MemberOf(ctx, q, parts[0], parts[1])
	if errors.Is(err, identity.ErrNoMember) {
		err = ErrToken
	}
	return m, err
}

// Unsubscribe ends the mails of an organization to whom the link of one is
// about.
func (s *Service) Unsubscribe(ctx context.Context, actor identity.Actor, token string) (identity.Membership, error) {
	m, err := s.Subscription(ctx, s.DB, token)
	if err != nil {
		return m, err
	}
	actor.UserID, actor.Membership = m.UserID, m
	none := []Kind{}
	return m, s.DB.Tx(ctx, func(tx *db.Tx) error {
		after, err := s.settings(ctx, tx, m.OrganizationID, m.UserID)
		if err != nil {
			return err
		}
		changed, err := Patch{Email: &none}.lay(&after)
		if err != nil || len(changed) == 0 {
			return err
		}
		_, err = s.keep(ctx, tx, actor, m, after, changed)
		return err
	})
}
