package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
)

// mailKind is what mails of notifications are.
const mailKind = "notification"

// told is whom a mail tells of which events.
type told struct {
	Organization, User string
	Events             []string
}

// reference is what comes back with the end of a mail.
func (b bundle) reference(m identity.Membership) string {
	t := told{Organization: m.OrganizationID, User: m.UserID}
	for _, r := range b.rows {
		t.Events = append(t.Events, r.Event)
	}
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings always have a form in JSON
	}
	return string(text)
}

// Mailed notes in the ledger that a mail was refused for good.
func (s *Service) Mailed(ctx context.Context, tx *db.Tx, e mail.End) error {
	if e.Kind != mailKind || e.Refused == "" || e.Ref == "" {
		return nil
	}
	var t told
	if err := json.Unmarshal([]byte(e.Ref), &t); err != nil {
		return fmt.Errorf("the mail names no events: %w", err)
	}
	rule := MailRefused
	if e.Recipient {
		rule = Bounced
	}
	for _, event := range t.Events {
		if _, err := revise.Run(ctx, tx, t.Organization, t.User, event, Email, Failed, rule, moment(time.Time{}), s.Clock.Now()); err != nil {
			return err
		}
	}
	return nil
}
