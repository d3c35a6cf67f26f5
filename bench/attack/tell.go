package main

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// tells compares the answers to known and unknown addresses: the bytes, and by
// the time alone how often a known one takes longer than an unknown one (AUC:
// 0.5 tells nothing, 1 everything).
func (w *world) tells(ask func(address string) (answer, error)) (string, bool, error) {
	n := w.choose(120, 1000)
	people := make([]string, n)
	for i := range people {
		address, err := w.person()
		if err != nil {
			return "", false, err
		}
		people[i] = address
	}
	var known, unknown []time.Duration
	var first *answer
	same := true
	take := func(address string, to *[]time.Duration) error {
		a, err := ask(address)
		if err != nil {
			return err
		}
		if first == nil {
			first = &a
		}
		same = same && a.status == first.status && bytes.Equal(plain(a.body), plain(first.body))
		*to = append(*to, a.took)
		return nil
	}
	for i, address := range people {
		turns := []func() error{
			func() error { return take(address, &known) },
			func() error { return take(fmt.Sprintf("nobody%d@example.com", i), &unknown) },
		}
		for turn := range turns { // each of them first in turn
			if err := turns[(turn+i)%2](); err != nil {
				return "", false, err
			}
		}
	}
	auc := area(known, unknown)
	words := map[bool]string{true: "same bytes", false: "other bytes"}
	return fmt.Sprintf("AUC %.3f of %d pairs, %s", auc, n, words[same]), same && auc >= 0.45 && auc <= 0.55, nil
}

var requestID = regexp.MustCompile(`req_[0-9a-z]+`)

func plain(body []byte) []byte { return requestID.ReplaceAll(body, nil) }

// area is the chance that one of a is more than one of b.
func area(a, b []time.Duration) float64 {
	slices.Sort(b)
	sum := 0.0
	for _, v := range a {
		below, _ := slices.BinarySearch(b, v)
		above := below
		for above < len(b) && b[above] == v {
			above++
		}
		sum += float64(below) + float64(above-below)/2
	}
	return sum / float64(len(a)) / float64(len(b))
}

func signInTells(w *world) (string, bool, error) {
	return w.tells(func(address string) (answer, error) {
		return w.post(client(), "/v1/session", map[string]string{"email": address, "password": "Wrong-Lantern7-Harbour"})
	})
}

func resetTells(w *world) (string, bool, error) {
	return w.tells(func(address string) (answer, error) {
		return w.post(client(), "/v1/password-reset", map[string]string{"email": address})
	})
}

// into posts and reads the answer, which must be a good one.
func (w *world) into(to any, c *http.Client, path string, v any) error {
	a, err := w.post(c, path, v)
	if err != nil {
		return err
	}
	if a.status >= 300 {
		return fmt.Errorf("%s: %d %s", path, a.status, a.body)
	}
	return decode(a.body, to)
}
