package stream_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type fields = map[string]any

const (
	path     = "/v1/me/stream"
	settings = "/v1/me/notifications"
)

// desk is an organization with two agents, whose platform tells what happens.
type desk struct {
	t                  *testing.T
	s                  *apptest.Server
	org                string
	owner, agent, mate apptest.Somebody
}

func open(t *testing.T, s *apptest.Server) *desk {
	org := s.Organization("Halden")
	member := func(name string, role identity.Role) apptest.Somebody {
		return s.Member(name+"@halden.example", org, role)
	}
	return &desk{t, s, org, member("owner", identity.Owner), member("agent", identity.Agent), member("mate", identity.Agent)}
}

// tell sends an event about a message to somebody.
func (d *desk) tell(id string, to apptest.Somebody, more ...any) {
	d.t.Helper()
	e := fields{
		"id": id, "type": "message.created", "occurred_at": d.s.Clock.Now(), "assignee": to.ID,
		"conversation": fields{"id": "4812", "title": "Heat pump is cold", "url": "https://desk.example/c/4812"},
		"actor":        fields{"name": "Jonas Weber"}, "message": fields{"id": "m1", "text": "Still cold here."},
	}
	for i := 0; i < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	d.owner.JSON(http.MethodPost, "/v1/orgs/"+d.org+"/events", e).Want(202)
}

// sound waits for what was decided about sound.
func (d *desk) sound(who apptest.Somebody, event, want string) {
	d.t.Helper()
	got := ""
	defer func() {
		if got != want {
			d.t.Errorf("%s: %s, want %s", event, got, want)
		}
	}()
	d.s.Settle(func() bool {
		var out struct {
			Items []struct{ Channel, Outcome, Rule string }
		}
		who.Get(settings + "/decisions?event=" + event).Want(200).To(&out)
		if got = ""; len(out.Items) > 0 {
			got = out.Items[0].Outcome + " " + out.Items[0].Rule
		}
		return got == want
	})
}

// event is one of a stream, taken apart.
type event struct {
	name, id string
	data     fields
}

func next(t *testing.T, st *apptest.Stream) (e event) {
	t.Helper()
	for line := range strings.Lines(st.Next()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	return e
}

// begins opens a stream and takes its first event.
func begins(t *testing.T, b *apptest.Browser, last string) (*apptest.Stream, event) {
	t.Helper()
	b = b.Copy()
	if last != "" {
		b.Header.Set("Last-Event-ID", last)
	}
	st := b.Open(path)
	if st.Status != 200 || !strings.HasPrefix(st.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%d %v", st.Status, st.Header)
	}
	first := next(t, st)
	if first.name != "state" || fmt.Sprint(first.data["changed"]) != "[]" {
		t.Errorf("begins with %v", first)
	}
	return st, first
}

// rings takes the next event, which must be this ring.
func rings(t *testing.T, st *apptest.Stream, id string) event {
	t.Helper()
	e := next(t, st)
	if e.name != "ring" || e.data["event"] != id {
		t.Fatalf("got %v, want the ring of %s", e, id)
	}
	return e
}

func TestWhatRingsIsToldOnceAndInOrderHoweverOftenAPageGoesAway(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		st, first := begins(t, d.agent.Browser, "")
		other, _ := begins(t, d.mate.Browser, "")
		d.tell("e1", d.agent)
		e := rings(t, st, "e1")
		about, sound := e.data["conversation"].(fields), e.data["sound"].(fields)
		if first.id != "0" || e.id != "1" || e.data["kind"] != "assigned_message" || e.data["organization"] != d.org || about["title"] != "Heat pump is cold" ||
			about["url"] != "https://desk.example/c/4812" || sound["tone"] != "bell" || sound["volume"] != 60.0 || sound["only_when_hidden"] != true || sound["repeat"] != false {
			t.Errorf("%v after %v", e, first)
		}
		d.sound(d.agent, "e1", "sent wanted")

		st.Close()
		s.Settle(func() bool { return s.Stream.Pages(d.agent.ID) == 0 })
		d.tell("e1", d.agent) // again, and nobody hears of it
		for _, id := range []string{"e2", "e3"} {
			d.tell(id, d.agent)
			d.sound(d.agent, id, "dropped no_page")
		}
		d.tell("r1", d.agent, "type", "conversation.read", "reader", d.agent.ID)
		d.tell("m1", d.mate)
		st, _ = begins(t, d.agent.Browser, e.id)
		for i, want := range []string{"e2", "e3"} {
			if e := rings(t, st, want); e.id != fmt.Sprint(i+2) {
				t.Errorf("number %s", e.id)
			}
		}
		if e := next(t, st); e.name != "read" || e.id != "4" || e.data["conversation"] != "4812" {
			t.Errorf("got %v", e)
		}
		d.sound(d.agent, "e2", "sent wanted")
		rings(t, other, "m1")

		_, now := begins(t, d.agent.Browser, "")
		_, wrong := begins(t, d.agent.Browser, "999")
		if now.id != "4" || wrong.id != "4" {
			t.Errorf("a page that is new begins at %s, one with the number of somebody else at %s", now.id, wrong.id)
		}
	})
}

