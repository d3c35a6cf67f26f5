package chatwoot_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type object map[string]any

const (
	token   = "chatwoot-access-token"
	account = 7
)

// helpdesk plays Chatwoot on this machine, as far as its API of agents goes, in
// the shapes that its documentation publishes.
type helpdesk struct {
	*httptest.Server
	mu     sync.Mutex
	agents []object
	edits  chan string
	status int // in place of an answer; 0: none
}

func start(t *testing.T) *helpdesk {
	h := &helpdesk{edits: make(chan string, 100), agents: []object{
		{"id": 1, "account_id": account, "name": "mei", "email": "Mei@Example.com", "role": "agent", "availability_status": "online"},
		{"id": 2, "account_id": account, "name": "Bot", "email": "bot@elsewhere.example", "role": "agent", "availability_status": "offline"},
	}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *helpdesk) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	base := fmt.Sprintf("/api/v1/accounts/%d/agents", account)
	switch {
	case h.status != 0:
		w.WriteHeader(h.status)
	case r.Header.Get("api_access_token") != token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == base:
		json.NewEncoder(w).Encode(h.agents)
	case r.Method == http.MethodPatch && r.URL.Path == base+"/1":
		var sent struct {
			Agent struct{ Name, Availability string }
		}
		json.NewDecoder(r.Body).Decode(&sent)
		h.edits <- sent.Agent.Name + "|" + sent.Agent.Availability
		if sent.Agent.Name != "" {
			h.agents[0]["name"] = sent.Agent.Name
		}
		json.NewEncoder(w).Encode(h.agents[0])
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (h *helpdesk) answers(status int) { h.mu.Lock(); defer h.mu.Unlock(); h.status = status }

func (h *helpdesk) rename(name string) { h.mu.Lock(); defer h.mu.Unlock(); h.agents[0]["name"] = name }

// next waits for a change that is another than the last: the same may come
// twice.
func (h *helpdesk) next(t *testing.T, last string) string {
	t.Helper()
	for {
		select {
		case e := <-h.edits:
			if e != last {
				return e
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("nothing comes after %q", last)
		}
	}
}

type connected struct {
	Webhook, Fault string
	Signed         bool
	SyncedAt       time.Time `json:"synced_at"`
	Agents         []struct {
		User, Name, Fault string
		DriftAt           *time.Time `json:"drift_at"`
	}
}

type world struct {
	*apptest.Server
	t          *testing.T
	org, base  string
	admin, mei apptest.Somebody
	desk       *helpdesk
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := &world{Server: s, t: t, org: s.Organization("Halden"), desk: start(t)}
		w.base = "/v1/orgs/" + w.org + "/chatwoot"
		w.admin = s.Member("admin@example.com", w.org, identity.Admin)
		w.mei = s.Member("mei@example.com", w.org, identity.Agent)
		w.mei.JSON(http.MethodPatch, "/v1/me", object{"display_name": "Mei Tan"}).Want(200)
		test(t, w)
	}, apptest.Calling("127.0.0.0/8"))
}

func (w *world) connect(secret string) (c connected) {
	w.t.Helper()
	w.admin.JSON(http.MethodPut, w.base, object{"url": w.desk.URL + "/", "account": account, "token": token, "secret": secret}).Want(200).To(&c)
	return c
}

func (w *world) now() (c connected) {
	w.t.Helper()
	w.admin.Get(w.base).Want(200).To(&c)
	return c
}

// work follows what has changed. The server's own queue does what comes of it.
func (w *world) work() {
	w.t.Helper()
	for range 3 {
		if _, err := w.Sealer.Seal(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.Chatwoot.Follow(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// until asks for the connection until it is as it should be.
func (w *world) until(what string, good func(connected) bool) (c connected) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		if c = w.now(); good(c) {
			return c
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: %+v", what, c)
		}
	}
}

func TestNamesAndFocusAreKeptInStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.connect("")
		last := ""
		next := func(want string) {
			t.Helper()
			w.work()
			if last = w.desk.next(t, last); last != want {
				t.Errorf("%q, want %q", last, want)
			}
			w.until("compared", func(c connected) bool { return c.SyncedAt.Equal(w.Clock.Now()) })
		}
		next("Mei Tan|")
		c := w.until("compared", func(c connected) bool { return len(c.Agents) == 2 })
		if c.Agents[0].User != "" || c.Agents[1].User != w.mei.ID || c.Agents[1].DriftAt != nil {
			t.Errorf("%+v", c.Agents)
		}
		w.Clock.Advance(time.Second)
		w.mei.JSON(http.MethodPut, "/v1/me/focus", object{"until": w.Clock.Now().Add(30 * time.Minute)}).Want(200)
		next("|busy")
		w.Clock.Advance(61 * time.Minute) // the end of a focus is no change: the hourly comparison sees it
		next("|online")
		w.desk.rename("Somebody")
		w.Clock.Advance(time.Hour)
		next("Mei Tan|")
		w.until("drift", func(c connected) bool { return c.Agents[1].DriftAt != nil })
		w.admin.Get("/settings/chatwoot").Want(200).Contains("was renamed in Chatwoot").Contains("No member")
	})
}

