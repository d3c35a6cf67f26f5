package mail

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

// Mailer sends mails. All its fields but From and SMTP must be set, and
// [Mailer.Register] called.
type Mailer struct {
	DB     *db.DB
	Keys   *secret.Keys
	Clock  clock.Clock
	Log    *slog.Logger
	Queue  *jobs.Queue
	Limits *limit.Limiter
	Host   string  // of the base URL, without port
	From   string  // as [ParseFrom] takes it; empty: Nameplate <nameplate@host>
	SMTP   *Server // nil: mails stay in the outbox

	// Ended hears how each mail ended, in the transaction that writes it down.
	// Nil tells nobody.
	Ended func(ctx context.Context, tx *db.Tx, e End) error
}

// End is how a mail ended.
type End struct {
	Kind, Ref, To string
	Refused       string // why the server will never take it; empty: it has taken it
	Recipient     bool   // it refused the address, and not the contents
}

// Register tells the queue how mails are delivered. Call it before the queue
// runs.
func (m *Mailer) Register() { jobs.Handle(m.Queue, m.deliver) }

// Send stores msg in tx, to be sent after the commit. Render it before the
// transaction. It returns [ErrAddress] if To or ReplyTo is none. A mail that
// strangers cause too often is dropped, which is not an error.
func (m *Mailer) Send(ctx context.Context, tx *db.Tx, msg Message) error {
	msg, err := checked(msg)
	if err != nil {
		return err
	}
	if msg.Stranger {
		if err := m.spend(ctx, tx, msg); errors.Is(err, limit.ErrThrottled) {
			m.Log.Info("a mail was dropped: too many to its recipient within the hour", "kind", msg.Kind)
			return nil
		} else if err != nil {
			return err
		}
	}
	plain, err := json.Marshal(msg)
	if err != nil {
		return err
	}
	now := m.Clock.Now()
	id := ids.New(ids.Mail, now)
	to := hex.EncodeToString(m.Keys.MAC(recipient, folded(msg.To)))
	if _, err := insert.Run(ctx, tx, id, msg.Kind, to, m.Keys.Seal(plain, place(id)), now); err != nil {
		return err
	}
	if m.SMTP == nil {
		return nil
	}
	return m.Queue.Insert(ctx, tx, delivery{id})
}

// recipient is what the HMAC of an address is for.
const recipient = "mail recipient"

// folded is the address as it is counted and found: mailboxes that differ in
// case alone are one.
func folded(address string) []byte { return []byte(strings.ToLower(address)) }

// place is where a mail may be unsealed.
func place(id string) string { return "mails|message|" + id }

// What strangers may cause: mails to a recipient, of one kind and in all.
var (
	alike = limit.Declare("mail-of-a-kind", 5, time.Hour)
	mails = limit.Declare("mail", 10, time.Hour)
)

// spend takes one from what strangers may cause.
func (m *Mailer) spend(ctx context.Context, tx *db.Tx, msg Message) error {
	to := string(folded(msg.To))
	if err := m.Limits.TakeIn(ctx, tx, alike, msg.Kind+" "+to); err != nil {
		return err
	}
	return m.Limits.TakeIn(ctx, tx, mails, to)
}
