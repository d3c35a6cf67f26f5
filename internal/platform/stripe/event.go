package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tolerance is how old a webhook may be, and how far ahead of our clock.
const tolerance = 5 * time.Minute

// Event is a webhook of Stripe's. Only whom it is about is read: what has become
// of them is asked.
type Event struct {
	ID       string
	Type     string
	Customer string // empty: nobody's
}

// Read returns the event in a body that Stripe has signed just now, and whether
// it has. header is Stripe-Signature.
func (a *Account) Read(header string, body []byte, now time.Time) (Event, bool) {
	if !a.signed(header, body, now) {
		return Event{}, false
	}
	var e struct {
		ID   string
		Type string
		Data struct {
			Object struct {
				ID       string
				Object   string
				Customer any // an id; whole where somebody asked for that
			}
		}
	}
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" {
		return Event{}, false
	}
	customer, _ := e.Data.Object.Customer.(string)
	if e.Data.Object.Object == "customer" {
		customer = e.Data.Object.ID
	}
	return Event{e.ID, e.Type, customer}, true
}

func (a *Account) signed(header string, body []byte, now time.Time) bool {
	var at string
	var given []string
	for part := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			at = value
		case "v1":
			given = append(given, value)
		}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || a.Webhook == "" || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, []byte(a.Webhook.Reveal()))
	fmt.Fprintf(mac, "%s.%s", at, body)
	want := mac.Sum(nil)
	for _, one := range given {
		if sum, err := hex.DecodeString(one); err == nil && hmac.Equal(sum, want) {
			return true
		}
	}
	return false
}
