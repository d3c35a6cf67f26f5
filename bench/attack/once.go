package main

import (
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pquerna/otp/totp"
)

const crowd = 64

// together runs do n times at once and counts how often it reports true.
func together(n int, do func(i int) (bool, error)) (int, error) {
	var (
		wg     sync.WaitGroup
		yes    atomic.Int64
		failed atomic.Pointer[error]
	)
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			ok, err := do(i)
			if err != nil {
				failed.Store(&err)
			}
			if ok {
				yes.Add(1)
			}
		})
	}
	close(gate)
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(yes.Load()), nil
}

var (
	link = regexp.MustCompile(`token=(\S+)`)
	code = regexp.MustCompile(`(?m)^\d{6}$`)
)

// oneLink lets many use the link of a reset at once, again and again.
func oneLink(w *world) (string, bool, error) {
	rounds, good := w.choose(20, 200), 0
	for range rounds {
		address, err := w.person()
		if err != nil {
			return "", false, err
		}
		if _, err := w.post(client(), "/v1/password-reset", map[string]string{"email": address}); err != nil {
			return "", false, err
		}
		text, err := w.letter(address)
		if err != nil {
			return "", false, err
		}
		token := link.FindStringSubmatch(text)[1]
		n, err := together(crowd, func(i int) (bool, error) {
			a, err := w.post(client(), "/v1/password-reset/confirm", map[string]string{"token": token, "new_password": fmt.Sprintf("%s-%d", password, i)})
			return a.status == http.StatusNoContent, err
		})
		if err != nil {
			return "", false, err
		}
		if n == 1 {
			good++
		}
	}
	return fmt.Sprintf("%d of %d rounds", good, rounds), good == rounds, nil
}

// oneCode lets many use one code of an authenticator app at once.
func oneCode(w *world) (string, bool, error) {
	rounds, good := w.choose(3, 20), 0
	for range rounds {
		address, err := w.person()
		if err != nil {
			return "", false, err
		}
		n, err := w.codeRound(address)
		if err != nil {
			return "", false, err
		}
		if n == 1 {
			good++
		}
	}
	return fmt.Sprintf("%d of %d rounds", good, rounds), good == rounds, nil
}

func (w *world) codeRound(address string) (int, error) {
	owner, err := w.signIn(address)
	if err != nil {
		return 0, err
	}
	var setup struct{ Secret string }
	if err := w.into(&setup, owner, "/v1/me/factors/totp", struct{}{}); err != nil {
		return 0, err
	}
	now := time.Now()
	first, err := totp.GenerateCode(setup.Secret, now)
	if err != nil {
		return 0, err
	}
	if err := w.into(nil, owner, "/v1/me/factors/totp/confirm", map[string]string{"code": first}); err != nil {
		return 0, err
	}
	// The step after this one is within the skew, and was not used.
	next, err := totp.GenerateCode(setup.Secret, now.Add(30*time.Second))
	if err != nil {
		return 0, err
	}
	half, err := w.signIn(address)
	if err != nil {
		return 0, err
	}
	return together(8, func(int) (bool, error) {
		a, err := w.post(&http.Client{Jar: half.Jar, Transport: connections}, "/v1/session/second-factor", map[string]string{"method": "totp", "code": next})
		return a.status == http.StatusOK, err
	})
}

// burst spends the tries of a code at once, and then comes with the right one.
func burst(w *world) (string, bool, error) {
	address := fmt.Sprintf("person%d@example.com", w.people.Add(1))
	if _, err := w.post(client(), "/v1/signup", map[string]string{"email": address, "password": password}); err != nil {
		return "", false, err
	}
	text, err := w.letter(address)
	if err != nil {
		return "", false, err
	}
	right := code.FindString(text)
	_, err = together(200, func(i int) (bool, error) {
		wrong := fmt.Sprintf("%06d", i)
		if wrong == right {
			wrong = "999999"
		}
		a, err := w.post(client(), "/v1/signup/verify", map[string]string{"email": address, "code": wrong})
		return a.status == http.StatusOK, err
	})
	if err != nil {
		return "", false, err
	}
	a, err := w.post(client(), "/v1/signup/verify", map[string]string{"email": address, "code": right})
	return fmt.Sprintf("answered %d", a.status), a.status >= 400 && a.status < 500, err
}
