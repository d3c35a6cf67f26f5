package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Browser asks the server, keeps its cookies and follows no redirect. It is
// for one goroutine at a time; Copy makes another one with the same cookies.
type Browser struct {
	Cookies map[string]string
	Host    string // sent in place of the listener's address
	From    string // an address that it seems to come from, by no listener then; empty: this machine
	Header  http.Header

	s *Server
}

// Browser returns a browser without cookies.
func (s *Server) Browser() *Browser {
	b := &Browser{Cookies: map[string]string{}, Header: http.Header{}, s: s}
	if s.Config.URL != "" {
		b.Host = s.Config.Base.Host
	}
	return b
}

// Copy returns a browser with the same cookies.
func (b *Browser) Copy() *Browser {
	c := *b
	c.Cookies, c.Header = maps.Clone(b.Cookies), b.Header.Clone()
	return &c
}

// Session is the session's cookie.
func (b *Browser) Session() string { return b.Cookies["np"] + b.Cookies["__Host-np"] }

// Answer is what the server said.
type Answer struct {
	Status  int
	Header  http.Header
	Cookies []*http.Cookie
	Body    []byte

	t testing.TB
}

// Get asks for a path.
func (b *Browser) Get(path string) Answer { b.s.t.Helper(); return b.Do(http.MethodGet, path, "", nil) }

// Delete deletes what is at a path.
func (b *Browser) Delete(path string) Answer {
	b.s.t.Helper()
	return b.Do(http.MethodDelete, path, "", nil)
}

// JSON sends body, which is text that is sent as it stands or a value.
func (b *Browser) JSON(method, path string, body any) Answer {
	b.s.t.Helper()
	raw, isText := body.(string)
	if !isText {
		encoded, err := json.Marshal(body)
		b.s.must(err)
		raw = string(encoded)
	}
	return b.Do(method, path, "application/json", strings.NewReader(raw))
}

// Form posts pairs of name and value.
func (b *Browser) Form(path string, pairs ...string) Answer {
	b.s.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return b.Do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

// Do asks anything.
func (b *Browser) Do(method, path, contentType string, body io.Reader) Answer {
	b.s.t.Helper()
	return b.Send(b.Request(method, path, contentType, body))
}

// Request makes a request without sending it.
func (b *Browser) Request(method, path, contentType string, body io.Reader) *http.Request {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.URL+path, body)
	b.s.must(err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for name, values := range b.Header {
		r.Header[name] = values
	}
	for _, name := range slices.Sorted(maps.Keys(b.Cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.Cookies[name]})
	}
	if b.Host != "" {
		r.Host = b.Host
	}
	return r
}

// Send sends a request and keeps the cookies of its answer.
func (b *Browser) Send(r *http.Request) Answer {
	b.s.t.Helper()
	a, err := b.Try(r)
	b.s.must(err)
	for _, c := range a.Cookies {
		if c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		} else {
			b.Cookies[c.Name] = c.Value
		}
	}
	return a
}

// client keeps connections apart from those of other tests.
var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Try sends a request, keeps nothing and may fail.
func (b *Browser) Try(r *http.Request) (Answer, error) {
	if b.From != "" {
		return b.direct(r), nil
	}
	res, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, res.Cookies(), body, b.s.t}, err
}

// Burst posts the same JSON n times at once and counts the statuses. It keeps no
// cookies.
func (b *Browser) Burst(n int, path, body string) map[int]int {
	b.s.t.Helper()
	var all sync.WaitGroup
	answers := make(chan int, n)
	for range n {
		all.Go(func() {
			a, err := b.Try(b.Request(http.MethodPost, path, "application/json", strings.NewReader(body)))
			if err != nil {
				b.s.t.Error(err)
			}
			answers <- a.Status
		})
	}
	all.Wait()
	close(answers)
	statuses := map[int]int{}
	for status := range answers {
		statuses[status]++
	}
	return statuses
}

// direct gives the request to the handler, as if it came from b.From.
func (b *Browser) direct(r *http.Request) Answer {
	r.RemoteAddr, r.RequestURI = b.From, r.URL.RequestURI()
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(rec, r)
	res := rec.Result()
	return Answer{res.StatusCode, res.Header, res.Cookies(), rec.Body.Bytes(), b.s.t}
}

// Want fails the test unless the status is one of these.
func (a Answer) Want(statuses ...int) Answer {
	a.t.Helper()
	if !slices.Contains(statuses, a.Status) {
		a.t.Fatalf("status %d, want %v\n%s", a.Status, statuses, a.Body)
	}
	return a
}

// To reads the body, which must be JSON and hold no field that v has not.
func (a Answer) To(v any) Answer {
	a.t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.Body))
	if err := d.Decode(v); err != nil {
		a.t.Fatalf("%v\n%s", err, a.Body)
	}
	return a
}

// Map is the body as an object.
func (a Answer) Map() map[string]any {
	a.t.Helper()
	var m map[string]any
	a.To(&m)
	return m
}

// Problem is the body of an error.
type Problem struct {
	Title     string
	Status    int
	Code      string
	RequestID string `json:"request_id"`
	Errors    []struct{ Field, Code, Message string }
}

// Problem reads the body of an error and fails the test unless it is a whole
// one.
func (a Answer) Problem() Problem {
	a.t.Helper()
	var p Problem
	a.To(&p)
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("the problem has content type %q", ct)
	}
	if p.Code == "" || p.Title == "" || p.Status != a.Status || p.RequestID != a.Header.Get("X-Request-Id") {
		a.t.Errorf("not a whole problem: %s", a.Body)
	}
	return p
}

// Refused fails the test unless the answer is a problem with this status and
// code, and blames exactly these fields.
func (a Answer) Refused(status int, code string, fields ...string) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Body)
	}
	p := a.Problem()
	var blamed []string
	for _, e := range p.Errors {
		blamed = append(blamed, e.Field)
		if e.Message == "" || e.Code == "" {
			a.t.Errorf("%s is blamed without a word: %s", e.Field, a.Body)
		}
	}
	slices.Sort(blamed)
	slices.Sort(fields)
	blamed = slices.Compact(blamed)
	if p.Code != code || len(fields) > 0 && !slices.Equal(blamed, fields) {
		a.t.Fatalf("code %q on %v, want %q on %v\n%s", p.Code, blamed, code, fields, a.Body)
	}
	return a
}

// Contains fails the test unless the body has this text.
func (a Answer) Contains(text string) Answer {
	a.t.Helper()
	if !strings.Contains(string(a.Body), text) {
		a.t.Fatalf("no %s in\n%s", text, a.Body)
	}
	return a
}

// Page is the body as text.
func (a Answer) Page() string { return string(a.Body) }

// Cookie returns a cookie that the answer sets, or nil.
func (a Answer) Cookie(name string) *http.Cookie {
	for _, c := range a.Cookies {
		if c.Name == name {
			return c
		}
	}
	return nil
}
