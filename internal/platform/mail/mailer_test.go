package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// post is a mailer with all that it needs.
type post struct {
	*mail.Mailer
	t     *testing.T
	clock *clock.Manual
	log   *record
}

type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func open(t *testing.T, d *db.DB, server *mail.Server) post {
	t.Helper()
	keys, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	return node(t, d, server, keys, clock.At(start))
}

// node is a process of its own on the same database.
func node(t *testing.T, d *db.DB, server *mail.Server, keys *secret.Keys, c *clock.Manual) post {
	rec := &record{}
	log := slog.New(slog.NewTextHandler(rec, nil))
	m := &mail.Mailer{
		DB: d, Keys: keys, Clock: c, Log: log, Host: "id.example.com", SMTP: server,
		Queue:  &jobs.Queue{DB: d, Keys: keys, Clock: c, Log: log},
		Limits: &limit.Limiter{DB: d, Keys: keys, Clock: c},
	}
	m.Register()
	return post{m, t, c, rec}
}

func message() mail.Message {
	msg := letter.Render(context.Background())
	msg.Kind, msg.To = "address_code", "zoe@example.com"
	return msg
}

func (p post) send(msg mail.Message) {
	p.t.Helper()
	err := p.DB.Tx(p.t.Context(), func(tx *db.Tx) error { return p.Send(p.t.Context(), tx, msg) })
	if err != nil {
		p.t.Fatal(err)
	}
}

// work runs the jobs that are due and returns how many there were.
func (p post) work() (n int) {
	p.t.Helper()
	for {
		ran, err := p.Queue.RunOne(p.t.Context())
		if err != nil && !ran {
			p.t.Fatal(err)
		}
		if !ran {
			return n
		}
		n++
	}
}

func (p post) outbox() []mail.Stored {
	p.t.Helper()
	all, err := p.Outbox(p.t.Context(), 100)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// parts reads a mail as a mailbox does.
func parts(t *testing.T, data string) (h netmail.Header, text, html string) {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	return msg.Header, part(t, r, "text/plain"), part(t, r, "text/html")
}

func part(t *testing.T, r *multipart.Reader, kind string) string {
	t.Helper()
	p, err := r.NextRawPart()
	if err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), kind) || p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		t.Fatal(p, err)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func TestAMailArrivesAsItWasWrittenAndLeavesNothingBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := listen(t)
		p := open(t, d, k.server(t, "smtp://%s"))
		msg := message()
		msg.ReplyTo = "ben@example.com"
		msg.Headers = map[string]string{"List-Unsubscribe": "<https://id.example.com/unsubscribe?token=npln_" + strings.Repeat("x", 80) + ">"}
		p.send(msg)
		if n := p.work(); n != 1 || len(k.mails()) != 1 {
			t.Fatalf("%d jobs, %d mails: %s", n, len(k.mails()), p.log)
		}
		got := k.mails()[0]
		if got.from != "nameplate@id.example.com" || fmt.Sprint(got.to) != "[zoe@example.com]" || k.hello != "id.example.com" {
			t.Errorf("from %s to %s by %s", got.from, got.to, k.hello)
		}
		h, text, html := parts(t, got.data)
		if text != msg.Text || html != msg.HTML {
			t.Errorf("text %q\nhtml %q", text, html)
		}
		for name, want := range map[string]string{
			"From": `"Nameplate" <nameplate@id.example.com>`, "To": "<zoe@example.com>", "Reply-To": "<ben@example.com>",
			"Subject": letter.Subject, "Date": "Sat, 21 Nov 2026 09:00:00 +0000", "Auto-Submitted": "auto-generated",
			"Content-Language": "en", "List-Unsubscribe": msg.Headers["List-Unsubscribe"], "User-Agent": "", "X-Mailer": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if left := p.outbox(); len(left) != 0 {
			t.Errorf("%d left", len(left))
		}
		if p.clock.Advance(24 * time.Hour); p.work() != 0 {
			t.Error("the job is still there")
		}
	})
}

func TestAMailOfATransactionThatFailsIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := listen(t)
		p := open(t, d, k.server(t, "smtp://%s"))
		refused := errors.New("refused")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return errors.Join(p.Send(t.Context(), tx, message()), refused)
		})
		if !errors.Is(err, refused) || p.work() != 0 || len(p.outbox()) != 0 {
			t.Error("it is there", err)
		}
	})
}

func TestAMailSurvivesACrashBetweenCommitAndSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := listen(t)
		before := open(t, d, k.server(t, "smtp://%s"))
		before.send(message())
		after := node(t, d, before.SMTP, before.Keys, before.clock)
		if after.work() != 1 || len(k.mails()) != 1 {
			t.Error("it is lost")
		}
	})
}

