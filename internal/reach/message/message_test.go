package message_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/sms/smstest"
)

type object = map[string]any

const phone = "+4915112345678"

// world is an organization with a digital employee that acts through a client,
// and an agent.
type world struct {
	*apptest.Server
	t            *testing.T
	org          string
	admin, agent apptest.Somebody
	volt         string
	client       *apptest.Browser
	twilio       *smstest.Twilio
}

func open(t *testing.T, s *apptest.Server, twilio *smstest.Twilio) *world {
	w := &world{Server: s, t: t, org: s.Organization("Halden"), twilio: twilio}
	w.admin = s.Member("admin@example.com", w.org, identity.Admin)
	w.agent = s.Member("agent@example.com", w.org, identity.Agent)
	var id string
	w.client, id = w.service("events:write", "preferences:read")
	w.volt = w.admin.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/digital-employees", object{"name": "Volt", "client": id}).Want(201).Map()["id"].(string)
	return w
}

// service is a program with an access token of a client of its own.
func (w *world) service(scopes ...string) (*apptest.Browser, string) {
	w.t.Helper()
	var made struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Secret string }
	}
	w.Enter(w.admin.ID, session.Full).JSON(http.MethodPost, "/v1/orgs/"+w.org+"/clients", object{"name": "Bot", "scopes": scopes}).Want(201).To(&made)
	b := w.Browser()
	token := b.Form("/oauth2/token", "grant_type", "client_credentials", "client_id", made.ClientID, "client_secret", made.Secrets[0].Secret).Want(200).Map()["access_token"]
	b.Header.Set("Authorization", fmt.Sprint("Bearer ", token))
	return b, made.ClientID
}

func (w *world) path() string { return "/v1/orgs/" + w.org + "/messages" }

func (w *world) message(id string, more object) object {
	m := object{"id": id, "digital_employee": w.volt, "user": w.agent.ID, "text": "Your shift begins at nine.\nhttps://evil.example"}
	for name, v := range more {
		m[name] = v
	}
	return m
}

// agrees proves a phone of the agent's and agrees to WhatsApp.
func (w *world) agrees() {
	w.t.Helper()
	b := w.Enter(w.agent.ID, session.Full)
	b.JSON(http.MethodPost, "/v1/me/factors/sms", object{"phone": phone}).Want(201, 202)
	b.JSON(http.MethodPost, "/v1/me/factors/sms/confirm", object{"code": w.twilio.Code(w.t, phone)}).Want(200, 204)
	b.JSON(http.MethodPatch, "/v1/me/interaction", object{"whatsapp": true}).Want(200)
}

func TestAMessageGoesByMailOnceAndSaysWhoWrites(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := open(t, s, nil)
		w.client.Get("/v1/users/" + w.agent.ID + "/interaction").Want(200)
		first := w.client.JSON(http.MethodPost, w.path(), w.message("m1", object{"subject": "Shift"})).Want(202).Map()
		if first["id"] != "m1" || first["duplicate"] != false || first["channel"] != "email" || first["state"] != "queued" {
			t.Errorf("%v", first)
		}
		if again := w.client.JSON(http.MethodPost, w.path(), w.message("m1", nil)).Want(202).Map(); again["duplicate"] != true || again["channel"] != "email" {
			t.Errorf("%v", again)
		}
		letters := s.Letters(w.agent.Address)
		if len(letters) != 1 || letters[0].Subject != "Shift" {
			t.Fatalf("%+v", letters)
		}
		if text := letters[0].Text; !strings.Contains(text, "Your shift begins at nine.") || !strings.Contains(text, "Volt is a digital employee, an AI agent, of Halden.") ||
			strings.Contains(text, "https://evil") || !strings.Contains(text, "/settings/interaction") {
			t.Error(text)
		}
		// At the same moment, too.
		burst, statuses := w.client.Copy(), map[int]int{}
		body := `{"id":"m2","digital_employee":"` + w.volt + `","user":"` + w.agent.ID + `","text":"Once."}`
		if statuses = burst.Burst(8, w.path(), body); statuses[202] != 8 || len(s.Letters(w.agent.Address)) != 2 {
			t.Errorf("%v, %d letters", statuses, len(s.Letters(w.agent.Address)))
		}
	})
}

