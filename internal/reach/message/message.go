package message

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/sms"
)

// Channels by which a message may go.
const (
	Email    = "email"
	WhatsApp = "whatsapp"
)

// What became of a message.
const (
	Queued = "queued"
	Sent   = "sent" // the mail server, or Twilio, has taken it
	Failed = "failed"
)

const (
	maxID      = 128
	maxSubject = 120
	maxText    = 4000
	keptLife   = 30 * 24 * time.Hour
	// life is how long a message is worth sending on WhatsApp.
	life = 24 * time.Hour

	mailKind = "message"
)

// perPerson is how many messages somebody gets.
var perPerson = limit.Declare("message", 30, 24*time.Hour)

// What can go wrong.
var (
	ErrVoice    = errs.New(errs.Denied, "message_not_its_client")
	ErrEmployee = errs.New(errs.Invalid, "message_employee").On("digital_employee")
	ErrPerson   = errs.New(errs.Invalid, "message_person").On("user")
	ErrChannel  = errs.New(errs.Invalid, "message_channel").On("channel")
	// ErrUnwanted means that the person has not agreed to be written to that way.
	ErrUnwanted = errs.New(errs.Conflict, "message_unwanted")
	// ErrNoWhatsApp means that the instance has no sender there.
	ErrNoWhatsApp = errs.New(errs.Conflict, "message_no_whatsapp")
)

// Service carries messages. Call Register before the queue runs.
type Service struct {
	DB     *db.DB
	Clock  clock.Clock
	Limits *limit.Limiter
	Mail   *mail.Mailer
	Texts  *sms.Sender
	URL    *url.URL

	// Employee is a digital employee of an organization, and whether there is
	// such a one.
	Employee func(ctx context.Context, q db.Q, organizationID, id string) (Employee, bool, error)
	// Wishes are how a user has agreed to be written to.
	Wishes func(ctx context.Context, q db.Q, userID string) (Wishes, error)
}

// Employee is who writes.
type Employee struct{ ID, Name, Organization, ClientID string }

// Wishes are how a person has agreed to be written to.
type Wishes struct {
	Email    bool
	WhatsApp string // the number that was proved and agreed to, E.164; empty: none
}

func (w Wishes) allow(channel string) bool {
	return channel == Email && w.Email || channel == WhatsApp && w.WhatsApp != ""
}

// Message is what is to be sent.
type Message struct {
	ID       string // the sender's, unique in the organization
	Employee string // id of a digital employee
	UserID   string
	Channel  string // empty: the one that the person prefers
	Subject  string // of a mail
	Text     string
}

// Taken is a message that was taken, now or before.
type Taken struct {
	ID        string
	Duplicate bool
	Channel   string
	State     string
	Reason    string // why it failed
}

// Send takes a message once. The same id again answers what became of the
// first. It returns ErrVoice, ErrUnwanted, ErrNoWhatsApp, limit.ErrThrottled, or
// what is wrong, field by field.
func (s *Service) Send(ctx context.Context, actor identity.Actor, m Message) (Taken, error) {
	m, err := m.checked()
	if err != nil {
		return Taken{}, err
	}
	org := actor.Membership.OrganizationID
	from, err := s.speaks(ctx, actor, m.Employee)
	if err != nil {
		return Taken{}, err
	}
	if t, found, err := s.before(ctx, s.DB, org, m.ID); err != nil || found {
		return t, err
	}
	user, err := s.person(ctx, org, m.UserID)
	if err != nil {
		return Taken{}, err
	}
	wishes, err := s.Wishes(ctx, s.DB, user.ID)
	if err != nil {
		return Taken{}, err
	}
	if m.Channel, err = s.way(m.Channel, wishes); err != nil {
		return Taken{}, err
	}
	letter, err := s.letter(ctx, org, user, from, m)
	if err != nil {
		return Taken{}, err
	}
	return s.take(ctx, org, from, m, letter)
}

func (m Message) checked() (_ Message, err error) {
	var faults errs.Fields
	line := func(field, text string, most int, required bool, clean func(string, string, int) (string, error)) string {
		text, wrong := clean(field, text, most)
		if wrong == nil && required && text == "" {
			wrong = identity.ErrTextRequired.On(field)
		}
		if e := faults.Add(wrong); e != nil {
			err = e
		}
		return text
	}
	m.ID = line("id", m.ID, maxID, true, identity.Line)
	m.Employee = line("digital_employee", m.Employee, maxID, true, identity.Line)
	m.UserID = line("user", m.UserID, maxID, true, identity.Line)
	m.Subject = line("subject", m.Subject, maxSubject, false, identity.Line)
	m.Text = line("text", m.Text, maxText, true, identity.Lines)
	if !slices.Contains([]string{"", Email, WhatsApp}, m.Channel) {
		faults = append(faults, ErrChannel)
	}
	if err != nil {
		return m, err
	}
	return m, faults.OrNil()
}

