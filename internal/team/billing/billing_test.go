package billing_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type object map[string]any

const signing = "whsec_for_tests"

// account plays Stripe on this machine, with a state of its own, in the shapes of
// its published API.
type account struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []string // what came, in order
	forms    []url.Values
	keys     map[string]string // customer by idempotency key
	status   int               // in place of an answer; 0: none
	plan     string            // status of the subscription; empty: none
	gone     map[string]bool
	returned string
}

func open(t *testing.T) *account {
	a := &account{keys: map[string]string{}, gone: map[string]bool{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *account) address() string {
	return "stripe://sk_test_key@" + strings.TrimPrefix(a.URL, "http://") + "?insecure=true&webhook_secret=" + signing
}

func (a *account) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.ParseForm()
	a.asked, a.forms = append(a.asked, r.Method+" "+r.URL.Path), append(a.forms, r.Form)
	say := func(status int, v any) { w.WriteHeader(status); json.NewEncoder(w).Encode(v) }
	customer := r.Form.Get("customer")
	switch {
	case a.status != 0:
		say(a.status, object{"error": object{"code": "secret_detail", "message": "sk_test_key"}})
	case r.Header.Get("Authorization") != "Bearer sk_test_key":
		say(401, object{})
	case a.gone[customer]:
		say(400, object{"error": object{"code": "resource_missing"}})
	case r.URL.Path == "/v1/customers":
		key := r.Header.Get("Idempotency-Key")
		if a.keys[key] == "" || a.gone[a.keys[key]] {
			a.keys[key] = fmt.Sprintf("cus_%d", len(a.asked))
		}
		say(200, object{"id": a.keys[key], "object": "customer"})
	case r.URL.Path == "/v1/billing_portal/sessions":
		a.returned = r.Form.Get("return_url")
		say(200, object{"id": "bps_1", "url": "https://billing.stripe.com/session/" + customer})
	case r.URL.Path == "/v1/subscriptions":
		list := []object{}
		if a.plan != "" {
			list = append(list, object{"id": "sub_1", "status": a.plan, "cancel_at_period_end": false, "items": object{"data": []object{{
				"quantity": 5, "current_period_end": 1798018200, "default_payment_method": object{"card": object{"last4": "4242"}},
				"price": object{"unit_amount": 1200, "currency": "eur", "nickname": "Team", "recurring": object{"interval": "month", "interval_count": 1}},
			}}}})
		}
		say(200, object{"data": list})
	case r.URL.Path == "/v1/invoices":
		say(200, object{"data": []object{
			{"id": "in_2", "number": "NP-2", "status": "open", "total": 6000, "currency": "eur", "created": 1795340000, "hosted_invoice_url": "https://invoice.stripe.com/i/2"},
			{"id": "in_1", "number": "NP-1", "status": "paid", "total": 500, "currency": "jpy", "created": 1792700000, "hosted_invoice_url": "javascript:alert(1)"},
			{"id": "in_0", "status": "draft", "total": 1, "currency": "eur"},
		}})
	default:
		say(404, object{})
	}
}

func (a *account) with(change func()) { a.mu.Lock(); defer a.mu.Unlock(); change() }

func (a *account) count(what string) (n int) {
	a.with(func() {
		for _, asked := range a.asked {
			if asked == what {
				n++
			}
		}
	})
	return n
}

type world struct {
	*apptest.Server
	t             *testing.T
	org, base     string
	owner, keeper apptest.Somebody
	stripe        *account
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	for name, start := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, stripe: open(t)}
			w.Server = start(t, apptest.Billed(w.stripe.address()))
			w.org = w.Organization("Halden")
			w.base = "/v1/orgs/" + w.org + "/billing"
			w.owner = w.Member("owner@example.com", w.org, identity.Owner)
			w.keeper = w.Member("money@example.com", w.org, identity.Billing)
			test(t, w)
		})
	}
}

