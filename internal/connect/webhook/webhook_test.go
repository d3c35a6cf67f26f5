package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/connect/webhook"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

type object map[string]any

// message is what a receiver got.
type message struct {
	Header http.Header
	Body   string
	Type   string
	Data   struct {
		ID      string
		Changed []string
		Object  map[string]any
	}
	Organization string
}

// receiver is a service on loopback that answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message
	answer func(message) (status int, header http.Header)
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		raw, err := io.ReadAll(q.Body)
		m := message{Header: q.Header.Clone(), Body: string(raw)}
		if err != nil || json.Unmarshal(raw, &m) != nil {
			t.Errorf("%s %v", raw, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, m)
		if r.answer == nil {
			return
		}
		status, header := r.answer(m)
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		io.WriteString(w, "said "+m.Type)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []message { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.got) }

func (r *receiver) answers(status int, header http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(message) (int, http.Header) { return status, header }
}

// world is an organization with an admin who may connect.
type world struct {
	*apptest.Server
	t     *testing.T
	org   string
	base  string
	admin apptest.Somebody
}

var loopback = apptest.Calling("127.0.0.0/8")

func each(t *testing.T, test func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := &world{Server: s, t: t, org: s.Organization("Halden")}
		w.base = "/v1/orgs/" + w.org + "/webhooks"
		w.admin = s.Member("admin@example.com", w.org, identity.Admin)
		test(t, w)
	}, loopback)
}

type made struct{ ID, Secret, URL, State string }

func (w *world) hook(url string, events ...string) (m made) {
	w.t.Helper()
	w.admin.JSON(http.MethodPost, w.base, object{"url": url, "events": events}).Want(201).To(&m)
	return m
}

// bio changes the profile of the admin.
func (w *world) bio(text string) {
	w.t.Helper()
	w.admin.JSON(http.MethodPatch, "/v1/me", object{"bio": text}).Want(200)
}

// work seals what has happened and tells it.
func (w *world) work() {
	w.t.Helper()
	for range 3 {
		if _, err := w.Sealer.Seal(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	for range 4 {
		if err := w.Webhooks.Work(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

type line struct {
	ID, Type, State, Answer string
	Tries, Status           int
	Payload                 json.RawMessage
	NextAt                  *time.Time `json:"next_at"`
}

func (w *world) log(id string) []line {
	w.t.Helper()
	var out struct{ Items []line }
	w.Enter(w.admin.ID, session.Full).Get(w.base + "/" + id + "/deliveries").Want(200).To(&out)
	return out.Items
}

func TestAChangeIsToldOnceAndSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		w.bio("before")
		hook := w.hook(r.URL, "*")
		w.bio("after")
		w.work()
		got := r.all()
		if len(got) != 1 {
			t.Fatalf("%d messages: %+v", len(got), got)
		}
		m := got[0]
		if m.Type != "profile.updated" || m.Organization != w.org || m.Data.ID != w.admin.ID || !slices.Equal(m.Data.Changed, []string{"bio"}) || m.Data.Object["bio"] != "after" {
			t.Errorf("%s", m.Body)
		}
		if !signed(m, hook.Secret) || m.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", m.Header)
		}
		if log := w.log(hook.ID); len(log) != 1 || log[0].State != webhook.Done || log[0].ID != m.Header.Get("Webhook-Id") || !strings.Contains(m.Body, strings.TrimSuffix(string(log[0].Payload), "}}")) || strings.Contains(string(log[0].Payload), "after") {
			t.Errorf("%+v", log)
		}
		if len(r.all()) != 1 {
			t.Error("it is told again")
		}
	})
}

func TestTheObjectIsWhatItsMakerMayReadNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, theirs, blind, tokens := receive(t), receive(t), receive(t), receive(t)
		w.hook(mine.URL, "*")
		w.client("members:read", "webhooks:write").JSON(http.MethodPost, w.base, object{"url": theirs.URL, "events": []string{"*"}}).Want(201)
		w.client("webhooks:write").JSON(http.MethodPost, w.base, object{"url": blind.URL, "events": []string{"*"}}).Want(201)
		w.token("webhooks:write").JSON(http.MethodPost, w.base, object{"url": tokens.URL, "events": []string{"*"}}).Want(201)
		last := func(r *receiver) map[string]any { all := r.all(); return all[len(all)-1].Data.Object }
		w.admin.JSON(http.MethodPatch, "/v1/me", object{"bio": "x", "pronouns": "they", "visibility": object{"pronouns": "private"}}).Want(200)
		w.work()
		if o := last(mine); o["id"] != w.admin.ID || o["bio"] != "x" || o["email"] != "admin@example.com" || o["pronouns"] != nil {
			t.Errorf("the admin: %v", o)
		}
		if o := last(theirs); o["bio"] != "x" || o["email"] != nil {
			t.Errorf("the client: %v", o)
		}
		if o := last(blind); o != nil {
			t.Errorf("a client that reads no members: %v", o)
		}
		if o := last(tokens); o != nil {
			t.Errorf("a token that reads no members: %v", o)
		}
		w.admin.JSON(http.MethodPatch, "/v1/orgs/"+w.org, object{"name": "Halden Energy"}).Want(200)
		w.work()
		if o := last(mine); o["name"] != "Halden Energy" || o["billing"] != nil {
			t.Errorf("the organization: %v", o)
		}
		owner := w.Member("owner@example.com", w.org, identity.Owner)
		owner.JSON(http.MethodPatch, "/v1/orgs/"+w.org+"/members/"+w.admin.ID, object{"role": "agent"}).Want(200)
		w.work()
		if o := last(mine); o["role"] != "agent" || o["email"] != nil {
			t.Errorf("the admin, who is an agent by now: %v", o)
		}
		owner.Delete("/v1/orgs/" + w.org + "/members/" + w.admin.ID).Want(204)
		w.work()
		if o := last(mine); o != nil {
			t.Errorf("nobody any more: %v", o)
		}
	})
}

