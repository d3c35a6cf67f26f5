// Package smstest plays Twilio on this machine, for tests: the one path that
// sends a text, with its signature and its form.
package smstest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/platform/secret"
)

// The account. Its token has signs that must be escaped in an address.
const (
	Account = "ACtest"
	Token   = "s3cret-token/+"
	From    = "+15550100"

	WhatsApp  = "+15550199"
	Workspace = "WStest"
)

// patience is how long a test waits for a text that must come.
const patience = 10 * time.Second

// What Refuse may return in place of a status.
const (
	HangsUp = -1
	Silent  = -2
)

// Twilio takes texts.
type Twilio struct {
	URL secret.Secret // as NAMEPLATE_TWILIO takes it

	server *httptest.Server
	mu     sync.Mutex
	taken  map[string]chan string // by number
	asked  int
	odd    []string // what Twilio would not have understood
	refuse func(n int) int
}

// Start listens until the test ends, and fails it for what Twilio would not
// have understood.
func Start(t testing.TB) *Twilio {
	t.Helper()
	w := Listen()
	t.Cleanup(func() {
		w.Close()
		for _, odd := range w.odd {
			t.Error(odd)
		}
	})
	return w
}

// Listen listens until Close.
func Listen() *Twilio {
	w := &Twilio{taken: map[string]chan string{}}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	q := url.Values{"from": {From}, "whatsapp": {WhatsApp}, "workspace": {Workspace}, "insecure": {"true"}}
	u := url.URL{Scheme: "twilio", User: url.UserPassword(Account, Token), Host: w.server.Listener.Addr().String(), RawQuery: q.Encode()}
	w.URL = secret.Secret(u.String())
	return w
}

// Close ends it.
func (w *Twilio) Close() { w.server.Close() }

// Refuse answers the n-th request, from 1, with the status that refuse returns;
// 0 takes the text, HangsUp takes it without an answer, and Silent waits until
// whoever asks gives up.
func (w *Twilio) Refuse(refuse func(n int) int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = refuse
}

// Asked is how many requests came.
func (w *Twilio) Asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// Next waits for the next text to a number; one on WhatsApp has "whatsapp:"
// before it.
func (w *Twilio) Next(t testing.TB, number string) string {
	t.Helper()
	select {
	case text := <-w.to(number):
		return text
	case <-time.After(patience):
		t.Fatalf("no text came to %s", number)
		return ""
	}
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// Code waits for the next text to a number and returns the code in it.
func (w *Twilio) Code(t testing.TB, number string) string {
	t.Helper()
	return digits.FindString(w.Next(t, number))
}

// Waiting is how many texts came to a number that nobody has read.
func (w *Twilio) Waiting(number string) int { return len(w.to(number)) }

func (w *Twilio) to(number string) chan string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken[number] == nil {
		w.taken[number] = make(chan string, 1000)
	}
	return w.taken[number]
}

func (w *Twilio) serve(rw http.ResponseWriter, r *http.Request) {
	status := w.count()
	if odd := oddity(r); odd != "" {
		w.mu.Lock()
		w.odd = append(w.odd, odd)
		w.mu.Unlock()
		status = http.StatusBadRequest
	}
	if status <= 0 {
		w.to(r.PostFormValue("To")) <- r.PostFormValue("Body")
	}
	rw.Header().Set("Content-Type", "application/json")
	switch {
	case status == Silent:
		<-r.Context().Done()
	case status == HangsUp:
		panic(http.ErrAbortHandler)
	case status > 0:
		rw.WriteHeader(status)
		fmt.Fprintf(rw, `{"code": 21211, "message": "The number %s is not valid.", "more_info": "", "status": %d}`, r.PostFormValue("To"), status)
	default:
		rw.WriteHeader(http.StatusCreated)
		fmt.Fprintf(rw, `{"sid": "SM%032d", "status": "queued", "to": %q, "error_code": null}`, w.Asked(), r.PostFormValue("To"))
	}
}

func (w *Twilio) count() (status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.refuse != nil {
		status = w.refuse(w.asked)
	}
	return status
}

// oddity says what Twilio would not have understood of a request.
func oddity(r *http.Request) string {
	user, password, _ := r.BasicAuth()
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/"+Account+"/Messages.json":
		return "asked for " + r.Method + " " + r.URL.Path
	case user != Account || password != Token:
		return "the request is not signed"
	case r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.PostFormValue("Body") == "":
		return "the request has no form"
	case !(r.PostFormValue("From") == From && strings.HasPrefix(r.PostFormValue("To"), "+")) &&
		!(r.PostFormValue("From") == "whatsapp:"+WhatsApp && strings.HasPrefix(r.PostFormValue("To"), "whatsapp:+")):
		return "the text goes from nowhere, or to nowhere"
	}
	return ""
}