type answer struct {
	Configured, Customer, Stale bool
	Subscription                *struct{ Status string }
	Invoices                    []struct{ Number, Status, URL string }
}

func (w *world) get() (b answer) {
	w.t.Helper()
	w.keeper.Get(w.base).Want(200).To(&b)
	return b
}

func TestThePortalOpensForWhoeverSeesBillsAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, role := range []identity.Role{identity.Admin, identity.Supervisor, identity.Agent} {
			m := w.Member(string(role)+"@example.com", w.org, role)
			m.JSON(http.MethodPost, w.base+"/portal", object{}).Refused(403, "forbidden")
			m.Get(w.base).Refused(403, "forbidden")
		}
		stranger := w.Member("eve@example.com", w.Organization("Elsewhere"), identity.Owner)
		stranger.JSON(http.MethodPost, w.base+"/portal", object{}).Refused(404, "not_found")
		if b := w.get(); !b.Configured || b.Customer || w.stripe.count("POST /v1/customers") != 0 {
			t.Errorf("nobody has been there: %+v", b)
		}
		first := w.keeper.JSON(http.MethodPost, w.base+"/portal", object{}).Want(201).Map()["url"].(string)
		again := w.owner.JSON(http.MethodPost, w.base+"/portal", object{"return_url": "https://evil.example"})
		if again.Status != 422 && again.Status != 201 {
			t.Errorf("status %d", again.Status)
		}
		if second := w.owner.JSON(http.MethodPost, w.base+"/portal", object{}).Want(201).Map()["url"]; second != first || !strings.HasPrefix(first, "https://billing.stripe.com/session/cus_") {
			t.Errorf("%v, then %v", first, second)
		}
		if n := w.stripe.count("POST /v1/customers"); n != 1 {
			t.Errorf("%d customers", n)
		}
		w.stripe.with(func() {
			if !strings.HasSuffix(w.stripe.returned, "/settings/billing") || strings.Contains(w.stripe.returned, "evil") {
				t.Errorf("it leads back to %s", w.stripe.returned)
			}
			if got := w.stripe.forms[0]; got.Get("metadata[organization]") != w.org || got.Get("name") != "Halden" {
				t.Errorf("%v", got)
			}
		})
		w.stripe.with(func() { w.stripe.gone[first[strings.LastIndexByte(first, '/')+1:]] = true })
		if anew := w.owner.JSON(http.MethodPost, w.base+"/portal", object{}).Want(201).Map()["url"]; anew == first {
			t.Error("a customer who was deleted at Stripe is not made anew")
		}
	})
}

func TestWhatStripeSaysIsShownAndNothingOfACard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stripe.with(func() { w.stripe.plan = "active" })
		w.keeper.JSON(http.MethodPost, w.base+"/portal", object{}).Want(201)
		b := w.get()
		if b.Subscription == nil || b.Subscription.Status != "active" || len(b.Invoices) != 2 || b.Invoices[0].URL == "" || b.Invoices[1].URL != "" {
			t.Errorf("%+v", b)
		}
		w.get()
		if n := w.stripe.count("GET /v1/subscriptions"); n != 1 {
			t.Errorf("Stripe was asked %d times in a minute", n)
		}
		page := w.owner.Get("/settings/billing").Want(200).Contains("Team").Contains("5 × 12.00 EUR a month").Contains("60.00 EUR").Contains("500 JPY").Page()
		if strings.Contains(page, "javascript:") || strings.Contains(page, "4242") {
			t.Error("what may not be on a page is")
		}
		for table, rows := range w.Rows() {
			if strings.Contains(strings.Join(rows, "\n"), "4242") {
				t.Errorf("%s holds a card", table)
			}
		}
		w.stripe.with(func() { w.stripe.status = 503 })
		w.Clock.Advance(time.Hour)
		if b := w.get(); !b.Stale || b.Subscription == nil {
			t.Errorf("Stripe is down: %+v", b)
		}
		w.owner.Get("/settings/billing").Want(200).Contains("Stripe does not answer.")
		w.keeper.JSON(http.MethodPost, w.base+"/portal", object{}).Refused(503, "billing_silent")
		w.stripe.with(func() { w.stripe.status = 403 })
		w.keeper.Form("/settings/billing/portal").Want(503).Contains("Stripe refuses to open the portal.")
	})
}