// client is a client of the organization that has some scopes.
func (w *world) client(scopes ...string) *apptest.Browser {
	w.t.Helper()
	var c struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Secret string }
	}
	w.admin.JSON(http.MethodPost, "/v1/orgs/"+w.org+"/clients", object{"name": "Zapier", "scopes": scopes}).Want(201).To(&c)
	b := w.Browser()
	token := b.Form("/oauth2/token", "grant_type", "client_credentials", "client_id", c.ClientID, "client_secret", c.Secrets[0].Secret).Want(200).Map()["access_token"]
	return w.bearer(token.(string))
}

// token is a token of the admin.
func (w *world) token(scopes ...string) *apptest.Browser {
	w.t.Helper()
	return w.bearer(w.admin.JSON(http.MethodPost, "/v1/me/tokens", object{"name": "x", "scopes": scopes}).Want(201).Map()["token"].(string))
}

func (w *world) bearer(token string) *apptest.Browser {
	b := w.Browser()
	b.Header.Set("Authorization", "Bearer "+token)
	return b
}

// signed reports whether one of the signatures of a message is good, as the
// reference libraries of Standard Webhooks do it.
func signed(m message, secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, m.Header.Get("Webhook-Id")+"."+m.Header.Get("Webhook-Timestamp")+"."+m.Body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.Contains(strings.Fields(m.Header.Get("Webhook-Signature")), want)
}

func TestASignatureIsThatOfTheReferenceLibraries(t *testing.T) {
	got, err := webhook.Signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s %v", got, err)
	}
}

func TestOnlyWantedTypesAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		w.hook(r.URL, "organization.updated")
		w.bio("x")
		w.admin.JSON(http.MethodPatch, "/v1/orgs/"+w.org, object{"name": "Halden Energy"}).Want(200)
		w.work()
		if got := r.all(); len(got) != 1 || got[0].Type != "organization.updated" || got[0].Data.ID != w.org {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhoIsReachedAndHowIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		w.hook(r.URL, "availability.changed", "interaction.updated")
		w.admin.JSON(http.MethodPut, "/v1/me/channels/chat", object{"enabled": true, "capacity": 2}).Want(200)
		w.work()
		w.admin.JSON(http.MethodPut, "/v1/me/focus", object{"until": w.Clock.Now().Add(time.Hour)}).Want(200)
		w.work()
		w.admin.JSON(http.MethodPatch, "/v1/me/interaction", object{"theme": "dark"}).Want(200)
		w.work()
		var told []string
		for _, m := range r.all() {
			if m.Data.ID != w.admin.ID {
				t.Errorf("%s", m.Body)
			}
			told = append(told, m.Type+" "+strings.Join(m.Data.Changed, " "))
		}
		want := []string{"availability.changed chat", "availability.changed availability", "interaction.updated theme"}
		if !slices.Equal(told, want) {
			t.Errorf("%q", told)
		}
	})
}

func TestWhatHappensElsewhereIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		w.hook(r.URL, "*")
		other := w.Organization("Elsewhere")
		stranger := w.Member("eve@example.com", other, identity.Owner)
		stranger.JSON(http.MethodPatch, "/v1/me", object{"bio": "x"}).Want(200)
		w.work()
		if got := r.all(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		stranger.Get(w.base).Refused(404, "not_found")
	})
}

