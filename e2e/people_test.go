package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// password is one that keeps all the rules.
const password = "Quiet-Otter-Sails-7"

// person has an account.
type person struct {
	Server *server
	ID     string
	Email  string
	Name   string
	client *http.Client // calls the API as the person
}

var people atomic.Int64

// newcomer makes an account on the common server, by the API, for tests that
// are about something else. The organization is the person's own.
func newcomer(t testing.TB, name string) *person {
	t.Helper()
	address := fmt.Sprintf("person%d@halden.example", people.Add(1))
	p, err := common.join(address, name, name+" & Co")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// own makes the first account, which decides over the instance.
func (s *server) own() error {
	_, err := s.join("owner@halden.example", "Leila Haddad", "Halden Energy")
	return err
}

// join signs up, with the code from the mail where there is one.
func (s *server) join(address, name, organization string) (*person, error) {
	jar, _ := cookiejar.New(nil)
	p := &person{Server: s, Email: address, Name: name, client: &http.Client{Jar: jar, Timeout: patience}}
	var answer struct{ Status string }
	err := p.call(http.MethodPost, "/v1/signup", map[string]string{
		"email": address, "password": password, "display_name": name, "organization": organization,
	}, &answer)
	if err != nil {
		return nil, err
	}
	if answer.Status == "verification_required" {
		if err := p.verify(); err != nil {
			return nil, err
		}
	}
	var me struct{ ID string }
	if err := p.call(http.MethodGet, "/v1/me", nil, &me); err != nil {
		return nil, err
	}
	p.ID = me.ID
	return p, nil
}

func (p *person) verify() error {
	code, err := p.Server.code(p.Email)
	if err != nil {
		return err
	}
	return p.call(http.MethodPost, "/v1/signup/verify", map[string]string{"email": p.Email, "code": code}, nil)
}

var sixDigits = regexp.MustCompile(`(?m)^\d{6}$`)

// code waits for the code in the mail to an address.
func (s *server) code(to string) (code string, err error) {
	err = soon(func() error {
		text, err := s.mail(to)
		code = sixDigits.FindString(text)
		if err == nil && code == "" {
			err = fmt.Errorf("no code in the mail to %s", to)
		}
		return err
	})
	return code, err
}

// change saves fields of the profile, by the API.
func (p *person) change(t testing.TB, fields map[string]any) {
	t.Helper()
	if err := p.call(http.MethodPatch, "/v1/me", fields, nil); err != nil {
		t.Fatal(err)
	}
}

// wear sets the picture, by the API.
func (p *person) wear(t testing.TB, path string) {
	t.Helper()
	p.uploads(t, "/v1/me/avatar", path)
}

// uploads puts a PNG where the API takes one.
func (p *person) uploads(t testing.TB, to, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPut, p.Server.URL+to, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "image/png")
	if _, err := read(p.client.Do(r)); err != nil {
		t.Fatal(err)
	}
}

// card returns the card that anybody gets.
func (p *person) card(t testing.TB) string {
	t.Helper()
	body, err := read(http.Get(p.Server.URL + "/v1/cards/" + p.ID))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (p *person) call(method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, p.Server.URL+path, sent)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	text, err := read(p.client.Do(r))
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal([]byte(text), answer)
}

// cookies are those of the person's session.
func (p *person) cookies() []*http.Cookie {
	u, err := url.Parse(p.Server.URL)
	if err != nil {
		panic(err) // it is made by start
	}
	return p.client.Jar.Cookies(u)
}

// read returns the body of an answer that is a success.
func read(r *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	if r.StatusCode >= 300 {
		return "", fmt.Errorf("%s %s: %s\n%s", r.Request.Method, r.Request.URL.Path, r.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