func TestWhoeverWantsNoSoundIsToldInSilenceAndInFocusNotAtAll(t *testing.T) {
	s := apptest.OnSQLite(t)
	d := open(t, s)
	d.agent.JSON(http.MethodPatch, settings, fields{"audio": fields{"mode": "none"}}).Want(200)
	st, _ := begins(t, d.agent.Browser, "")
	d.tell("e1", d.agent)
	if e := rings(t, st, "e1"); e.data["sound"] != nil {
		t.Errorf("it sounds: %v", e)
	}
	d.sound(d.agent, "e1", "dropped sounds_off")
	d.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": s.Clock.Now().Add(time.Hour)}).Want(200)
	d.tell("e2", d.agent)
	d.sound(d.agent, "e2", "dropped sounds_off")
	d.agent.Delete("/v1/me/focus").Want(204)
	d.tell("e3", d.agent)
	for {
		if e := next(t, st); e.name != "state" {
			if e.data["event"] != "e3" {
				t.Errorf("focus lets through: %v", e)
			}
			return
		}
	}
}

func TestAChangeOfTheirsIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		st, first := begins(t, d.agent.Browser, "")
		for _, c := range []struct {
			change func()
			want   string
		}{
			{func() { d.agent.JSON(http.MethodPatch, "/v1/me", fields{"bio": "Pumps."}).Want(200) }, "[profile.updated]"},
			{func() { d.agent.JSON(http.MethodPatch, settings, fields{"hide_content": true}).Want(200) }, "[notifications.updated]"},
			{func() {
				d.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"enabled": true, "capacity": 3}).Want(200)
			}, "[availability.changed]"},
			{func() {
				d.owner.JSON(http.MethodPatch, "/v1/orgs/"+d.org+"/policy", fields{"phone_change": "readonly"}).Want(200)
			}, "[policy.updated]"},
		} {
			c.change()
			e := next(t, st)
			got := fmt.Sprint(e.data["changed"])
			if e.name != "state" || !strings.Contains(got, strings.Trim(c.want, "[]")) {
				t.Errorf("%v, want %s", e, c.want)
			}
			if e.data["versions"].(fields)["profile.updated"] == first.data["versions"].(fields)["profile.updated"] {
				t.Error("the version is that of before")
			}
		}
	})
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		d := open(t, s)
		elsewhere := s.Enter(d.agent.ID, "full")
		st, _ := begins(t, elsewhere, "")
		mine, _ := begins(t, d.agent.Browser, "")
		d.agent.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", fields{}).Want(200)
		if e := next(t, st); e.name != "end" {
			t.Errorf("got %v", e)
		}
		if st.Next() != "" {
			t.Error("it goes on")
		}
		d.tell("e1", d.agent)
		rings(t, mine, "e1")
		d.owner.Delete("/v1/orgs/" + d.org + "/members/" + d.agent.ID).Want(204)
		if left := s.Rows()["signals"]; len(left) > 0 {
			t.Errorf("signals of an organization that the person has left: %v", left)
		}
	})
}

func TestASessionHoldsTenStreams(t *testing.T) {
	s := apptest.OnSQLite(t)
	d := open(t, s)
	for range 10 {
		begins(t, d.agent.Browser, "")
	}
	d.agent.Get(path).Refused(429, "many_streams")
	begins(t, s.Enter(d.agent.ID, "full"), "")
	s.Browser().Get(path).Refused(401, "unauthenticated")
}