// speaks returns the digital employee if the actor may speak in its name.
func (s *Service) speaks(ctx context.Context, actor identity.Actor, id string) (Employee, error) {
	from, found, err := s.Employee(ctx, s.DB, actor.Membership.OrganizationID, id)
	switch {
	case err != nil:
		return from, err
	case !found && actor.ClientID != "":
		return from, ErrVoice // and no word of which there are
	case !found:
		return from, ErrEmployee
	case actor.ClientID != from.ClientID && !actor.Can(identity.ManageMembers):
		return from, ErrVoice
	}
	return from, nil
}

// person is a member of the organization who is there.
func (s *Service) person(ctx context.Context, organizationID, userID string) (identity.User, error) {
	if _, err := identity.MemberOf(ctx, s.DB, organizationID, userID); err != nil {
		if errs.KindOf(err) == errs.NotFound {
			err = ErrPerson
		}
		return identity.User{}, err
	}
	user, err := identity.Get(ctx, s.DB, userID)
	if err == nil && user.State != identity.Active {
		err = ErrPerson
	}
	return user, err
}

// way is the channel that a message takes.
func (s *Service) way(asked string, w Wishes) (string, error) {
	switch {
	case asked == WhatsApp && w.allow(WhatsApp) && !s.Texts.WhatsApps():
		return "", ErrNoWhatsApp
	case asked != "" && w.allow(asked):
		return asked, nil
	case asked == "" && w.allow(WhatsApp) && s.Texts.WhatsApps():
		return WhatsApp, nil
	case asked == "" && w.allow(Email):
		return Email, nil
	}
	return "", ErrUnwanted
}

// letter is the message as a mail; it is no mail for another channel.
func (s *Service) letter(ctx context.Context, organizationID string, user identity.User, from Employee, m Message) (mail.Message, error) {
	if m.Channel != Email {
		return mail.Message{}, nil
	}
	to, err := identity.PrimaryEmail(ctx, s.DB, user.ID)
	if err != nil {
		return mail.Message{}, err
	}
	if user.Locale != "" {
		ctx = i18n.With(ctx, user.Locale)
	}
	l := mail.Letter{
		Subject: mail.Snippet(m.Subject), Paragraphs: strings.Split(m.Text, "\n"),
		Closing: []string{
			i18n.T(ctx, "message.mail_from", "Name", from.Name, "Organization", from.Organization),
			i18n.T(ctx, "message.mail_stop", "Address", s.URL.JoinPath("/settings/interaction").String()),
		},
	}
	if l.Subject == "" {
		l.Subject = i18n.T(ctx, "message.mail_subject", "Name", mail.Snippet(from.Name))
	}
	msg := l.Render(ctx)
	msg.Kind, msg.To, msg.Ref = mailKind, to.Address, reference(organizationID, m.ID)
	return msg, nil
}

// reference names a message to those who deliver it. An id of an organization
// has no space in it.
func reference(organizationID, id string) string { return organizationID + " " + id }

// take notes a message and hands it over, if nobody has taken it meanwhile.
func (s *Service) take(ctx context.Context, organizationID string, from Employee, m Message, letter mail.Message) (t Taken, err error) {
	now := s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := note.Run(ctx, tx, organizationID, m.ID, from.ID, m.UserID, m.Channel, Queued, now)
		if err != nil {
			return err
		}
		if n == 0 {
			t, _, err = s.before(ctx, tx, organizationID, m.ID)
			return err
		}
		t = Taken{ID: m.ID, Channel: m.Channel, State: Queued}
		wishes, err := s.Wishes(ctx, tx, m.UserID)
		if err != nil {
			return err
		}
		if !wishes.allow(m.Channel) {
			return ErrUnwanted
		}
		if err := s.Limits.TakeIn(ctx, tx, perPerson, m.UserID); err != nil {
			return err
		}
		if m.Channel == Email {
			return s.Mail.Send(ctx, tx, letter)
		}
		return s.Texts.Send(ctx, tx, sms.Text{
			WhatsApp: true, Account: organizationID, To: wishes.WhatsApp, Words: from.Name + " (" + from.Organization + "): " + m.Text, Life: life,
			Ref: reference(organizationID, m.ID),
		})
	})
	return t, err
}

// before is what became of a message that was taken.
func (s *Service) before(ctx context.Context, q db.Q, organizationID, id string) (Taken, bool, error) {
	r, found, err := byID.Maybe(ctx, q, organizationID, id)
	return Taken{ID: id, Duplicate: true, Channel: r.Channel, State: r.State, Reason: r.Reason}, found, err
}

// Mailed notes how the mail of a message ended.
func (s *Service) Mailed(ctx context.Context, tx *db.Tx, e mail.End) error {
	if e.Kind != mailKind {
		return nil
	}
	return s.ended(ctx, tx, e.Ref, e.Refused)
}

// Texted notes how the text of a message ended.
func (s *Service) Texted(ctx context.Context, tx *db.Tx, e sms.End) error {
	return s.ended(ctx, tx, e.Ref, e.Refused)
}

func (s *Service) ended(ctx context.Context, tx *db.Tx, ref, refused string) error {
	organization, id, _ := strings.Cut(ref, " ")
	state := Sent
	if refused != "" {
		state = Failed
	}
	_, err := end.Run(ctx, tx, organization, id, state, refused)
	return err
}

// Sweep forgets messages that are older than they are kept.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-keptLife))
	return err
}
