package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// listener is a service that hears of changes, and is down at first.
type listener struct {
	*httptest.Server
	down  atomic.Bool
	heard atomic.Pointer[string]
}

func listen(t testing.TB) *listener {
	t.Helper()
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || l.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		text := string(body)
		l.heard.Store(&text)
	}))
	t.Cleanup(l.Close)
	return l
}

// hooked owns an organization with a webhook that was tested.
func hooked(t testing.TB) *person {
	t.Helper()
	p, l := connected(t), listen(t)
	base := p.home(t) + "/webhooks"
	var made struct{ ID string }
	p.must(t, http.MethodPost, base, map[string]any{"url": l.URL + "/in/nameplate", "events": []string{"*"}}, &made)
	p.must(t, http.MethodPost, base+"/"+made.ID+"/test", map[string]any{}, nil)
	for end := time.Now().Add(10 * time.Second); ; {
		var log struct{ Items []struct{ State string } }
		p.must(t, http.MethodGet, base+"/"+made.ID+"/deliveries", nil, &log)
		if len(log.Items) == 1 && log.Items[0].State == "done" {
			return p
		}
		if time.Now().After(end) {
			t.Fatalf("the test did not arrive: %+v", log)
		}
	}
}

func TestAReceiverThatComesBackHearsWhatItMissed(t *testing.T) {
	t.Parallel()
	p, l := newcomer(t, "Leila Haddad"), listen(t)
	b := as(t, p)
	b.open("/settings/credentials")
	b.leaves(func() { b.the("link", "Add webhook").click() })
	b.the("textbox", "Address").types(l.URL)
	b.leaves(func() { b.the("button", "Add webhook").click() })
	b.sees("whsec_", "Nothing was sent yet.")
	b.open("/settings/credentials")
	b.leaves(func() { b.the("link", "Open "+strings.TrimPrefix(l.URL, "http://")).click() })
	l.down.Store(true)
	p.change(t, map[string]any{"pronouns": "she/her"})
	b.eventually("see the failed try", func() error {
		b.open(b.path())
		if !strings.Contains(b.text(), "was answered 503") {
			return fmt.Errorf("%s", b.text())
		}
		return nil
	})
	l.down.Store(false)
	b.eventually("hear of the change", func() error {
		if text := l.heard.Load(); text == nil || !strings.Contains(*text, `"changed":["pronouns"]`) || !strings.Contains(*text, p.ID) {
			return fmt.Errorf("nothing was heard")
		}
		return nil
	})
}
