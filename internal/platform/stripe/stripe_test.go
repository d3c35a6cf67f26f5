package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"nameplate/internal/platform/stripe"
)

func TestAnAddressSaysWhichAccount(t *testing.T) {
	for text, want := range map[string]string{
		"stripe://sk_live_1@?webhook_secret=whsec_1":                              "https api.stripe.com sk_live_1 whsec_1",
		"stripe://sk_test_1@stripe.example:8443/?webhook_secret=whsec_1":          "https stripe.example:8443 sk_test_1 whsec_1",
		"stripe://sk_test_1@127.0.0.1:12111?webhook_secret=whsec_1&insecure=true": "http 127.0.0.1:12111 sk_test_1 whsec_1",
	} {
		a, err := stripe.ParseAccount(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprint(a.Scheme, " ", a.Host, " ", a.Key.Reveal(), " ", a.Webhook.Reveal()); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	const hidden = "sk_hidden"
	for text, want := range map[string]string{
		"smtp://" + hidden + "@h":                                         "stripe://",
		"stripe://host":                                                   "secret key",
		"stripe://" + hidden + ":x@h?webhook_secret=w":                    "alone",
		"stripe://" + hidden + "@h":                                       "webhook_secret",
		"stripe://" + hidden + "@h?webhook_secret=":                       "webhook_secret",
		"stripe://" + hidden + "@h/path?webhook_secret=w":                 "form",
		"stripe://" + hidden + "@h?webhook_secret=w&more=1":               "query",
		"stripe://" + hidden + "@h?webhook_secret=w&insecure=true":        "this machine",
		"stripe://" + hidden + "@127.0.0.1?webhook_secret=w&insecure=yes": "insecure",
		"stripe://" + hidden + "%@h?webhook_secret=w":                     "%XX",
	} {
		if _, err := stripe.ParseAccount(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %v, want a word of %s", text, err, want)
		}
	}
}

func TestAWebhookIsStripesOnlyIfItIsSignedJustNow(t *testing.T) {
	a, err := stripe.ParseAccount("stripe://sk@?webhook_secret=whsec_test")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_795_426_200, 0)
	body := `{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1"}}}`
	sign := func(at time.Time, key string) string {
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
		return hex.EncodeToString(mac.Sum(nil))
	}
	header := func(at time.Time, sums ...string) string {
		return fmt.Sprintf("t=%d,v1=%s", at.Unix(), strings.Join(sums, ",v1="))
	}
	good := sign(now, "whsec_test")
	for name, c := range map[string]struct {
		header string
		good   bool
	}{
		"good":            {header(now, good), true},
		"one of two":      {header(now, sign(now, "whsec_old"), good), true},
		"none":            {"", false},
		"another key":     {header(now, sign(now, "whsec_x")), false},
		"an old scheme":   {strings.Replace(header(now, good), "v1=", "v0=", 1), false},
		"another time":    {header(now.Add(time.Second), good), false},
		"old":             {header(now.Add(-6*time.Minute), sign(now.Add(-6*time.Minute), "whsec_test")), false},
		"from the future": {header(now.Add(6*time.Minute), sign(now.Add(6*time.Minute), "whsec_test")), false},
		"no time":         {"v1=" + good, false},
	} {
		e, ok := a.Read(c.header, []byte(body), now)
		if ok != c.good || ok && (e.ID != "evt_1" || e.Customer != "cus_1") {
			t.Errorf("%s: %v %+v", name, ok, e)
		}
	}
}
