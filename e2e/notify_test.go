package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
)

// told has quiet hours and some events in the ledger.
func told(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	days := map[string]any{}
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday"} {
		days[day] = map[string]string{"from": "18:00", "to": "07:00"}
	}
	days["saturday"], days["sunday"] = map[string]string{"from": "00:00", "to": "24:00"}, map[string]string{"from": "00:00", "to": "24:00"}
	p.must(t, http.MethodPatch, "/v1/me/notifications", map[string]any{
		"email": []string{"assigned_message", "mention"}, "quiet_hours": map[string]any{"time_zone": "Europe/Oslo", "days": days},
	}, nil)
	for i, kind := range []string{"message.created", "conversation.assigned"} {
		p.tells(t, map[string]any{"id": fmt.Sprint("e", i), "type": kind, "assignee": p.ID})
	}
	p.ledger(t, "e1")
	return p
}

// tells sends an event of a platform to the person's own organization.
func (p *person) tells(t testing.TB, event map[string]any) {
	t.Helper()
	event["occurred_at"] = clock.System{}.Now().Add(-time.Minute)
	event["conversation"] = map[string]any{"id": "4812", "title": "Heat pump is cold", "url": "https://desk.example/c/4812"}
	event["actor"] = map[string]any{"name": "Jonas Weber"}
	p.must(t, http.MethodPost, "/v1/orgs/"+p.office(t)+"/events", event, nil)
}

// ledger waits for what was decided about an event.
func (p *person) ledger(t testing.TB, event string) {
	t.Helper()
	err := soon(func() error {
		var out struct {
			Items []struct{ Outcome, Rule string }
		}
		if err := p.call(http.MethodGet, "/v1/me/notifications/decisions?event="+event, nil, &out); err != nil {
			return err
		}
		if len(out.Items) != 3 || out.Items[0].Rule == "not_concerned" { // which holds of an event that nobody has looked at yet
			return fmt.Errorf("%d decisions", len(out.Items))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var stopLink = regexp.MustCompile(`http://\S+/unsubscribe\?token=\S+`)

// ending is the page of the link that ends mails.
func ending(b *tab) string {
	b.t.Helper()
	return stopLink.FindString(mailed(b.t))
}

// mailed is the text of a notification that was sent.
func mailed(t testing.TB) (text string) {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.must(t, http.MethodPatch, "/v1/me/notifications", map[string]any{"email": []string{"assigned_message"}}, nil)
	p.tells(t, map[string]any{"id": "e1", "type": "message.created", "assignee": p.ID, "message": map[string]any{"text": "Still cold here."}})
	err := soon(func() (err error) {
		if text, err = p.Server.mail(p.Email); err == nil && !stopLink.MatchString(text) {
			err = fmt.Errorf("no mail about the conversation yet")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestQuietHoursAreSetAndTheLedgerSaysWhy(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Leila Haddad")
	b := as(t, p)
	b.open("/settings/notifications")
	b.sees(en("notify.nothing"))
	b.the("checkbox", en("notify.kind.assigned_message")+": "+en("notify.channel.email")).click()
	b.leaves(b.the("button", en("notify.save_mail")).click)
	b.sees(en("preferences.saved"))
	p.tells(t, map[string]any{"id": "e1", "type": "message.created", "assignee": p.ID})
	p.ledger(t, "e1")
	b.open("/settings/notifications")
	eval[any](b, `document.querySelector(".ledger details").open = true`)
	b.sees(en("notify.kind.assigned_message"), en("notify.rule.no_device"))
	b.leaves(b.the("button", en("notify.try_it")).click)
	b.sees(en("notify.rule.wanted"))
}
