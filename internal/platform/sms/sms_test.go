package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms"
	"nameplate/internal/platform/sms/smstest"
)

const (
	phone = "+4915112345667"
	words = "123456 is your code."
	life  = 10 * time.Minute
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// post is a sender whose jobs run when the test says so.
type post struct {
	*sms.Sender
	t      *testing.T
	clock  *clock.Manual
	log    *bytes.Buffer
	twilio *smstest.Twilio
}

func open(t *testing.T, d *db.DB) *post {
	t.Helper()
	keys, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	p := &post{t: t, clock: clock.At(start), log: &bytes.Buffer{}, twilio: smstest.Start(t)}
	server, err := sms.ParseServer(p.twilio.URL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.Sender = &sms.Sender{
		DB: d, Keys: keys, Clock: p.clock, Log: log, Server: server,
		Queue: &jobs.Queue{DB: d, Keys: keys, Clock: p.clock, Log: log}, Limits: &limit.Limiter{DB: d, Keys: keys, Clock: p.clock},
	}
	p.Register()
	return p
}

// again is the same post after a restart.
func (p *post) again() *post {
	n := *p
	n.Queue = &jobs.Queue{DB: p.DB, Keys: p.Keys, Clock: p.clock, Log: p.Log}
	n.Limits = &limit.Limiter{DB: p.DB, Keys: p.Keys, Clock: p.clock}
	s := *p.Sender
	s.Queue, s.Limits = n.Queue, n.Limits
	n.Sender = &s
	n.Register()
	return &n
}

func (p *post) send(account, to string) error {
	return p.DB.Tx(p.t.Context(), func(tx *db.Tx) error {
		return p.Send(p.t.Context(), tx, sms.Text{Account: account, To: to, Words: words, Life: life})
	})
}

// works runs what is due and returns how many jobs that were.
func (p *post) works() (n int) {
	p.t.Helper()
	for {
		ran, err := p.Queue.RunOne(p.t.Context())
		if !ran && err != nil {
			p.t.Fatal(err)
		}
		if !ran {
			return n
		}
		n++
	}
}

// quiet fails the test if number or text were logged.
func (p *post) quiet() {
	p.t.Helper()
	for _, hidden := range []string{phone, phone[1:], words, "123456", smstest.Token} {
		if strings.Contains(p.log.String(), hidden) {
			p.t.Errorf("the log holds %q:\n%s", hidden, p.log)
		}
	}
}

func (p *post) left() int {
	p.t.Helper()
	n, err := waiting.One(p.t.Context(), p.DB)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(n)
}

func TestATextIsSentOnceItsTransactionCommits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		broken := errors.New("broken")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return errors.Join(p.Send(t.Context(), tx, sms.Text{Account: "usr_1", To: phone, Words: words, Life: life}), broken)
		})
		if !errors.Is(err, broken) || p.works() != 0 {
			t.Errorf("%v, and something was to be sent", err)
		}
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		if p.works(); p.twilio.Next(t, phone) != words || p.twilio.Asked() != 1 || p.left() != 0 {
			t.Errorf("asked %d times, %d left", p.twilio.Asked(), p.left())
		}
		p.quiet()
	})
}

func TestWhatIsRefusedForNowComesLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		p.twilio.Refuse(func(n int) int { return []int{429, 500, 503, 0}[n-1] })
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		for _, wait := range []time.Duration{20 * time.Second, 70 * time.Second, 5 * time.Minute} {
			if p.works(); p.twilio.Waiting(phone) != 0 {
				t.Error("it came too early")
			}
			p.clock.Advance(wait)
		}
		if p.works(); p.twilio.Waiting(phone) != 1 || p.left() != 0 {
			t.Errorf("%d came, %d are left", p.twilio.Waiting(phone), p.left())
		}
		p.quiet()
	})
}

func TestWhatIsRefusedForGoodIsDroppedAndNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		p.twilio.Refuse(func(int) int { return 400 })
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		p.works()
		p.clock.Advance(time.Hour)
		if p.works(); p.twilio.Asked() != 1 || p.left() != 0 {
			t.Errorf("asked %d times, %d left", p.twilio.Asked(), p.left())
		}
		if !strings.Contains(p.log.String(), "refused with 400, error 21211") {
			t.Errorf("the log does not say why: %s", p.log)
		}
		p.quiet()
	})
}