func TestAReceiverThatIsDownLosesNothingAndHearsInOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		hook := w.hook(r.URL, "*")
		r.answers(503, nil)
		for _, field := range []string{"bio", "pronouns", "first_name"} {
			w.admin.JSON(http.MethodPatch, "/v1/me", object{field: "x"}).Want(200)
			w.work()
		}
		if first := r.all(); len(first) != 1 {
			t.Fatalf("%d were told while the first had not arrived", len(first))
		}
		id := r.all()[0].Header.Get("Webhook-Id")
		for _, wait := range []time.Duration{6 * time.Second, 23 * time.Second, 133 * time.Second} {
			w.Clock.Advance(wait)
			w.work()
		}
		r.mu.Lock()
		for _, m := range r.got {
			if m.Data.Changed[0] == "bio" && m.Header.Get("Webhook-Id") != id {
				t.Error("a try has another id")
			}
		}
		r.got = nil
		r.mu.Unlock()
		r.answers(200, nil)
		w.Clock.Advance(12 * time.Minute)
		w.work()
		fields := map[string]int{}
		for _, m := range r.all() {
			fields[m.Data.Changed[0]]++
		}
		if fields["bio"] != 1 || fields["pronouns"] != 1 || fields["first_name"] != 1 {
			t.Errorf("%v", fields)
		}
		for _, l := range w.log(hook.ID) {
			if l.State != webhook.Done {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestWhatIsAboutOneSubjectComesInOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		w.hook(r.URL, "*")
		fields := []string{"bio", "pronouns", "first_name", "last_name", "display_name"}
		for _, field := range fields {
			w.admin.JSON(http.MethodPatch, "/v1/me", object{field: "x"}).Want(200)
		}
		w.work()
		w.work()
		var got []string
		for _, m := range r.all() {
			got = append(got, m.Data.Changed[0])
		}
		if !slices.Equal(got, fields) {
			t.Errorf("%v", got)
		}
	})
}

func TestTriesEndAfterThreeDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		r.answers(500, nil)
		hook := w.hook(r.URL, "*")
		w.bio("x")
		for range 12 {
			w.work()
			w.Clock.Advance(27 * time.Hour)
		}
		if n := len(r.all()); n != 11 {
			t.Errorf("%d tries", n)
		}
		log := w.log(hook.ID)
		if len(log) != 1 || log[0].State != webhook.Failed || log[0].Status != 500 || log[0].Answer != "said profile.updated" {
			t.Fatalf("%+v", log)
		}
		r.answers(200, nil)
		admin := w.Enter(w.admin.ID, session.Full)
		admin.JSON(http.MethodPost, w.base+"/deliveries/"+log[0].ID+"/resend", object{}).Want(202)
		w.work()
		if log := w.log(hook.ID); log[0].State != webhook.Done || r.all()[11].Header.Get("Webhook-Id") != log[0].ID {
			t.Errorf("%+v", log)
		}
		admin.JSON(http.MethodPost, w.base+"/deliveries/dlv_none/resend", object{}).Refused(404, "no_such_webhook")
	})
}

func TestARedirectIsAFailureAndRetryAfterIsHeeded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		elsewhere := receive(t)
		r := receive(t)
		r.answers(302, http.Header{"Location": {elsewhere.URL}})
		hook := w.hook(r.URL, "*")
		w.bio("x")
		w.work()
		if log := w.log(hook.ID); len(elsewhere.all()) != 0 || log[0].State != webhook.Waits || log[0].Status != 302 {
			t.Errorf("%+v", log)
		}
		r.answers(429, http.Header{"Retry-After": {"3600"}})
		w.Clock.Advance(6 * time.Second)
		w.work()
		if next := w.log(hook.ID)[0].NextAt; next == nil || next.Sub(w.Clock.Now()) != time.Hour {
			t.Errorf("it is tried next at %v", next)
		}
	})
}

func TestGoneEndsAWebhookUntilItIsSavedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		r.answers(410, nil)
		hook := w.hook(r.URL, "*")
		w.bio("x")
		w.work()
		w.bio("y")
		w.work()
		if n := len(r.all()); n != 1 {
			t.Errorf("%d messages", n)
		}
		if a := w.admin.Get(w.base + "/" + hook.ID).Want(200).Map(); a["state"] != "disabled" {
			t.Errorf("%v", a)
		}
		r.answers(200, nil)
		w.admin.JSON(http.MethodPatch, w.base+"/"+hook.ID, object{"events": []string{"*"}}).Want(200)
		w.work()
		if n := len(r.all()); n != 2 {
			t.Errorf("%d messages: what came meanwhile is lost", n)
		}
	})
}

func TestAfterARotationBothSecretsSignForADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		hook := w.hook(r.URL, "*")
		var fresh made
		w.admin.JSON(http.MethodPost, w.base+"/"+hook.ID+"/secret", object{}).Want(200).To(&fresh)
		w.bio("x")
		w.work()
		m := r.all()[0]
		if !signed(m, hook.Secret) || !signed(m, fresh.Secret) {
			t.Errorf("%v", m.Header)
		}
		w.Clock.Advance(webhook.OldSecretLife)
		w.bio("y")
		w.work()
		if m := r.all()[1]; signed(m, hook.Secret) || !signed(m, fresh.Secret) {
			t.Errorf("%v", m.Header)
		}
	})
}

func TestATestIsAPing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		hook := w.hook(r.URL, "policy.updated")
		id := w.admin.JSON(http.MethodPost, w.base+"/"+hook.ID+"/test", object{}).Want(202).Map()["id"]
		w.work()
		if got := r.all(); len(got) != 1 || got[0].Type != "ping" || got[0].Header.Get("Webhook-Id") != id {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnAddressThatMayNotBeReachedIsRefusedAndNeverCalled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		canary := receive(t)
		w := &world{Server: s, t: t, org: s.Organization("Halden")}
		w.base = "/v1/orgs/" + w.org + "/webhooks"
		w.admin = s.Member("admin@example.com", w.org, identity.Owner)
		for _, url := range []string{
			canary.URL, strings.Replace(canary.URL, "127.0.0.1", "localhost", 1), "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/",
			"https://169.254.169.254/latest", "http://9.9.9.9/", "https://u:p@9.9.9.9/", "ftp://9.9.9.9/", "https://2130706433/", "https://[::ffff:127.0.0.1]/",
			"https://nowhere.invalid/", "", "x",
		} {
			w.admin.JSON(http.MethodPost, w.base, object{"url": url, "events": []string{"*"}}).Refused(422, "validation_failed", "url")
		}
		if n := len(canary.all()); n != 0 {
			t.Errorf("the canary was reached %d times", n)
		}
	})
}

func TestAWishForAWebhookIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		for _, events := range [][]string{{}, {"everything"}, {"profile.updated", "session.opened"}} {
			w.admin.JSON(http.MethodPost, w.base, object{"url": r.URL, "events": events}).Refused(422, "validation_failed", "events")
		}
		agent := w.Member("agent@example.com", w.org, identity.Agent)
		agent.Get(w.base).Refused(403, "forbidden")
		hook := w.hook(r.URL, "*")
		w.Clock.Advance(session.ProofLife)
		w.admin.JSON(http.MethodPost, w.base, object{}).Refused(403, "reauthentication_required")
		w.admin.Delete(w.base+"/"+hook.ID).Refused(403, "reauthentication_required")
		for table, rows := range w.Rows() {
			if strings.Contains(strings.Join(rows, "\n"), hook.Secret) {
				t.Errorf("%s holds the secret", table)
			}
		}
	})
}

func TestAClientKeepsWebhooksByItsScope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		p := w.client("webhooks:write")
		var hook made
		p.JSON(http.MethodPost, w.base, object{"url": r.URL, "events": []string{"profile.updated"}}).Want(201).To(&hook)
		w.bio("x")
		w.work()
		if len(r.all()) != 1 {
			t.Errorf("%+v", r.all())
		}
		p.Delete(w.base + "/" + hook.ID).Want(204)
		p.Get("/v1/orgs/"+w.org+"/clients").Refused(403, "forbidden")
	})
}

func TestThePagesOfAWebhook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t)
		const page = "/settings/credentials"
		w.admin.Get(page).Want(200).Contains("No webhook yet.")
		w.admin.Get(page + "/webhooks/new").Want(200).Contains("profile.updated")
		w.admin.Form(page+"/webhooks", "url", "ftp://x", "events", "*").Want(422).Contains("ftp://x")
		w.admin.Form(page+"/webhooks", "url", r.URL, "events", "*").Want(200).Contains("whsec_")
		var list struct{ Items []made }
		w.admin.Get(w.base).Want(200).To(&list)
		one := page + "/webhooks/" + list.Items[0].ID
		w.admin.Form(one + "/test").Want(303)
		w.work()
		w.admin.Get(one).Want(200).Contains("The test is on its way.").Contains("was answered 200")
		w.admin.Form(one+"/resend", "delivery", w.log(list.Items[0].ID)[0].ID).Want(303)
		w.admin.Form(one + "/secret").Want(200).Contains("whsec_")
		w.admin.Form(one, "url", r.URL).Want(422).Contains("Choose what it is told.")
		w.admin.Form(one, "url", r.URL+"/in", "events", "policy.updated").Want(303)
		w.admin.Get(page).Want(200).Contains("/in").Contains("policy.updated")
		w.admin.Form(one + "/remove").Want(303)
		w.admin.Get(page).Want(200).Contains("The webhook is removed.")
	})
}
