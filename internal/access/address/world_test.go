package address_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/app/apptest"
)

const (
	ada    = "ada@example.com"
	bob    = "bob@example.com"
	fresh  = "ada.byron@example.net"
	change = "/v1/me/email-change"
	emails = "/v1/me/emails"
	wrong  = "000000"
)

type fields map[string]string

func start(b *apptest.Browser, address string) apptest.Answer {
	return b.JSON(http.MethodPost, change, fields{"new_email": address})
}

func resend(b *apptest.Browser) apptest.Answer {
	return b.JSON(http.MethodPost, change+"/resend", fields{})
}

func confirm(b *apptest.Browser, f fields) apptest.Answer {
	return b.JSON(http.MethodPost, change+"/confirm", f)
}

func add(b *apptest.Browser, address string) apptest.Answer {
	return b.JSON(http.MethodPost, emails, fields{"email": address})
}

func verify(b *apptest.Browser, id, code string) apptest.Answer {
	return b.JSON(http.MethodPost, emails+"/"+id+"/verify", fields{"code": code})
}

func signIn(s *apptest.Server, address string) apptest.Answer {
	return s.Browser().JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": apptest.Password})
}

func forget(s *apptest.Server, address string) apptest.Answer {
	return s.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": address})
}

// codes are those of the newest mails of a change.
func codes(s *apptest.Server, from, to string) fields {
	return fields{"new_code": codeFor(s, to, "email.code_new"), "current_code": codeFor(s, from, "email.code_current")}
}

// codeFor is the code in the newest mail of a kind.
func codeFor(s *apptest.Server, address, kind string) string {
	for _, m := range s.Letters(address) {
		if m.Kind == kind {
			return apptest.CodeIn(m)
		}
	}
	return ""
}

// kinds lists the mails to an address that are of our making, the newest first.
func kinds(s *apptest.Server, address string) string {
	var all []string
	for _, m := range s.Letters(address) {
		if strings.HasPrefix(m.Kind, "email.") {
			all = append(all, m.Kind)
		}
	}
	return strings.Join(all, " ")
}

type entry struct {
	ID, Email         string
	Primary, Verified bool
}

func list(b *apptest.Browser) []entry {
	var l struct{ Items []entry }
	b.Get(emails).Want(200).To(&l)
	return l.Items
}

// book spells the addresses of somebody: the primary one with a star, those
// that wait for their code in brackets.
func book(b *apptest.Browser) string {
	var all []string
	for _, it := range list(b) {
		text := it.Email
		if it.Primary {
			text += "*"
		}
		if !it.Verified {
			text = "(" + text + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func idOf(b *apptest.Browser, address string) string {
	for _, it := range list(b) {
		if it.Email == address {
			return it.ID
		}
	}
	return ""
}

// has adds a further address and verifies it.
func has(s *apptest.Server, b *apptest.Browser, address string) (id string) {
	id = add(b, address).Want(201).Map()["id"].(string)
	verify(b, id, codeFor(s, address, "email.code_further")).Want(200)
	return id
}

func want(t *testing.T, what, got, wanted string) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: %q, want %q", what, got, wanted)
	}
}

// burst asks n times at once and counts the answers by status.
func burst(n int, ask func(i int) apptest.Answer) (answers []apptest.Answer, count map[int]int) {
	var all sync.WaitGroup
	answers, count = make([]apptest.Answer, n), map[int]int{}
	for i := range n {
		all.Go(func() { answers[i] = ask(i) })
	}
	all.Wait()
	for _, a := range answers {
		count[a.Status]++
	}
	return answers, count
}

// written is what stands in the journal.
func written(s *apptest.Server) string {
	rows := s.Rows()
	return strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n")
}

// alike fails the test unless two answers are the same byte for byte, all but
// what is made anew for each.
func alike(t *testing.T, a, b apptest.Answer) {
	t.Helper()
	body := func(x apptest.Answer) string {
		return strings.ReplaceAll(string(x.Body), x.Header.Get("X-Request-Id"), "")
	}
	for name := range a.Header {
		if made := name == "X-Request-Id" || name == "Date"; !made && a.Header.Get(name) != b.Header.Get(name) {
			t.Errorf("%s: %q and %q", name, a.Header.Get(name), b.Header.Get(name))
		}
	}
	if a.Status != b.Status || len(a.Header) != len(b.Header) || body(a) != body(b) {
		t.Errorf("%d %v\n%s\nand %d %v\n%s", a.Status, a.Header, a.Body, b.Status, b.Header, b.Body)
	}
}