func TestATextWithoutAnAnswerIsTriedTwiceAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		p.twilio.Refuse(func(int) int { return smstest.HangsUp })
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			p.works()
			p.clock.Advance(80 * time.Second)
			p = p.again() // whatever crashes between
		}
		if p.twilio.Asked() != 2 {
			t.Errorf("asked %d times", p.twilio.Asked())
		}
		p.quiet()
	})
}

func TestATextThatIsTooOldIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(life)
		if p.works(); p.twilio.Asked() != 0 || p.left() != 1 {
			t.Errorf("asked %d times, %d left", p.twilio.Asked(), p.left())
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return p.Sweep(t.Context(), tx) }); err != nil || p.left() != 0 {
			t.Errorf("%v, %d left", err, p.left())
		}
	})
}

func TestASilentTwilioHoldsNobodyWhenTheServerStops(t *testing.T) {
	p := open(t, dbtest.NewSQLite(t))
	ctx, stop := context.WithCancel(t.Context())
	p.twilio.Refuse(func(int) int { stop(); return smstest.Silent })
	if err := p.send("usr_1", phone); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := p.Queue.RunOne(ctx)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it counts as sent")
		}
	case <-time.After(5 * time.Second):
		t.Error("the job goes on")
	}
}

// budget is how many of a number of texts are taken.
func (p *post) budget(tries int, account, to func(n int) string) (taken int) {
	p.t.Helper()
	for n := range tries {
		switch err := p.send(account(n), to(n)); {
		case err == nil:
			taken++
		case !errors.Is(err, limit.ErrThrottled):
			p.t.Fatal(err)
		}
	}
	return taken
}

func always(text string) func(int) string { return func(int) string { return text } }

func TestAnAccountSendsTenADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		everywhere := func(n int) string { return fmt.Sprintf("+4915%02d0000000", n) }
		if n := p.budget(5, always("usr_1"), everywhere); n != 5 {
			t.Errorf("%d of 5", n)
		}
		p = p.again()
		if n := p.budget(20, always("usr_1"), everywhere); n != 5 {
			t.Errorf("%d of 20 after a restart, want 5", n)
		}
		if n := p.budget(1, always("usr_2"), everywhere); n != 1 {
			t.Error("another account has none")
		}
		p.clock.Advance(48 * time.Hour)
		if n := p.budget(20, always("usr_1"), everywhere); n != 10 {
			t.Errorf("%d on another day, want 10", n)
		}
	})
}

func TestARangeOfNumbersGetsTwentyAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		somebody := func(n int) string { return fmt.Sprint("usr_", n) }
		if n := p.budget(200, somebody, func(n int) string { return fmt.Sprintf("+44790070%04d", n) }); n != 20 {
			t.Errorf("%d of 200, want 20", n)
		}
		if n := p.again().budget(5, somebody, always("+447900709999")); n != 0 {
			t.Errorf("%d more after a restart", n)
		}
		if n := p.budget(1, somebody, always("+4722345678")); n != 1 {
			t.Error("another country has none")
		}
		if n := p.budget(1, always("usr_200"), always("+14155550100")) + p.budget(1, always("usr_200"), always("+12125550100")); n != 2 {
			t.Error("other areas have none")
		}
		p.clock.Advance(2 * time.Hour)
		if n := p.budget(30, somebody, always("+447900701234")); n != 20 {
			t.Errorf("%d in another hour", n)
		}
	})
}

func TestTheInstanceSendsAThousandADay(t *testing.T) {
	d := dbtest.NewSQLite(t)
	p := open(t, d)
	n := p.budget(1100, func(n int) string { return fmt.Sprint("usr_", n) }, func(n int) string { return fmt.Sprintf("+1%d5550100", 200+n%800) })
	if n != 1000 {
		t.Errorf("%d of 1100", n)
	}
}

func TestTheDatabaseHoldsNeitherNumberNorText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		if err := p.send("usr_1", phone); err != nil {
			t.Fatal(err)
		}
		sealed, err := stored.All(t.Context(), d)
		if err != nil || len(sealed) != 1 {
			t.Fatal(len(sealed), err)
		}
		if bytes.Contains(sealed[0], []byte(phone)) || bytes.Contains(sealed[0], []byte(words)) {
			t.Error("the text is to be read")
		}
	})
}

var (
	waiting = db.Rows[int64](`SELECT count(*) FROM texts`)
	stored  = db.Rows[[]byte](`SELECT message FROM texts`)
)
