package notify_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/mail"
)

type fields = map[string]any

// desk is an organization with two agents, and an owner whose platform tells
// what happens.
type desk struct {
	t                  *testing.T
	s                  *apptest.Server
	org                string
	owner, agent, mate apptest.Somebody
	sent               int
}

func open(t *testing.T, s *apptest.Server) *desk {
	org := s.Organization("Halden")
	member := func(name string, role identity.Role) apptest.Somebody {
		return s.Member(name+"@halden.example", org, role)
	}
	return &desk{t: t, s: s, org: org, owner: member("owner", identity.Owner), agent: member("agent", identity.Agent), mate: member("mate", identity.Agent)}
}

const settings = "/v1/me/notifications"

// message is one to the agent, from a customer.
func (d *desk) message(more fields) fields {
	d.sent++
	e := fields{
		"id": fmt.Sprint("e", d.sent), "type": "message.created", "occurred_at": d.s.Clock.Now(), "assignee": d.agent.ID,
		"conversation": fields{"id": "4812", "title": "Heat pump is cold", "url": "https://desk.example/c/4812"},
		"actor":        fields{"name": "Jonas Weber"}, "message": fields{"id": "m1", "text": "Still cold here."},
	}
	for name, value := range more {
		e[name] = value
	}
	return e
}

// tell sends an event and returns its id.
func (d *desk) tell(e fields) string {
	d.owner.JSON(http.MethodPost, "/v1/orgs/"+d.org+"/events", e).Want(202)
	return e["id"].(string)
}

// decided waits until this was decided for somebody: for sound, mail and push.
func (d *desk) decided(who apptest.Somebody, event, want string) {
	d.t.Helper()
	got := ""
	defer func() {
		if got != want {
			d.t.Errorf("%s: %s, want %s", event, got, want)
		}
	}()
	d.s.Settle(func() bool {
		got = decisions(who.Get(settings + "/decisions?event=" + event).Want(200))
		return got == want
	})
}

func decisions(a apptest.Answer) string {
	var out struct {
		Items []struct{ Channel, Outcome, Rule, Explanation, Kind string }
	}
	a.To(&out)
	var all []string
	for _, i := range out.Items {
		if i.Explanation == "" || strings.Contains(i.Explanation, "notify.") {
			return "without an explanation: " + i.Rule
		}
		all = append(all, i.Outcome+" "+i.Rule)
	}
	return strings.Join(all, ", ")
}

// wants makes mails for every event that concerns somebody.
func wants(who apptest.Somebody, kinds ...string) {
	who.JSON(http.MethodPatch, settings, fields{"email": kinds}).Want(200)
}

// letters are the notifications that somebody got.
func (d *desk) letters(who apptest.Somebody) (all []mail.Message) {
	for _, m := range d.s.Letters(who.Address) {
		if m.Kind == "notification" {
			all = append(all, m)
		}
	}
	return all
}

