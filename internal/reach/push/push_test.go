package push_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/webpush/webpushtest"
)

type fields = map[string]any

const (
	list     = "/v1/me/push-subscriptions"
	settings = "/v1/me/notifications"
)

// desk is an organization whose platform tells what happens, and the push
// service of its people's browsers.
type desk struct {
	t            *testing.T
	s            *apptest.Server
	org          string
	owner, agent apptest.Somebody
	service      *webpushtest.Service
}

func each(t *testing.T, fn func(d *desk)) {
	service := webpushtest.Listen()
	t.Cleanup(service.Close)
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		fn(&desk{t, s, org, s.Member("owner@halden.example", org, identity.Owner), s.Member("agent@halden.example", org, identity.Agent), service})
	}, apptest.Reaching("127.0.0.0/8"))
}

// allow makes a browser a device.
func (d *desk) allow(who *apptest.Browser) (b *webpushtest.Browser, id string) {
	d.t.Helper()
	b = d.service.Browser()
	return b, who.JSON(http.MethodPost, list, b.Form()).Want(201).Map()["id"].(string)
}

func (d *desk) tell(id string) {
	d.t.Helper()
	d.owner.JSON(http.MethodPost, "/v1/orgs/"+d.org+"/events", fields{
		"id": id, "type": "message.created", "occurred_at": d.s.Clock.Now(), "assignee": d.agent.ID,
		"conversation": fields{"id": "4812", "title": "Heat pump is cold", "url": "https://desk.example/c/4812"},
		"actor":        fields{"name": "Jonas Weber"}, "message": fields{"id": "m1", "text": "Still cold here."},
	}).Want(202)
}

// decided waits for what was decided about push.
func (d *desk) decided(event, want string) {
	d.t.Helper()
	got := ""
	defer func() {
		if got != want {
			d.t.Errorf("%s: %q, want %q", event, got, want)
		}
	}()
	d.s.Settle(func() bool {
		var out struct {
			Items []struct{ Channel, Outcome, Rule string }
		}
		d.agent.Get(settings + "/decisions?event=" + event).Want(200).To(&out)
		if len(out.Items) == 3 {
			got = out.Items[2].Outcome + " " + out.Items[2].Rule
		}
		return got == want
	})
}

// postponed waits until so many jobs have failed and come again later.
func (d *desk) postponed(times int) {
	d.t.Helper()
	d.s.Settle(func() bool { return strings.Count(d.s.Log.String(), "job failed") == times })
}

// gets waits until a browser has got so many pushes, and returns the last.
func (d *desk) gets(b *webpushtest.Browser, many int) (p webpushtest.Push, note fields) {
	d.t.Helper()
	d.s.Settle(func() bool { return len(b.Got()) >= many })
	got := b.Got()
	if len(got) != many {
		d.t.Fatalf("%d pushes, want %d", len(got), many)
	}
	p = got[many-1]
	if err := json.Unmarshal(p.Text, &note); err != nil {
		d.t.Fatal(err)
	}
	return p, note
}