func TestAMailThatIsSentTwiceHasOneMessageIDAndOneDate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := listen(t)
		slow := open(t, d, k.server(t, "smtp://%s"))
		other := node(t, d, slow.SMTP, slow.Keys, slow.clock)
		var overtaken atomic.Bool
		k.onData = func() error { // the first is overtaken after the server has taken the mail
			if !overtaken.Swap(true) {
				slow.clock.Advance(jobs.Lease)
				other.work()
			}
			return nil
		}
		slow.send(message())
		slow.work()
		got := k.mails()
		if len(got) != 2 {
			t.Fatalf("%d mails", len(got))
		}
		one, _, _ := parts(t, got[0].data)
		two, _, _ := parts(t, got[1].data)
		id := one.Get("Message-ID")
		if id != two.Get("Message-ID") || one.Get("Date") != two.Get("Date") {
			t.Errorf("%v and %v", one, two)
		}
		if !strings.HasPrefix(id, "<mal_") || !strings.HasSuffix(id, "@id.example.com>") {
			t.Errorf("Message-ID %s", id)
		}
	})
}

func TestWhatTheServerRefusesForNowIsTriedAgain(t *testing.T) {
	for name, set := range map[string]func(*sink){
		"the sender":    func(k *sink) { k.onMail = says(451, 4, 3, 0) },
		"the recipient": func(k *sink) { k.onRcpt = says(450, 4, 2, 1) },
		"the contents":  func(k *sink) { k.onData = says(452, 4, 2, 2) },
		"a wrong sender, which the operator puts right": func(k *sink) { k.onMail = says(550, 5, 7, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				k := listen(t)
				p := open(t, d, k.server(t, "smtp://%s"))
				set(k)
				p.send(message())
				p.work()
				left := p.outbox()
				if len(left) != 1 || left[0].Failed || left[0].Attempts != 1 || left[0].LastError == "" {
					t.Fatalf("outbox %+v", left)
				}
				if all := left[0].LastError + p.log.String(); strings.Contains(all, "zoe") {
					t.Errorf("it names the recipient: %s", all)
				}
				k.onMail, k.onRcpt, k.onData = nil, nil, nil
				was := len(k.mails())
				p.clock.Advance(17 * time.Second)
				if p.work() != 1 || len(k.mails()) != was+1 || len(p.outbox()) != 0 {
					t.Errorf("it was not sent after all: %s", p.log)
				}
			})
		})
	}
}

func TestWhatTheServerRefusesForGoodIsKeptAndNotTriedAgain(t *testing.T) {
	for name, set := range map[string]func(*sink){
		"recipient": func(k *sink) { k.onRcpt = says(550, 5, 1, 1) },
		"contents":  func(k *sink) { k.onData = says(554, 5, 6, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				k := listen(t)
				p := open(t, d, k.server(t, "smtp://%s"))
				set(k)
				p.send(message())
				p.work()
				left := p.outbox()
				if len(left) != 1 || !left[0].Failed || !strings.Contains(left[0].LastError, ": 55") {
					t.Fatalf("outbox %+v", left)
				}
				if all := left[0].LastError + p.log.String(); strings.Contains(all, "zoe") {
					t.Errorf("it names the recipient: %s", all)
				}
				if p.clock.Advance(24 * time.Hour); p.work() != 0 {
					t.Error("it is tried again")
				}
			})
		})
	}
}

func TestAServerThatIsAwayGetsItsMailWhenItIsBack(t *testing.T) {
	k := listen(t)
	p := open(t, dbtest.NewSQLite(t), &mail.Server{Host: "127.0.0.1", Port: 1, Encryption: mail.Offered})
	p.send(message())
	p.work()
	if left := p.outbox(); len(left) != 1 || left[0].Failed || !strings.Contains(left[0].LastError, "refused") {
		t.Fatalf("outbox %+v", left)
	}
	p.Mailer.SMTP = k.server(t, "smtp://%s")
	if p.clock.Advance(17 * time.Second); p.work() != 1 || len(k.mails()) != 1 {
		t.Error("not sent")
	}
}