func TestWhatFailsIsToldInWordsAndMended(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.connect("")
		for _, a := range []struct {
			status int
			fault  string
		}{{401, "token"}, {404, "strange"}, {403, "token"}, {502, "silent"}} {
			w.desk.answers(a.status)
			w.Clock.Advance(time.Hour)
			w.work()
			w.until(strconv.Itoa(a.status), func(c connected) bool { return c.Fault == a.fault })
		}
		w.admin.Get("/settings/chatwoot").Want(200).Contains("Agents were not compared.")
		w.desk.answers(0)
		w.admin.JSON(http.MethodPost, w.base+"/sync", object{}).Want(202)
		w.until("mended", func(c connected) bool { return c.Fault == "" && len(c.Agents) == 2 })
	})
}

func TestAConnectionIsTriedBeforeItIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		try := func(change object) apptest.Answer {
			body := object{"url": w.desk.URL, "account": account, "token": token}
			for name, value := range change {
				body[name] = value
			}
			return w.admin.JSON(http.MethodPut, w.base, body)
		}
		try(object{"token": "another"}).Refused(422, "validation_failed", "token")
		try(object{"token": ""}).Refused(422, "validation_failed", "token")
		try(object{"account": 0}).Refused(422, "validation_failed", "account")
		try(object{"account": 8}).Refused(422, "validation_failed", "url")
		try(object{"url": "http://127.0.0.1:1"}).Refused(422, "validation_failed", "url")
		try(object{"url": "http://10.0.0.1"}).Refused(422, "validation_failed", "url")
		w.admin.Get(w.base).Refused(404, "chatwoot_not_connected")
		w.mei.Get(w.base).Refused(403, "forbidden")
		first := w.connect("")
		try(object{"token": ""}).Want(200)
		other := start(t)
		try(object{"token": "", "url": other.URL}).Refused(422, "validation_failed", "token") // a token goes to its own server alone
		if again := w.now(); again.Webhook != first.Webhook {
			t.Error("the address of the webhook is another")
		}
		for table, rows := range w.Rows() {
			if all := strings.Join(rows, "\n"); strings.Contains(all, token) || strings.Contains(all, "npcw_") {
				t.Errorf("%s holds a secret", table)
			}
		}
		w.admin.Delete(w.base).Want(204)
		w.admin.Get(w.base).Refused(404, "chatwoot_not_connected")
	})
}

// say posts a message as Chatwoot does.
func (w *world) say(address, secret string, message object, change func(http.Header)) apptest.Answer {
	w.t.Helper()
	body, _ := json.Marshal(message)
	b := w.Browser()
	at := strconv.FormatInt(w.Clock.Now().Unix(), 10)
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		io.WriteString(mac, at+"."+string(body))
		b.Header.Set("X-Chatwoot-Timestamp", at)
		b.Header.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	if change != nil {
		change(b.Header)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	return b.JSON(http.MethodPost, "/"+path, message)
}

func conversation(assignee int) object {
	meta := object{"sender": object{"id": 90, "name": "Leila Haddad", "type": "contact"}}
	if assignee > 0 {
		meta["assignee"] = object{"id": assignee, "name": "Mei Tan", "type": "user"}
	}
	return object{"id": 42, "inbox_id": 3, "channel": "Channel::WebWidget", "status": "open", "meta": meta, "created_at": 1795426200, "timestamp": 1795426200, "updated_at": 1795426200.5}
}

// decided waits until it is decided how Mei is told of an event of some kind.
func (w *world) decided(event, kind string) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		var out struct {
			Items []struct{ Channel, Kind string }
		}
		w.mei.Get("/v1/me/notifications/decisions?event=" + event).Want(200).To(&out)
		for _, d := range out.Items {
			if d.Channel == "email" && d.Kind == kind {
				return
			}
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s was not decided as %s: %+v", event, kind, out)
		}
	}
}

