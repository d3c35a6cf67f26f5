package main

import (
	"fmt"
	"net/http"
	"strings"
)

// guesses guesses at one password from everywhere, with every spelling of the
// address, and counts what was compared: an answer other than "too many".
func guesses(w *world) (string, bool, error) {
	address, err := w.person()
	if err != nil {
		return "", false, err
	}
	spelled := []string{address, strings.ToUpper(address), " " + address, address + " ", strings.Replace(address, "@", "＠", 1), strings.Replace(address, "p", "P", 1)}
	total, looked := w.choose(2_000, 10_000), 0
	for start := 0; start < total; start += crowd {
		n, err := together(min(crowd, total-start), func(i int) (bool, error) {
			n := start + i
			a, err := w.post(client(), "/v1/session", map[string]string{"email": spelled[n%len(spelled)], "password": fmt.Sprintf("guess-%d", n)},
				"X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", n%500/250, n%250))
			return a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable, err
		})
		if err != nil {
			return "", false, err
		}
		looked += n
	}
	return fmt.Sprintf("%d of %d", looked, total), looked <= 10, nil
}
