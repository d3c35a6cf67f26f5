package apptest

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/secret"
)

// Post is a mail server on this machine. It takes mails, refuses some
// recipients for good, or hangs up.
type Post struct {
	listener net.Listener

	mu      sync.Mutex
	refused map[string]bool
	cut     func(mail string) bool
	taken   map[string][]string // by recipient
}

// StartPost listens until the test ends.
func StartPost(t testing.TB) *Post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Post{listener: l, refused: map[string]bool{}, taken: map[string][]string{}}
	go p.accept()
	t.Cleanup(func() { l.Close() })
	return p
}

// Posting makes the server send its mails there.
func Posting(p *Post) Setting {
	return func(c *config.Config, _ *app.Options) {
		c.SMTP = secret.Secret("smtp://" + p.listener.Addr().String() + "?tls=never")
	}
}

// Refuse refuses a recipient for good from now on, or takes it again.
func (p *Post) Refuse(address string, refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused[address] = refused
}

// Cut hangs up on mails instead of answering for them, after all of them came.
func (p *Post) Cut(cut func(mail string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

// Taken is what was taken for a recipient.
func (p *Post) Taken(address string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken[address]
}

func (p *Post) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.talk(c)
	}
}

// talk is one connection, as RFC 5321 has it.
func (p *Post) talk(c net.Conn) {
	defer c.Close()
	say := func(line string) { c.Write([]byte(line + "\r\n")) } //nolint:errcheck // the client has gone
	in := bufio.NewScanner(c)
	say("220 here")
	to := ""
	for in.Scan() {
		word, rest, _ := strings.Cut(in.Text(), " ")
		switch strings.ToUpper(word) {
		case "RCPT":
			_, rest, _ = strings.Cut(rest, "<")
			to, _, _ = strings.Cut(rest, ">")
			if p.refuses(to) {
				say("550 5.1.1 there is no such mailbox")
				continue
			}
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go on")
			if !p.take(to, body(in)) {
				return
			}
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// body reads a mail to the line with a dot.
func body(in *bufio.Scanner) string {
	var b strings.Builder
	for in.Scan() && in.Text() != "." {
		b.WriteString(in.Text() + "\n")
	}
	return b.String()
}

func (p *Post) refuses(to string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused[to]
}

// take keeps a mail, and reports whether it is to be answered for.
func (p *Post) take(to, mail string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut != nil && p.cut(mail) {
		return false
	}
	p.taken[to] = append(p.taken[to], mail)
	return true
}