func TestSettingsAreSavedByField(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		first := d.agent.Get(settings).Want(200)
		if m := first.Map(); m["audio"].(fields)["mode"] != "mine" || fmt.Sprint(m["email"]) != "[conversation_assigned mention]" {
			t.Errorf("at first %v", m)
		}
		quiet := fields{"time_zone": "Europe/Oslo", "days": fields{"monday": fields{"from": "18:00", "to": "07:00"}}}
		m := d.agent.JSON(http.MethodPatch, settings, fields{
			"audio": fields{"mode": "all", "volume": 20, "tone": "drops", "only_when_hidden": false, "repeat": true},
			"email": []string{"mention", "conversation_created", "mention"}, "push": []string{}, "hide_content": true, "quiet_hours": quiet,
		}).Want(200).Map()
		if a := m["audio"].(fields); a["mode"] != "all" || a["volume"] != 20.0 || a["tone"] != "drops" || a["only_when_hidden"] != false || a["repeat"] != true {
			t.Errorf("%v", m)
		}
		if fmt.Sprint(m["email"]) != "[conversation_created mention]" || fmt.Sprint(m["push"]) != "[]" || m["hide_content"] != true || fmt.Sprint(m["quiet_hours"]) != fmt.Sprint(quiet) {
			t.Errorf("%v", m)
		}
		d.agent.JSON(http.MethodPatch, settings, fields{"quiet_hours": nil, "email": nil}).Want(200)
		if m := d.agent.Get(settings).Map(); len(m["quiet_hours"].(fields)["days"].(fields)) != 0 || fmt.Sprint(m["email"]) != "[conversation_assigned mention]" || fmt.Sprint(m["push"]) != "[]" {
			t.Errorf("null does not go back: %v", m)
		}
		with := d.agent.Copy()
		with.Header.Set("If-Match", first.Header.Get("ETag"))
		with.JSON(http.MethodPatch, settings, fields{"hide_content": false}).Refused(412, "precondition_failed")
		before := s.Rows()
		for field, wrong := range map[string]fields{
			"audio.mode": {"audio": fields{"mode": "loud"}}, "audio.volume": {"audio": fields{"volume": 101}}, "email": {"email": []string{"everything"}},
			"push": {"push": []string{"x"}}, "quiet_hours.time_zone": {"quiet_hours": fields{"time_zone": "Mars"}},
			"quiet_hours.days":        {"quiet_hours": fields{"days": fields{"payday": fields{"from": "18:00", "to": "07:00"}}}},
			"quiet_hours.days.monday": {"quiet_hours": fields{"days": fields{"monday": fields{"from": "6pm", "to": "07:00"}}}},
		} {
			d.agent.JSON(http.MethodPatch, settings, wrong).Refused(422, "validation_failed", field)
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		s.Member("alone@example.com", "", "").Get(settings).Want(404)
	})
}

func TestAnEventIsTakenOnceAndWrongOnesAreToldOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		path := "/v1/orgs/" + d.org + "/events"
		e := d.message(nil)
		if m := d.owner.JSON(http.MethodPost, path, e).Want(202).Map(); m["id"] != "e1" || m["duplicate"] != false {
			t.Errorf("%v", m)
		}
		if m := d.owner.JSON(http.MethodPost, path, e).Want(202).Map(); m["duplicate"] != true {
			t.Errorf("%v", m)
		}
		wrong := d.message(fields{"type": "conversation.exploded", "conversation": fields{"id": "1", "url": "javascript:alert(1)"}})
		items := d.owner.JSON(http.MethodPost, path, fields{"events": []any{e, d.message(nil), wrong}}).Want(202).Map()["items"].([]any)
		if items[0].(fields)["duplicate"] != true || items[1].(fields)["duplicate"] != false || len(items[2].(fields)["errors"].([]any)) != 2 || items[2].(fields)["duplicate"] != nil {
			t.Errorf("%v", items)
		}
		d.owner.JSON(http.MethodPost, path, wrong).Refused(422, "validation_failed", "type", "conversation.url")
		for field, change := range map[string]fields{
			"id": {"id": strings.Repeat("x", 129)}, "occurred_at": {"occurred_at": s.Clock.Now().Add(2 * time.Hour)}, "sla": {"type": "sla.missed"},
			"reader": {"type": "conversation.read"}, "assignee": {"assignee": "me"}, "conversation.id": {"conversation": fields{"title": "x"}},
		} {
			d.owner.JSON(http.MethodPost, path, d.message(change)).Refused(422, "validation_failed", field)
		}
		d.owner.JSON(http.MethodPost, path, fields{"events": []any{}}).Refused(422, "validation_failed", "events")
		d.agent.JSON(http.MethodPost, path, e).Refused(403, "forbidden")
	})
}