// hear posts a webhook as Stripe does.
func (w *world) hear(id, customer string, at time.Time, key string, change func(http.Header)) apptest.Answer {
	w.t.Helper()
	body, _ := json.Marshal(object{"id": id, "type": "customer.subscription.updated", "data": object{"object": object{"object": "subscription", "customer": customer, "status": "lies"}}})
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	b := w.Browser()
	b.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil))))
	if change != nil {
		change(b.Header)
	}
	return b.Do(http.MethodPost, "/v1/stripe/webhook", "application/json", strings.NewReader(string(body)))
}

func TestAWebhookIsVerifiedCountsOnceAndOnlyMakesUsAsk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		url := w.keeper.JSON(http.MethodPost, w.base+"/portal", object{}).Want(201).Map()["url"].(string)
		customer := url[strings.LastIndexByte(url, '/')+1:]
		if b := w.get(); b.Subscription != nil {
			t.Fatalf("%+v", b)
		}
		w.stripe.with(func() { w.stripe.plan = "active" })
		now := w.Clock.Now()
		w.hear("evt_1", customer, now, "another", nil).Refused(400, "stripe_signature")
		w.hear("evt_1", customer, now, signing, func(h http.Header) { h.Del("Stripe-Signature") }).Refused(400, "stripe_signature")
		w.hear("evt_1", customer, now.Add(-6*time.Minute), signing, nil).Refused(400, "stripe_signature")
		large := w.Browser()
		large.Header.Set("Stripe-Signature", "t=1,v1=00")
		if a := large.Do(http.MethodPost, "/v1/stripe/webhook", "application/json", strings.NewReader(`{"a":"`+strings.Repeat("x", 2<<20)+`"}`)); a.Status != 413 {
			t.Errorf("a large one: %d", a.Status)
		}
		if b := w.get(); b.Subscription != nil {
			t.Error("a forged webhook makes us ask")
		}
		w.hear("evt_2", customer, now, signing, nil).Want(200)
		if b := w.get(); b.Subscription == nil || b.Subscription.Status != "active" {
			t.Errorf("after a webhook: %+v", b)
		}
		asked := w.stripe.count("GET /v1/subscriptions")
		w.hear("evt_2", customer, now, signing, nil).Want(200)
		w.get()
		if w.stripe.count("GET /v1/subscriptions") != asked {
			t.Error("the same webhook counts twice")
		}
		w.stripe.with(func() { w.stripe.plan = "past_due" })
		w.hear("evt_1", customer, now.Add(-time.Minute), signing, nil).Want(200) // out of order: what is so now is asked
		if b := w.get(); b.Subscription.Status != "past_due" {
			t.Errorf("%+v", b)
		}
		w.hear("evt_3", "cus_of_somebody_else", now, signing, nil).Want(200)
	})
}

func TestWithoutAnAccountThePageSaysSo(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Halden")
	owner := s.Member("owner@example.com", org, identity.Owner)
	owner.Get("/settings/billing").Want(200).Contains("Billing is not set up.")
	if b := owner.Get("/v1/orgs/" + org + "/billing").Want(200).Map(); b["configured"] != false || b["subscription"] != nil {
		t.Errorf("%v", b)
	}
	owner.JSON(http.MethodPost, "/v1/orgs/"+org+"/billing/portal", object{}).Refused(409, "billing_not_set_up")
	s.Browser().JSON(http.MethodPost, "/v1/stripe/webhook", object{}).Refused(409, "billing_not_set_up")
}