func TestWhoWantsNoMessagesGetsNone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := open(t, s, nil)
		w.client.JSON(http.MethodPost, w.path(), w.message("m1", object{"channel": "whatsapp"})).Refused(409, "message_unwanted")
		w.agent.JSON(http.MethodPatch, "/v1/me/interaction", object{"email": false}).Want(200)
		before := s.Rows()
		w.client.JSON(http.MethodPost, w.path(), w.message("m2", nil)).Refused(409, "message_unwanted")
		w.client.JSON(http.MethodPost, w.path(), w.message("m2", object{"channel": "email"})).Refused(409, "message_unwanted")
		for field, wrong := range map[string]object{
			"id": {"id": ""}, "text": {"text": strings.Repeat("x", 4001)}, "channel": {"channel": "pigeon"}, "subject": {"subject": "a\u202eb"},
			"user": {"user": s.Member("far@example.com", s.Organization("Far"), identity.Agent).ID},
		} {
			before = s.Rows()
			w.client.JSON(http.MethodPost, w.path(), w.message("m3", wrong)).Refused(422, "validation_failed", field)
		}
		if changed := apptest.Changed(before, s.Rows(), append(apptest.BySealer, "client_scopes")...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func TestOnlyItsOwnClientSpeaksForADigitalEmployee(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := open(t, s, nil)
		other, _ := w.service("events:write")
		other.JSON(http.MethodPost, w.path(), w.message("m1", nil)).Refused(403, "message_not_its_client")
		other.JSON(http.MethodPost, w.path(), w.message("m1", object{"digital_employee": "usr_none"})).Refused(403, "message_not_its_client")
		reader, _ := w.service("preferences:read")
		reader.JSON(http.MethodPost, w.path(), w.message("m1", nil)).Refused(403, "forbidden")
		w.agent.JSON(http.MethodPost, w.path(), w.message("m1", nil)).Refused(403, "forbidden")
		w.admin.JSON(http.MethodPost, w.path(), w.message("m1", nil)).Want(202)
		w.client.Get("/v1/users/" + s.Member("far@example.com", s.Organization("Far"), identity.Agent).ID + "/interaction").Want(404)
		w.client.Get("/v1/me/interaction").Want(403)
	})
}

func TestWhatsAppIsForWhoHasAgreedWithAProvedPhone(t *testing.T) {
	twilio := smstest.Start(t)
	s := apptest.OnSQLite(t, apptest.Texting(twilio))
	w := open(t, s, twilio)
	w.agrees()
	got := w.client.Get("/v1/users/" + w.agent.ID + "/interaction").Want(200).Map()
	if got["whatsapp"] != true || got["whatsapp_consented_at"] == nil {
		t.Errorf("%v", got)
	}
	if m := w.client.JSON(http.MethodPost, w.path(), w.message("m1", object{"text": "Hello."})).Want(202).Map(); m["channel"] != "whatsapp" {
		t.Errorf("%v", m)
	}
	if text := twilio.Next(t, "whatsapp:"+phone); text != "Volt (Halden): Hello." {
		t.Error(text)
	}
	state := func(id string) (state, reason string) {
		m := w.client.JSON(http.MethodPost, w.path(), w.message(id, nil)).Want(202).Map()
		reason, _ = m["reason"].(string)
		return m["state"].(string), reason
	}
	s.Settle(func() bool { got, _ := state("m1"); return got == "sent" })

	twilio.Refuse(func(int) int { return 400 })
	w.client.JSON(http.MethodPost, w.path(), w.message("m2", nil)).Want(202)
	s.Settle(func() bool { got, why := state("m2"); return got == "failed" && strings.Contains(why, "21211") })
	twilio.Refuse(nil)

	w.Enter(w.agent.ID, session.Full).JSON(http.MethodPatch, "/v1/me/interaction", object{"whatsapp": false}).Want(200)
	if m := w.client.JSON(http.MethodPost, w.path(), w.message("m3", nil)).Want(202).Map(); m["channel"] != "email" {
		t.Errorf("%v", m)
	}
	if twilio.Waiting("whatsapp:"+phone) != 0 {
		t.Error("a message came to somebody who has withdrawn")
	}
}
