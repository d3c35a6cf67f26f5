package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
)

func decode(body []byte, to any) error {
	if to == nil {
		return nil
	}
	return json.Unmarshal(body, to)
}

// flood signs in 200 at a time, and looks at another page 20 times a second
// meanwhile.
func flood(w *world) (string, bool, error) {
	before, err := w.memory()
	if err != nil {
		return "", false, err
	}
	span := time.Duration(w.choose(10, 60)) * time.Second
	surplus, probes := &times{}, &times{}
	var wg sync.WaitGroup
	elapsed := clock.Stopwatch()
	for i := range 200 {
		wg.Go(func() {
			for n := 0; elapsed() < span; n++ {
				a, err := w.post(client(), "/v1/session", map[string]string{"email": fmt.Sprintf("flood%d-%d@example.com", i, n), "password": password})
				if err == nil && a.status >= 429 {
					surplus.add(a.took)
				}
			}
		})
	}
	peak := before
	for elapsed() < span {
		a, err := w.send(client(), http.MethodGet, "/sign-in", nil)
		if err != nil || a.status != http.StatusOK {
			return fmt.Sprintf("a page answered %d: %v", a.status, err), false, nil
		}
		probes.add(a.took)
		if now, err := w.memory(); err == nil {
			peak = max(peak, now)
		}
		time.Sleep(50 * time.Millisecond)
	}
	wg.Wait()
	rise, p99, slowest := float64(peak-before)/(1<<20), probes.share(0.99), surplus.share(1)
	return fmt.Sprintf("+ %.0f MiB, p99 %d ms, surplus after %d ms at most", rise, p99.Milliseconds(), slowest.Milliseconds()),
		rise <= 128 && p99 <= 250*time.Millisecond && slowest <= 2*time.Second, nil
}

// times are durations that many add to.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *times) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

// share is the duration that this share of them does not exceed.
func (t *times) share(of float64) time.Duration {
	if len(t.all) == 0 {
		return 0
	}
	slices.Sort(t.all)
	return t.all[int(of*float64(len(t.all)-1))]
}

// giants sends passwords of every size.
func giants(w *world) (string, bool, error) {
	var slowest time.Duration
	met := true
	for _, length := range []int{64, 128, 256} {
		address := fmt.Sprintf("person%d@example.com", w.people.Add(1))
		fits := strings.Repeat("Aé1!xyQ-", length/8)
		a, err := w.post(client(), "/v1/signup", map[string]string{"email": address, "password": fits})
		if err != nil {
			return "", false, err
		}
		met = met && a.status == http.StatusCreated
	}
	for _, bytes := range []int{5 << 10, 60 << 10, 1 << 20, 10 << 20} {
		a, err := w.post(client(), "/v1/session", map[string]string{"email": "giant@example.com", "password": strings.Repeat("x", bytes)})
		if err != nil {
			continue // the server has hung up on a body that is too large
		}
		met = met && a.status >= 400
		slowest = max(slowest, a.took)
	}
	return fmt.Sprintf("64, 128 and 256 taken; refused within %.1f ms", float64(slowest.Microseconds())/1e3), met && slowest <= 20*time.Millisecond, nil
}

// revocation ends a session that another browser uses all the time.
func revocation(w *world) (string, bool, error) {
	address, err := w.person()
	if err != nil {
		return "", false, err
	}
	victim, err := w.signIn(address)
	if err != nil {
		return "", false, err
	}
	other, err := w.signIn(address)
	if err != nil {
		return "", false, err
	}
	for range 20 {
		if a, err := w.send(victim, http.MethodGet, "/v1/me", nil); err != nil || a.status != http.StatusOK {
			return fmt.Sprintf("a living session answered %d", a.status), false, err
		}
	}
	if err := w.into(nil, other, "/v1/me/sessions/sign-out-others", struct{}{}); err != nil {
		return "", false, err
	}
	a, err := w.send(victim, http.MethodGet, "/v1/me", nil)
	return fmt.Sprintf("the next request answered %d", a.status), a.status == http.StatusUnauthorized, err
}
