package sms

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/nyaruka/phonenumbers"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

// The budgets.
var (
	perAccount = limit.Declare("sms-account", 10, 24*time.Hour)
	perPrefix  = limit.Declare("sms-prefix", 20, time.Hour)
	inAll      = limit.Declare("sms", 1000, 24*time.Hour)
	toWhatsApp = limit.Declare("whatsapp", 5000, 24*time.Hour) // of an organization
)

// Text is a text to one phone.
type Text struct {
	WhatsApp bool   // it goes there and not by SMS
	Account  string // id of the user who causes it, or of the organization
	To       string // E.164
	Words    string
	Life     time.Duration // how long it is worth sending
	Ref      string        // what it is about, for whoever hears how it ended; empty: nobody
}

// End is how a text with a Ref ended.
type End struct {
	Ref     string
	Refused string // why it will never be sent, or may not have been; empty: Twilio has taken it
}

// Sender sends texts. All its fields but Server must be set, and
// [Sender.Register] called.
type Sender struct {
	DB     *db.DB
	Keys   *secret.Keys
	Clock  clock.Clock
	Log    *slog.Logger
	Queue  *jobs.Queue
	Limits *limit.Limiter
	Server *Server // nil: none can be sent

	// Ended hears how each text that has a Ref ended, in the transaction that
	// writes it down. Nil tells nobody.
	Ended func(ctx context.Context, tx *db.Tx, e End) error
}

// Register tells the queue how texts are delivered. Call it before the queue
// runs.
func (s *Sender) Register() { jobs.Handle(s.Queue, s.deliver) }

// WhatsApps reports whether texts can be sent to WhatsApp.
func (s *Sender) WhatsApps() bool { return s.Server != nil && s.Server.WhatsApp != "" }

// Ready reports whether SMS can be sent at all.
func (s *Sender) Ready() bool { return s.Server != nil && s.Server.From != "" }

// Send stores a text in tx, to be sent after the commit. It returns
// limit.ErrThrottled where a budget is spent.
func (s *Sender) Send(ctx context.Context, tx *db.Tx, t Text) error {
	if err := s.spend(ctx, tx, t); err != nil {
		return err
	}
	plain, err := json.Marshal(message{t.To, t.Words, t.WhatsApp, t.Ref})
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	id := ids.New(ids.Text, now)
	if _, err := insert.Run(ctx, tx, id, s.Keys.Seal(plain, place(id)), now.Add(t.Life)); err != nil {
		return err
	}
	return s.Queue.Insert(ctx, tx, delivery{id})
}

// Unlock gives an account its texts of the day back. What bounds the cost of
// all accounts stays: a range of numbers, and the whole instance.
func (s *Sender) Unlock(ctx context.Context, tx *db.Tx, account string) error {
	return s.Limits.ClearIn(ctx, tx, perAccount, account)
}

// Sweep removes what is no longer worth sending.
func (s *Sender) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}

// spend takes one from each budget, or none: a refusal ends the transaction.
func (s *Sender) spend(ctx context.Context, tx *db.Tx, t Text) error {
	if t.WhatsApp { // nobody earns by what is sent there
		return s.Limits.TakeIn(ctx, tx, toWhatsApp, t.Account)
	}
	if err := s.Limits.TakeIn(ctx, tx, perAccount, t.Account); err != nil {
		return err
	}
	if err := s.Limits.TakeIn(ctx, tx, perPrefix, prefix(t.To)); err != nil {
		return err
	}
	return s.Limits.TakeIn(ctx, tx, inAll, "instance")
}

// prefix is what all numbers of one range begin with: the country's code, and
// the code of the area or operator where the country has such.
func prefix(e164 string) string {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	whole := phonenumbers.Format(n, phonenumbers.E164)
	subscriber := len(phonenumbers.GetNationalSignificantNumber(n)) - phonenumbers.GetLengthOfNationalDestinationCode(n)
	return whole[:len(whole)-subscriber]
}

// place is where a text may be unsealed.
func place(id string) string { return "texts|message|" + id }