func TestAMailWaitsAndIsDroppedWhenTheMessageIsRead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "assigned_message")
		first := d.tell(d.message(nil))
		d.decided(d.agent, first, "dropped no_page, held mail_delay, dropped no_device")
		s.Clock.Advance(time.Minute)
		d.tell(fields{"id": "read", "type": "conversation.read", "occurred_at": s.Clock.Now(), "conversation": fields{"id": "4812"}, "reader": d.agent.ID})
		d.decided(d.agent, first, "dropped no_page, dropped read, dropped no_device")
		late := d.message(fields{"occurred_at": s.Clock.Now().Add(-30 * time.Second)})
		d.decided(d.agent, d.tell(late), "dropped read, dropped read, dropped read")
		s.Clock.Advance(time.Hour)
		last := d.tell(d.message(nil))
		d.decided(d.agent, last, "dropped no_page, held mail_delay, dropped no_device")
		s.Clock.Advance(2 * time.Minute)
		d.decided(d.agent, last, "dropped no_page, sent wanted, dropped no_device")
		if all := d.letters(d.agent); len(all) != 1 {
			t.Errorf("%d mails", len(all))
		}
	})
}

func TestSeveralMessagesOfAConversationAreOneMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "assigned_message")
		first := d.tell(d.message(nil))
		d.decided(d.agent, first, "dropped no_page, held mail_delay, dropped no_device")
		s.Clock.Advance(time.Minute)
		second := d.tell(d.message(fields{"message": fields{"text": "Hello?"}}))
		other := d.tell(d.message(fields{"conversation": fields{"id": "77", "title": "Invoice"}}))
		d.decided(d.agent, other, "dropped no_page, held mail_delay, dropped no_device")
		s.Clock.Advance(time.Minute)
		d.decided(d.agent, second, "dropped no_page, sent wanted, dropped no_device")
		all := d.letters(d.agent)
		if len(all) != 1 {
			t.Fatalf("%d mails", len(all))
		}
		m := all[0]
		if m.Subject != "Heat pump is cold" || !strings.Contains(m.Text, "Still cold here.") || !strings.Contains(m.Text, "Hello?") || !strings.Contains(m.Text, "https://desk.example/c/4812") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		if m.Headers["References"] == "" || m.Headers["References"] != m.Headers["In-Reply-To"] || m.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
			t.Errorf("%v", m.Headers)
		}
		s.Clock.Advance(time.Minute)
		d.decided(d.agent, other, "dropped no_page, sent wanted, dropped no_device")
		if all := d.letters(d.agent); len(all) != 2 || all[0].Headers["References"] == all[1].Headers["References"] {
			t.Errorf("another conversation is another thread: %d", len(all))
		}
	})
}

func TestFocusHoldsMailsForOneDigest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "assigned_message")
		begun := d.tell(d.message(nil))
		d.decided(d.agent, begun, "dropped no_page, held mail_delay, dropped no_device")
		d.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": s.Clock.Now().Add(3 * time.Hour)}).Want(200)
		during := d.tell(d.message(fields{"conversation": fields{"id": "77", "title": "Invoice"}}))
		d.decided(d.agent, during, "dropped focus, held focus, dropped no_device")
		s.Clock.Advance(2 * time.Minute) // the first one would be due
		d.decided(d.agent, begun, "dropped no_page, held focus, dropped no_device")
		if all := d.letters(d.agent); len(all) != 0 {
			t.Fatalf("%d mails in focus", len(all))
		}
		d.agent.Delete("/v1/me/focus").Want(204)
		d.decided(d.agent, begun, "dropped no_page, sent wanted, dropped no_device")
		d.decided(d.agent, during, "dropped focus, sent wanted, dropped no_device")
		all := d.letters(d.agent)
		if len(all) != 1 || !strings.Contains(all[0].Text, "Heat pump is cold") || !strings.Contains(all[0].Text, "Invoice") {
			t.Fatalf("%d mails: %v", len(all), all)
		}
	})
}