func TestWhatHappensInChatwootIsToldToMembers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		address := w.connect("").Webhook
		w.until("compared", func(c connected) bool { return len(c.Agents) == 2 })
		events := func(message object) float64 {
			return w.say(address, "", message, nil).Want(202).Map()["events"].(float64)
		}
		incoming := object{
			"event": "message_created", "id": 501, "content": "Is it there yet?", "message_type": "incoming", "private": false,
			"created_at": "2026-11-23T09:30:00.000Z", "sender": object{"id": 90, "name": "Leila Haddad", "type": "contact"}, "conversation": conversation(1),
		}
		if events(incoming) != 1 || events(incoming) != 1 { // the second is a duplicate, which is taken once
			t.Error("a message of a customer is one event")
		}
		w.decided("chatwoot:message.created:501", "assigned_message")
		note := object{
			"event": "message_created", "id": 502, "content": "[@Mei Tan](mention://user/1/Mei%20Tan) have a look", "message_type": "outgoing", "private": true,
			"created_at": "2026-11-23 09:30:00 UTC", "sender": object{"id": 5, "name": "Tomas", "type": "user"}, "conversation": conversation(0),
		}
		if events(note) != 1 {
			t.Error("a note is one event")
		}
		w.decided("chatwoot:message.created:502", "mention")
		assigned := conversation(1)
		assigned["event"], assigned["changed_attributes"] = "conversation_updated", []object{{"assignee_id": object{"previous_value": nil, "current_value": 1}}}
		created := conversation(0)
		created["event"] = "conversation_created"
		answer := object{"event": "message_created", "id": 503, "content": "Yes", "message_type": "outgoing", "sender": object{"id": 1, "type": "user"}, "conversation": conversation(1)}
		resolved := conversation(1)
		resolved["event"] = "conversation_status_changed"
		for _, m := range []struct {
			message object
			events  float64
		}{
			{assigned, 1}, {created, 1}, {answer, 2}, {resolved, 0}, {object{"event": "contact_updated", "id": 9}, 0},
			{object{"event": "message_created", "id": 504, "message_type": "activity", "conversation": conversation(1)}, 0},
		} {
			if got := events(m.message); got != m.events {
				t.Errorf("%v: %v events", m.message["event"], got)
			}
		}
	})
}

func TestOnlyTheConnectedChatwootIsHeard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const secret = "signing-secret"
		address := w.connect(secret).Webhook
		m := conversation(0)
		m["event"] = "conversation_created"
		w.say(address, secret, m, nil).Want(202)
		refused := func(why, address, secret string, change func(http.Header)) {
			t.Helper()
			if a := w.say(address, secret, m, change); a.Status != 404 {
				t.Errorf("%s: %d", why, a.Status)
			}
		}
		key := address[strings.Index(address, "npcw_"):]
		refused("no signature", address, "", nil)
		refused("another secret", address, "another", nil)
		refused("no timestamp", address, secret, func(h http.Header) { h.Del("X-Chatwoot-Timestamp") })
		refused("another timestamp", address, secret, func(h http.Header) { h.Set("X-Chatwoot-Timestamp", strconv.FormatInt(w.Clock.Now().Unix()+1, 10)) })
		refused("no key", strings.TrimSuffix(address, key), secret, nil)
		refused("another key", strings.TrimSuffix(address, key)+"npcw_none", secret, nil)
		refused("another organization", strings.Replace(address, w.org, w.Organization("Elsewhere"), 1), secret, nil)
		body, _ := json.Marshal(m)
		old := strconv.FormatInt(w.Clock.Now().Add(-6*time.Minute).Unix(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		io.WriteString(mac, old+"."+string(body))
		refused("an old message", address, "", func(h http.Header) {
			h.Set("X-Chatwoot-Timestamp", old)
			h.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		})
		w.say(address, secret, object{"hello": 1}, nil).Refused(400, "malformed_request")
	})
}

func TestThePageConnectsChatwoot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const page = "/settings/chatwoot"
		w.admin.Get(page).Want(200).Contains("Connect Chatwoot")
		w.mei.Get(page).Want(403)
		w.admin.Form(page, "url", w.desk.URL, "account", "x", "token", token).Want(422).Contains("Enter the number behind /accounts/.")
		w.admin.Form(page, "url", w.desk.URL, "account", strconv.Itoa(account), "token", token).Want(303)
		w.until("compared", func(c connected) bool { return len(c.Agents) == 2 })
		if p := w.admin.Get(page).Want(200).Contains("Mei Tan").Contains("In step").Contains("npcw_").Page(); strings.Contains(p, token) {
			t.Error("the token is on the page")
		}
		w.admin.Form(page + "/sync").Want(303)
		w.admin.Form(page + "/remove").Want(303)
		w.admin.Get(page).Want(200).Contains("Chatwoot is not connected any more.")
	})
}