func TestAPushReachesEachDeviceOnceAndOnlyItsBrowserCanReadIt(t *testing.T) {
	each(t, func(d *desk) {
		laptop, id := d.allow(d.agent.Browser)
		phone, _ := d.allow(d.s.Enter(d.agent.ID, session.Full))
		d.tell("e1")
		p, note := d.gets(laptop, 1)
		d.gets(phone, 1)
		d.decided("e1", "sent delivered")
		if note["title"] != "Heat pump is cold" || !strings.Contains(note["body"].(string), "Jonas Weber") || !strings.Contains(note["body"].(string), "Still cold here.") ||
			note["url"] != "https://desk.example/c/4812" || note["event"] != "e1" || note["lang"] != "en" {
			d.t.Errorf("%v", note)
		}
		if h := p.Header; h.Get("TTL") != "3600" || h.Get("Urgency") != "high" || len(h.Get("Topic")) != 32 || h.Get("Content-Encoding") != "aes128gcm" {
			d.t.Errorf("%v", h)
		}
		d.tell("e1")
		d.agent.JSON(http.MethodPatch, settings, fields{"hide_content": true}).Want(200)
		d.tell("e2")
		again, hidden := d.gets(laptop, 2)
		if strings.Contains(string(again.Text), "Heat pump") || strings.Contains(string(again.Text), "Still cold") || hidden["tag"] != note["tag"] {
			d.t.Errorf("%s", again.Text)
		}
		var out struct {
			Items []struct {
				ID, Device  string
				Current     bool
				CreatedAt   string `json:"created_at"`
				DeliveredAt string `json:"delivered_at"`
			}
			PublicKey string `json:"public_key"`
		}
		d.agent.Get(list).Want(200).To(&out)
		if len(out.Items) != 2 || out.Items[0].ID != id || !out.Items[0].Current || out.Items[1].Current || out.Items[0].DeliveredAt == "" || out.PublicKey != p.Key {
			d.t.Errorf("%+v, signed by %s", out, p.Key)
		}
		for table, rows := range d.s.Rows() {
			if text := strings.Join(rows, "\n"); strings.Contains(text, laptop.Endpoint) || strings.Contains(text, laptop.Auth) {
				d.t.Errorf("where a browser is reached is readable in %s", table)
			}
		}
	})
}

func TestAServiceThatIsBusyIsAskedAgainAndADeviceThatIsGoneIsForgotten(t *testing.T) {
	each(t, func(d *desk) {
		b, _ := d.allow(d.agent.Browser)
		b.Answers(503)
		b.Answers(429, "Retry-After", "600")
		d.tell("e1")
		d.s.Settle(func() bool { return b.Waiting() == 1 })
		d.postponed(1)
		if text := fmt.Sprint(d.agent.Get(list).Map()); !strings.Contains(text, "failure:busy") {
			d.t.Errorf("the list says %s", text)
		}
		d.s.Clock.Advance(20 * time.Second)
		d.s.Settle(func() bool {
			return strings.Contains(fmt.Sprint(d.agent.Get(list).Map()), "failed_at:2026-11-23T09:30:20Z")
		})
		d.decided("e1", "sent wanted")
		d.s.Clock.Advance(10 * time.Minute)
		d.gets(b, 1)
		d.decided("e1", "sent delivered")
		if text := fmt.Sprint(d.agent.Get(list).Map()); strings.Contains(text, "failure:busy") {
			d.t.Errorf("it still says that the last try failed: %s", text)
		}

		b.Answers(413)
		d.tell("e2")
		d.decided("e2", "failed push_failed")
		for i, status := range []int{404, 410} {
			b, _ := d.allow(d.agent.Browser)
			b.Answers(status)
			event := fmt.Sprint("gone", i)
			d.tell(event)
			d.s.Settle(func() bool { return b.Waiting() == 0 })
			d.s.Settle(func() bool { return len(d.s.Rows()["push_devices"]) == 1 })
		}
		d.s.Settle(func() bool { return len(b.Got()) == 3 })

		b.Answers(500)
		d.tell("late")
		d.postponed(2)
		d.s.Clock.Advance(time.Hour)
		d.decided("late", "failed push_failed")
		if n := len(b.Got()); n != 3 {
			d.t.Errorf("%d pushes: one came when it was of no use any more", n)
		}
	})
}