func TestQuietHoursHoldMailsUntilTheyEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "assigned_message")
		d.agent.JSON(http.MethodPatch, settings, fields{"quiet_hours": fields{"days": fields{"monday": fields{"from": "09:00", "to": "11:00"}}}}).Want(200)
		id := d.tell(d.message(nil)) // at half past nine
		d.decided(d.agent, id, "dropped quiet_hours, held quiet_hours, dropped no_device")
		d.agent.Get(settings + "/decisions?event=" + id).Contains("23 November 2026, 11:00")
		s.Clock.Advance(90 * time.Minute)
		d.decided(d.agent, id, "dropped quiet_hours, sent wanted, dropped no_device")
	})
}

func TestTheLedgerKnowsOfEverybodyWhyNothingCame(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent)
		d.decided(d.agent, d.tell(d.message(nil)), "dropped no_page, dropped not_wanted, dropped no_device")
		d.decided(d.agent, d.tell(d.message(fields{"actor": fields{"user": d.agent.ID}})), "dropped own_act, dropped own_act, dropped own_act")
		d.decided(d.agent, d.tell(d.message(fields{"occurred_at": s.Clock.Now().Add(-25 * time.Hour)})), "dropped too_old, dropped too_old, dropped too_old")
		id := d.tell(d.message(nil))
		d.decided(d.mate, id, "dropped not_concerned, dropped not_concerned, dropped not_concerned")
		if items := d.agent.Get(settings + "/decisions?event=none").Want(200).Map()["items"].([]any); len(items) != 0 {
			t.Errorf("%v", items)
		}
		stranger := s.Member("mal@example.com", s.Organization("Theirs"), identity.Owner)
		if items := stranger.Get(settings + "/decisions?event=" + id).Want(200).Map()["items"].([]any); len(items) != 0 {
			t.Errorf("somebody elsewhere reads %v", items)
		}
		page := d.agent.Get("/settings/notifications").Want(200)
		page.Contains("Why did it ring?").Contains("New message in mine").Contains("You did this yourself")
	})
}

func TestTheSimulatorSaysWhatHappens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "mention", "sla_resolution")
		d.agent.JSON(http.MethodPatch, settings, fields{"quiet_hours": fields{"days": fields{"sunday": fields{"from": "00:00", "to": "24:00"}}}}).Want(200)
		before := s.Rows()
		ask := func(body fields) string {
			return decisions(d.agent.JSON(http.MethodPost, settings+"/simulate", body).Want(200))
		}
		for _, c := range []struct {
			body fields
			want string
		}{
			{fields{"type": "message.created", "role": "mentioned", "at": s.Clock.Now()}, "sent wanted, sent wanted, dropped no_device"},
			{fields{"type": "message.created", "role": "participant", "at": s.Clock.Now()}, "dropped sounds_others, dropped not_wanted, dropped not_wanted"},
			{fields{"type": "message.created", "role": "none", "at": s.Clock.Now()}, "dropped sounds_others, dropped not_concerned, dropped not_concerned"},
			{fields{"type": "message.created", "role": "mentioned", "at": "2026-11-29T12:00:00Z"}, "dropped quiet_hours, held quiet_hours, dropped no_device"},
			{fields{"type": "sla.missed", "sla": "resolution", "role": "assignee", "at": s.Clock.Now()}, "sent wanted, sent wanted, dropped not_wanted"},
		} {
			if got := ask(c.body); got != c.want {
				t.Errorf("%v: %s, want %s", c.body, got, c.want)
			}
		}
		d.agent.JSON(http.MethodPost, settings+"/simulate", fields{"type": "conversation.read", "role": "boss", "at": s.Clock.Now()}).Refused(422, "validation_failed", "type", "role")
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
		d.agent.Get("/settings/notifications?kind=mention&at=2026-11-29T12:00").Want(200).Contains("Your quiet hours")
	})
}

