package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms/smstest"
	"nameplate/internal/platform/taskrouter/routertest"
)

// Began is where the clock of every server stands at first.
var Began = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// Cheap is what a password costs here.
var Cheap = hashpool.Params{Memory: 64, Time: 1, Threads: 1}

// Server is a running server.
type Server struct {
	*app.App
	Clock *clock.Manual
	URL   string // where it listens; the public address may be another
	Log   *Log
	Waits *Pauses

	t        testing.TB
	config   config.Config
	settings []Setting
}

// A Setting changes what a server is started with.
type Setting func(*config.Config, *app.Options)

// At gives the server a public address.
func At(url string) Setting { return func(c *config.Config, _ *app.Options) { c.URL = url } }

// Proxies gives the server proxies that it believes.
func Proxies(ranges ...string) Setting {
	return func(c *config.Config, _ *app.Options) { c.TrustedProxies = ranges }
}

// Calling lets calls to addresses that people enter reach these ranges.
func Calling(ranges ...string) Setting {
	return func(c *config.Config, _ *app.Options) { c.AllowPrivate = ranges }
}

// SignUp says who may sign up.
func SignUp(mode string) Setting { return func(c *config.Config, _ *app.Options) { c.Signup = mode } }

// Mailed makes mail wait for a server, so that nobody is signed in unproved.
func Mailed() Setting {
	return func(c *config.Config, _ *app.Options) { c.SMTP = "smtp://127.0.0.1:9?tls=never" }
}

// Texting lets the server send SMS.
func Texting(w *smstest.Twilio) Setting {
	return func(c *config.Config, _ *app.Options) { c.Twilio = w.URL }
}

// Routing gives the server a TaskRouter.
func Routing(r *routertest.Router) Setting {
	return func(c *config.Config, _ *app.Options) { c.Twilio = r.URL }
}

// Places gives the server a file of places.
func Places(path string) Setting { return func(c *config.Config, _ *app.Options) { c.GeoIP = path } }

// Asking makes the server ask this resolver.
func Asking(dns string) Setting { return func(c *config.Config, _ *app.Options) { c.DNS = dns } }

// Reaching lets the server call these ranges although they are private.
func Reaching(ranges ...string) Setting {
	return func(c *config.Config, _ *app.Options) { c.AllowPrivate = ranges }
}

// Billed gives the server an account at Stripe.
func Billed(address string) Setting {
	return func(c *config.Config, _ *app.Options) { c.Stripe = secret.Secret(address) }
}

// Hashes sets what a password costs.
func Hashes(p hashpool.Params) Setting {
	return func(_ *config.Config, o *app.Options) { o.Hashes = p }
}

// Each runs fn as a subtest with a server on every database.
func Each(t *testing.T, fn func(t *testing.T, s *Server), settings ...Setting) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, OnSQLite(t, settings...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, OnPostgres(t, settings...))
	})
}

// OnSQLite starts a server on an empty SQLite database.
func OnSQLite(t testing.TB, settings ...Setting) *Server {
	t.Helper()
	data := filepath.Dir(dbtest.SQLiteFile(t))
	return start(t, config.Config{Data: data}, settings)
}

// OnPostgres starts a server on an empty PostgreSQL database.
func OnPostgres(t testing.TB, settings ...Setting) *Server {
	t.Helper()
	return start(t, config.Config{Data: t.TempDir(), Database: secret.Secret(dbtest.PostgresURL(t))}, settings)
}

// Beside starts another node over the same database, with the same clock and
// key.
func (s *Server) Beside() *Server {
	s.t.Helper()
	return (&Server{t: s.t, Clock: s.Clock, Log: &Log{}, Waits: &Pauses{}}).start(s.config, s.settings)
}

func start(t testing.TB, c config.Config, settings []Setting) *Server {
	t.Helper()
	c.Key = secret.GenerateKey()
	return (&Server{t: t, Clock: clock.At(Began), Log: &Log{}, Waits: &Pauses{}}).start(c, settings)
}

func (s *Server) start(c config.Config, settings []Setting) *Server {
	s.t.Helper()
	s.config, s.settings = c, settings
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.URL = "http://" + listener.Addr().String()
	c.Addr, c.Log, c.Menu = listener.Addr().String(), "debug", "top-right"
	o := app.Options{
		Log: slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug})), Clock: s.Clock, Hashes: Cheap, Unsafe: true,
		Code: codes(), Pause: s.Waits.note, Listener: listener, Version: "test",
	}
	for _, set := range settings {
		set(&c, &o)
	}
	checked, err := c.Check()
	s.must(err)
	s.App, err = app.New(s.t.Context(), checked, o)
	s.must(err)
	s.run()
	return s
}

// run serves until the test ends.
func (s *Server) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.App.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Errorf("the server stopped: %v", err)
		}
		if s.t.Failed() {
			s.t.Log(s.Log.Troubles())
		}
	})
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// codes counts up from 700001.
func codes() func() secret.Secret {
	var last atomic.Int64
	last.Store(700_000)
	return func() secret.Secret { return secret.Secret(fmt.Sprint(last.Add(1))) }
}

// Log is what the server has written to its log, at every level.
type Log struct {
	mu   sync.Mutex
	text []byte
}

// Write appends a line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, line...)
	return len(line), nil
}

// String returns all lines.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// Pauses is what the server would have waited for.
type Pauses struct {
	mu  sync.Mutex
	all []time.Duration
}

func (p *Pauses) note(_ context.Context, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, d)
}

// All returns every pause.
func (p *Pauses) All() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Duration(nil), p.all...)
}

// Mark is where the log ends now.
func (l *Log) Mark() int { return len(l.String()) }

// Took returns how long the last request since a mark took, as the server
// says.
func (l *Log) Took(mark int) time.Duration {
	var took time.Duration
	for line := range strings.Lines(l.String()[mark:]) {
		var entry struct {
			Msg  string
			Took time.Duration
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "request" {
			took = entry.Took
		}
	}
	return took
}

// Troubles returns the lines that are warnings or worse.
func (l *Log) Troubles() string {
	var b strings.Builder
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Settle waits until what the server does by itself has come to a point.
func (s *Server) Settle(reached func() bool) {
	s.t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer late.Stop()
	for !reached() {
		select {
		case <-tick.C:
		case <-late.C:
			s.t.Fatal("the server has not come to the point")
		}
	}
}
