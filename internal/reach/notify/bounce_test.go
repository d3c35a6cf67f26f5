package notify_test

import (
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
)

func TestAMailThatComesBackIsKeptAndShown(t *testing.T) {
	for name, start := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post := apptest.StartPost(t)
			s := start(t, apptest.Posting(post))
			comesBack(t, s, post)
		})
	}
}

func comesBack(t *testing.T, s *apptest.Server, post *apptest.Post) {
	d := open(t, s)
	owner, agent := d.owner, d.agent
	wants(agent, "assigned_message")
	post.Refuse(agent.Address, true)
	event := d.tell(d.message(nil))
	d.decided(agent, event, "dropped no_page, held mail_delay, dropped no_device")
	s.Clock.Advance(3 * time.Minute)
	d.decided(agent, event, "dropped no_page, failed bounced, dropped no_device")
	agent.Get("/settings/security").Want(200).Contains("Mails come back since")
	if m := owner.Get("/v1/orgs/" + d.org + "/members/" + agent.ID).Want(200).Map(); m["email_bounced_at"] == nil {
		t.Errorf("%v", m)
	}
	page := s.Enter(owner.ID, session.Full).Get("/settings/members/" + agent.ID).Want(200).Contains("Mails come back").Page()
	if !strings.Contains(page, "550") {
		t.Error("the page does not say why")
	}
	// One that arrives ends it.
	post.Refuse(agent.Address, false)
	event = d.tell(d.message(nil))
	d.decided(agent, event, "dropped no_page, held mail_delay, dropped no_device")
	s.Clock.Advance(3 * time.Minute)
	d.decided(agent, event, "dropped no_page, sent wanted, dropped no_device")
	s.Settle(func() bool { return !strings.Contains(agent.Get("/settings/security").Page(), "Mails come back") })
}

func TestAMailServerThatHangsUpLosesNoMailAndGetsNoneTwice(t *testing.T) {
	post := apptest.StartPost(t)
	s := apptest.OnSQLite(t, apptest.Posting(post))
	d := open(t, s)
	wants(d.agent, "assigned_message")
	cut := 0
	post.Cut(func(string) bool { cut++; return cut <= 2 })
	event := d.tell(d.message(nil))
	d.decided(d.agent, event, "dropped no_page, held mail_delay, dropped no_device")
	s.Clock.Advance(3 * time.Minute)
	s.Settle(func() bool {
		s.Clock.Advance(20 * time.Second)
		return len(post.Taken(d.agent.Address)) > 0
	})
	s.Clock.Advance(2 * time.Hour)
	d.decided(d.agent, event, "dropped no_page, sent wanted, dropped no_device")
	if all := post.Taken(d.agent.Address); len(all) != 1 || cut != 3 {
		t.Errorf("%d mails arrived, in %d tries", len(all), cut)
	}
}