func TestADeviceEndsWithItsSessionAndIsItsOwnersAlone(t *testing.T) {
	each(t, func(d *desk) {
		elsewhere := d.s.Enter(d.agent.ID, session.Full)
		lost, id := d.allow(elsewhere)
		kept, _ := d.allow(d.agent.Browser)
		d.owner.Delete(list+"/"+id).Refused(404, "no_such_device")
		d.agent.JSON(http.MethodPost, "/v1/me/sessions/sign-out-others", fields{}).Want(200)
		if left := d.s.Rows()["push_devices"]; len(left) != 1 {
			d.t.Errorf("%d devices are left", len(left))
		}
		d.tell("e1")
		d.gets(kept, 1)
		d.agent.Form("/settings/sessions/lost-device").Want(303)
		if len(lost.Got()) > 0 {
			d.t.Error("a device got a push after its session had ended")
		}
		d.agent.Get(list).Want(200)

		other := d.owner.JSON(http.MethodPost, list, kept.Form()).Want(201)
		if d.agent.Get(list).Contains(`"items":[]`); other.Map()["id"] == id {
			d.t.Error("a browser that changes hands keeps its id")
		}
		d.tell("e2")
		d.decided("e2", "dropped no_device")
		d.owner.Delete("/v1/session").Want(204)
		if left := d.s.Rows()["push_devices"]; len(left) > 0 {
			d.t.Errorf("whoever has signed out is reached: %v", left)
		}
	})
}

func TestFocusHoldsPushesForOneDigest(t *testing.T) {
	each(t, func(d *desk) {
		b, _ := d.allow(d.agent.Browser)
		d.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": d.s.Clock.Now().Add(time.Hour)}).Want(200)
		for _, id := range []string{"e1", "e2"} {
			d.tell(id)
			d.decided(id, "held focus")
		}
		d.agent.Delete("/v1/me/focus").Want(204)
		_, note := d.gets(b, 1)
		d.decided("e1", "sent wanted")
		if note["event"] != "" || !strings.HasSuffix(note["url"].(string), "/settings/notifications#ledger") || strings.Contains(fmt.Sprint(note), "Heat pump") {
			d.t.Errorf("%v", note)
		}
	})
}

func TestATestGoesToTheCallersDevices(t *testing.T) {
	each(t, func(d *desk) {
		const test = settings + "/test"
		d.agent.Do(http.MethodPost, test, "", nil).Want(202).Contains(`"devices":0`)
		b, id := d.allow(d.agent.Browser)
		d.agent.JSON(http.MethodPost, test, fields{"device": id}).Want(202).Contains(`"devices":1`)
		if _, note := d.gets(b, 1); note["title"] == "" {
			d.t.Errorf("%v", note)
		}
		d.owner.JSON(http.MethodPost, test, fields{"device": id}).Refused(404, "no_such_device")
		d.agent.Delete(list + "/" + id).Want(204)
		d.agent.JSON(http.MethodPost, test, fields{}).Want(202).Contains(`"devices":0`)
		d.agent.Get("/settings/notifications").Want(200).Contains("Devices with push")
	})
}

// inward are addresses that nobody may make the server call.
var inward = []string{
	"http://127.0.0.1:9/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://10.0.0.1/x", "https://169.254.169.254/latest",
	"https://[::ffff:127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://2130706433/x", "https://0x7f.1/x", "http://9.9.9.9/x", "https://9.9.9.9:8443/x",
	"file:///etc/passwd", "https://u:p@9.9.9.9/x", "", "javascript:alert(1)",
}

func TestAnAddressWithinIsNoDevice(t *testing.T) {
	s := apptest.OnSQLite(t)
	who := s.Member("agent@halden.example", s.Organization("Halden"), identity.Agent)
	service := webpushtest.Listen()
	t.Cleanup(service.Close)
	b := service.Browser()
	before := s.Rows()
	for _, endpoint := range append(inward, b.Endpoint) {
		form := b.Form()
		form["endpoint"] = endpoint
		who.JSON(http.MethodPost, list, form).Refused(422, "validation_failed", "endpoint")
	}
	for _, keys := range []fields{{"p256dh": "", "auth": b.Auth}, {"p256dh": b.P256dh, "auth": "AAAA"}, {"p256dh": b.P256dh[:80], "auth": b.Auth}, {"p256dh": strings.Repeat("A", 87), "auth": b.Auth}} {
		form := b.Form()
		form["endpoint"], form["keys"] = "https://9.9.9.9/x", keys
		who.JSON(http.MethodPost, list, form).Refused(422, "validation_failed", "keys")
	}
	if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
		t.Error(changed)
	}
}