var inMail = regexp.MustCompile(`http://\S+/unsubscribe\?token=\S+`)

func TestAMailIsEndedWithOneClick(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		wants(d.agent, "assigned_message")
		d.agent.JSON(http.MethodPatch, settings, fields{"hide_content": true}).Want(200)
		id := d.tell(d.message(nil))
		d.decided(d.agent, id, "dropped no_page, held mail_delay, dropped no_device")
		s.Clock.Advance(2 * time.Minute)
		d.decided(d.agent, id, "dropped no_page, sent wanted, dropped no_device")
		m := d.letters(d.agent)[0]
		if strings.Contains(m.Text+m.Subject, "Heat pump") || strings.Contains(m.Text, "Still cold") {
			t.Errorf("what is hidden is in the mail: %s", m.Text)
		}
		link, err := url.Parse(inMail.FindString(m.Text))
		if err != nil || m.Headers["List-Unsubscribe"] != "<"+link.String()+">" {
			t.Fatal(m.Headers, err)
		}
		path := link.RequestURI()
		s.Browser().Get(path).Want(200).Contains("Halden")
		if got := fmt.Sprint(d.agent.Get(settings).Map()["email"]); got != "[assigned_message]" {
			t.Errorf("looking ends it: %s", got)
		}
		for _, wrong := range []string{path + "x", "/unsubscribe", "/unsubscribe?token=a.b.c", strings.Replace(path, d.agent.ID, d.mate.ID, 1)} {
			s.Browser().Get(wrong).Want(422)
			s.Browser().Form(wrong, "List-Unsubscribe", "One-Click").Want(422)
		}
		s.Browser().Form(path, "List-Unsubscribe", "One-Click").Want(200)
		s.Browser().Form(path, "List-Unsubscribe", "One-Click").Want(200)
		if got := fmt.Sprint(d.agent.Get(settings).Map()["email"]); got != "[]" {
			t.Errorf("still %s", got)
		}
	})
}

func TestThePageSavesMailAndQuietHours(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		d.agent.Form("/settings/notifications/mail", "email", "mention", "email", "sla_resolution", "hide_content", "on").Want(303)
		d.agent.Form("/settings/notifications/quiet", "time_zone", "Europe/Oslo", "quiet.monday", "on", "from.monday", "18:00", "to.monday", "00:00", "from.tuesday", "18:00").Want(303)
		m := d.agent.Get(settings).Map()
		if fmt.Sprint(m["email"]) != "[mention sla_resolution]" || m["hide_content"] != true || fmt.Sprint(m["quiet_hours"]) != "map[days:map[monday:map[from:18:00 to:00:00]] time_zone:Europe/Oslo]" {
			t.Errorf("%v", m)
		}
		d.agent.Form("/settings/notifications/quiet", "quiet.monday", "on", "from.monday", "", "to.monday", "07:00").Want(422).Contains("Give times such as 18:00")
		d.agent.Form("/settings/notifications/mail", "email", "everything").Want(422)
		d.agent.JSON(http.MethodPatch, "/v1/me/configuration", fields{"first_day_of_week": "sunday", "clock": "12"}).Want(200)
		page := d.agent.Get("/settings/notifications").Want(200).Page()
		if strings.Index(page, "quiet.sunday") > strings.Index(page, "quiet.monday") {
			t.Error("the week does not begin as the person's does")
		}
		if !strings.Contains(page, `value="6:00 PM"`) || !strings.Contains(page, `value="12:00 AM"`) {
			t.Error("the hours are not told by the person's clock")
		}
		d.agent.Form("/settings/notifications/quiet", "quiet.friday", "on", "from.friday", "6:30 pm", "to.friday", "7:00AM").Want(303)
		if got := fmt.Sprint(d.agent.Get(settings).Map()["quiet_hours"].(fields)["days"]); got != "map[friday:map[from:18:30 to:07:00]]" {
			t.Error(got)
		}
	})
}