func TestEncryptionIsUsedAsTheAddressOfTheServerSays(t *testing.T) {
	for _, c := range []struct {
		name, address string
		options       []option
		trusted       bool
		sent, secure  bool
	}{
		{"offered and there", "smtp://%s", nil, false, true, true},
		{"offered and not there", "smtp://%s", []option{withoutTLS}, false, true, false},
		{"demanded and there", "smtp://%s?tls=always", nil, true, true, true},
		{"demanded and not there", "smtp://%s?tls=always", []option{withoutTLS}, true, false, false},
		{"demanded, and nobody vouches for the server", "smtp://%s?tls=always", nil, false, false, false},
		{"demanded by a password", "smtp://zoe:correct@%s", nil, true, true, true},
		{"demanded by a password and not there", "smtp://zoe:correct@%s", []option{withoutTLS}, true, false, false},
		{"from the first byte", "smtps://zoe:correct@%s", []option{fromTheFirstByte}, true, true, true},
		{"from the first byte, and nobody vouches for the server", "smtps://%s", []option{fromTheFirstByte}, false, false, false},
		{"from the first byte, and the server begins in the clear", "smtps://%s", []option{withoutTLS}, true, false, false},
		{"never", "smtp://%s?tls=never", nil, true, true, false},
		{"never, with a password", "smtp://zoe:correct@%s?tls=never", nil, true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := listen(t, c.options...)
			server := k.server(t, c.address)
			if c.trusted {
				server.Trust(k.roots)
			}
			p := open(t, dbtest.NewSQLite(t), server)
			p.send(message())
			p.work()
			if (len(k.mails()) == 1) != c.sent || k.secure != c.secure {
				t.Errorf("sent: %v, encrypted: %v; %s", len(k.mails()) == 1, k.secure, p.log)
			}
			if signedIn := len(k.people) == 1 && k.people[0] == "zoe"; signedIn != (c.sent && server.User != "") {
				t.Errorf("signed in: %v", k.people)
			}
			if left := len(p.outbox()); (left == 0) != c.sent {
				t.Errorf("%d left", left)
			}
		})
	}
}

func TestAWrongPasswordKeepsTheMailAndIsInNoLog(t *testing.T) {
	k := listen(t)
	server := k.server(t, "smtp://zoe:canary@%s")
	server.Trust(k.roots)
	p := open(t, dbtest.NewSQLite(t), server)
	p.send(message())
	p.work()
	left := p.outbox()
	if len(left) != 1 || left[0].Failed || !strings.Contains(left[0].LastError, "535") {
		t.Fatalf("outbox %+v", left)
	}
	if all := left[0].LastError + p.log.String() + fmt.Sprintf("%+v", *server); strings.Contains(all, "canary") {
		t.Errorf("it shows the password: %s", all)
	}
}

func TestNoLineEndBreaksOutOfAHeaderOrTheEnvelope(t *testing.T) {
	const evil = "x\r\nBcc: eve@evil.example\r\n\r\nhello\x00"
	k := listen(t)
	p := open(t, dbtest.NewSQLite(t), k.server(t, "smtp://%s"))
	msg := message()
	msg.Subject, msg.Locale = evil, evil
	msg.Headers = map[string]string{"X-Test": evil}
	p.send(msg)
	p.work()
	if len(k.mails()) != 1 || len(k.mails()[0].to) != 1 {
		t.Fatalf("mails %+v: %s", k.mails(), p.log)
	}
	h, text, _ := parts(t, k.mails()[0].data)
	if h.Get("Bcc") != "" || h.Get("X-Test") != "x  Bcc: eve@evil.example    hello" || text != msg.Text {
		t.Errorf("header %v", h)
	}
	for name, spoil := range map[string]func(*mail.Message){
		"recipient": func(m *mail.Message) { m.To = "zoe@example.com\r\nRCPT TO:<eve@evil.example>" },
		"reply-to":  func(m *mail.Message) { m.ReplyTo = "zoe@example.com\r\nBcc: eve@evil.example" },
		"header":    func(m *mail.Message) { m.Headers = map[string]string{"X:\r\nBcc": "eve@evil.example"} },
	} {
		bad := message()
		spoil(&bad)
		err := p.DB.Tx(t.Context(), func(tx *db.Tx) error { return p.Send(t.Context(), tx, bad) })
		if err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if p.work() != 0 {
		t.Error("one of them was sent")
	}
}

func TestALongSubjectInAnyScriptArrivesWhole(t *testing.T) {
	k := listen(t)
	p := open(t, dbtest.NewSQLite(t), k.server(t, "smtp://%s"))
	msg := message()
	msg.Subject = strings.Repeat("Zoë hat dich eingeladen 例え ", 5)
	p.send(msg)
	p.work()
	h, _, _ := parts(t, k.mails()[0].data)
	got, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if want := strings.TrimSpace(msg.Subject); err != nil || got != want {
		t.Errorf("%q, want %q (%v)", got, want, err)
	}
}

var everyMail = db.Rows[[]byte](`SELECT message FROM mails`)

func TestWithoutAServerMailsWaitInTheOutboxForSevenDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d, nil)
		for i := range 3 {
			msg := message()
			msg.Subject = fmt.Sprint("mail ", i)
			p.send(msg)
			p.clock.Advance(time.Hour)
		}
		if p.work() != 0 {
			t.Error("a job tries to send them")
		}
		all, err := p.Outbox(t.Context(), 2)
		if err != nil || len(all) != 2 || all[0].Message.Subject != "mail 2" || all[1].Message.Subject != "mail 1" {
			t.Fatalf("outbox %+v, %v", all, err)
		}
		got, found, err := p.Get(t.Context(), all[1].ID)
		if err != nil || !found || got.Message.Text != message().Text || !got.CreatedAt.Equal(start.Add(time.Hour)) {
			t.Errorf("got %+v, %v, %v", got, found, err)
		}
		if _, found, err := p.Get(t.Context(), "mal_0"); found || err != nil {
			t.Error("there is one that nobody wrote", err)
		}
		sealed, err := everyMail.All(t.Context(), d)
		if err != nil || len(sealed) != 3 || bytes.Contains(bytes.Join(sealed, nil), []byte("zoe")) {
			t.Errorf("the table can be read: %v", err)
		}
		p.clock.Advance(mail.Kept - 2*time.Hour)
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return p.Sweep(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if left := p.outbox(); len(left) != 1 || left[0].Message.Subject != "mail 2" {
			t.Errorf("after seven days %+v", left)
		}
	})
}

func TestMailsToAPersonWhoIsDeletedAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := listen(t)
		p := open(t, d, k.server(t, "smtp://%s"))
		other := message()
		other.To = "ben@example.com"
		p.send(message())
		p.send(other)
		err := d.Tx(t.Context(), func(tx *db.Tx) error { return p.Forget(t.Context(), tx, "ZOE@example.com") })
		if err != nil {
			t.Fatal(err)
		}
		if p.work(); len(k.mails()) != 1 || k.mails()[0].to[0] != "ben@example.com" {
			t.Errorf("sent %+v", k.mails())
		}
		if strings.Contains(p.log.String(), "failed") {
			t.Errorf("that is no failure: %s", p.log)
		}
	})
}

func TestStrangersCauseFiveMailsOfAKindAndTenInAllToAPersonInAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d, nil)
		cause := func(kind, to string) bool {
			msg := message()
			msg.Kind, msg.To, msg.Stranger = kind, to, true
			before := len(p.outbox())
			p.send(msg)
			return len(p.outbox()) > before
		}
		many := func(kind, to string) (n int) {
			for range 12 {
				if cause(kind, to) {
					n++
				}
			}
			return n
		}
		for _, c := range []struct {
			kind, to string
			want     int
		}{
			{"signup_code", "zoe@example.com", 5},
			{"signup_code", "Zoe@Example.com", 0},
			{"password_reset", "ZOE@example.com", 5},
			{"invitation", "zoe@example.com", 0},
			{"signup_code", "ben@example.com", 5},
		} {
			if n := many(c.kind, c.to); n != c.want {
				t.Errorf("%d mails of kind %s to %s, want %d", n, c.kind, c.to, c.want)
			}
		}
		before := len(p.outbox())
		for range 20 {
			p.send(message())
		}
		if n := len(p.outbox()) - before; n != 20 {
			t.Errorf("%d of 20 mails that no stranger caused were stored", n)
		}
		if text := p.log.String(); strings.Contains(strings.ToLower(text), "zoe") || !strings.Contains(text, "kind=invitation") {
			t.Errorf("log %s", text)
		}
		p.clock.Advance(time.Hour)
		if !cause("signup_code", "zoe@example.com") {
			t.Error("dropped an hour later")
		}
	})
}

func TestABaseURLWithAnAddressInItHasASenderToo(t *testing.T) {
	for host, want := range map[string]string{"127.0.0.1": "[127.0.0.1]", "localhost": "localhost", "::1": "[IPv6:::1]"} {
		k := listen(t)
		p := open(t, dbtest.NewSQLite(t), k.server(t, "smtp://%s"))
		p.Mailer.Host = host
		p.send(message())
		if p.work(); len(k.mails()) != 1 || k.mails()[0].from != "nameplate@localhost" || k.hello != want {
			t.Errorf("%s: %s %+v %s", host, k.hello, k.mails(), p.log)
		}
	}
}

func TestStoppingDoesNotWaitForASilentServer(t *testing.T) {
	k := listen(t)
	p := open(t, dbtest.NewSQLite(t), k.server(t, "smtp://%s"))
	asked, over := make(chan bool), make(chan bool)
	k.onRcpt = func() error { asked <- true; <-over; return nil }
	p.send(message())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := p.Queue.RunOne(ctx); done <- err }()
	<-asked
	elapsed := clock.Stopwatch()
	stop()
	if err := <-done; err == nil || elapsed() > 8*time.Second {
		t.Errorf("%v after %v", err, elapsed())
	}
	close(over)
	k.onRcpt = nil
	if p.work() != 1 || len(p.outbox()) != 0 {
		t.Error("it was not sent afterwards")
	}
}
