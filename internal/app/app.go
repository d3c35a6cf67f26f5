package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"nameplate/internal/config"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/control"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/secret"
)

// ErrOtherKey means that the database was sealed with a key that is not among
// those given.
var ErrOtherKey = errors.New("this database was sealed with another key: set NAMEPLATE_KEY to the key it was made with; nothing was changed")

// Options is what tests and commands choose beside the settings.
type Options struct {
	Log   *slog.Logger
	Clock clock.Clock // nil: the machine's
	// Hashes is what a password costs; zero: the least that is safe.
	Hashes hashpool.Params
	// Unsafe takes hashes that cost less than is safe.
	Unsafe bool
	Code   func() secret.Secret // makes six digits; nil: by chance
	// Pause waits where an answer is held back; nil: in real time.
	Pause func(ctx context.Context, d time.Duration)
	// Listener is taken in place of the address in the settings.
	Listener net.Listener
	Version  string
}

// App is a server that is built and not yet running.
type App struct {
	Config config.Checked
	DB     *db.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Keys   *secret.Keys

	listener net.Listener
	version  string
	mailbox  secret.Secret   // opens /dev/mailbox
	operator *control.Server // nil until Control
	services
}

// New opens everything and builds the server. The listener is open when it
// returns, so that whoever started it knows the address.
func New(ctx context.Context, cfg config.Checked, o Options) (*App, error) {
	a := &App{Config: cfg, Log: o.Log, Clock: o.Clock, version: o.Version, listener: o.Listener, mailbox: secret.NewToken("mb")}
	if a.Clock == nil {
		a.Clock = clock.System{}
	}
	if o.Hashes == (hashpool.Params{}) {
		o.Hashes = hashpool.Minimum
	}
	if err := o.Hashes.Validate(); err != nil && !o.Unsafe {
		return nil, fmt.Errorf("what a password costs: %w", err)
	}
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.wire(o); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(a.Config.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if a.DB, err = db.Open(ctx, a.dsn()); err != nil {
		return err
	}
	if a.Keys, err = a.keys(); err != nil {
		return err
	}
	if err := a.recognise(ctx); err != nil {
		return err
	}
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	if err := a.sealWith(ctx); err != nil {
		return err
	}
	return a.listen()
}

func (a *App) dsn() string {
	if a.Config.Database != "" {
		return a.Config.Database.Reveal()
	}
	return filepath.Join(a.Config.Data, "nameplate.db")
}

// keys returns the keys of the settings, or those of the data folder. A new
// key is made only where there is no database yet: over an old one it would
// seal a second way what the first can no longer open.
func (a *App) keys() (*secret.Keys, error) {
	if a.Config.Keys != nil {
		return a.Config.Keys, nil
	}
	path := a.keyFile()
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return a.newKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	return secret.ParseKeys(secret.Secret(text))
}

// keyFile is where the key lies if the settings name none.
func (a *App) keyFile() string { return filepath.Join(a.Config.Data, "key") }

func (a *App) newKey(path string) (*secret.Keys, error) {
	columns, err := a.DB.Columns(context.Background())
	if err != nil {
		return nil, err
	}
	if len(columns) > 0 {
		return nil, fmt.Errorf("%w (the file %s is missing)", ErrOtherKey, path)
	}
	key := secret.GenerateKey()
	if err := writeKey(path, []byte(key.Reveal()+"\n")); err != nil {
		return nil, err
	}
	return secret.ParseKeys(key)
}

// writeKey makes the file, which must not be there.
func writeKey(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the key: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep the key: %w", err)
	}
	return nil
}

// recognise refuses another key before anything is changed.
func (a *App) recognise(ctx context.Context) error {
	columns, err := a.DB.Columns(ctx)
	if err != nil || columns["instance"] == nil {
		return err
	}
	known, set, err := identity.Fact(ctx, a.DB, identity.KeyFact)
	if err == nil && set && !a.Keys.Knows(known) {
		return ErrOtherKey
	}
	return err
}

// sealWith refuses to go on with a key that the database does not know.
func (a *App) sealWith(ctx context.Context) error {
	var known string
	err := a.DB.Tx(ctx, func(tx *db.Tx) error {
		first, err := identity.Claim(ctx, tx, identity.KeyFact, a.Keys.Fingerprint())
		if err != nil || first {
			known = a.Keys.Fingerprint()
			return err
		}
		known, _, err = identity.Fact(ctx, tx, identity.KeyFact)
		return err
	})
	if err != nil {
		return err
	}
	if !a.Keys.Knows(known) {
		return ErrOtherKey
	}
	return nil
}

func (a *App) listen() (err error) {
	if a.listener == nil {
		if a.listener, err = net.Listen("tcp", a.Config.Addr); err != nil {
			return fmt.Errorf("listen on %s: %w", a.Config.Addr, err)
		}
	}
	if a.Config.Base == nil {
		_, port, err := net.SplitHostPort(a.listener.Addr().String())
		if err != nil {
			return err
		}
		a.Config.Base = &url.URL{Scheme: "http", Host: net.JoinHostPort("localhost", port)}
	}
	return nil
}

// Loopback reports whether only this machine can reach the listener.
func (a *App) Loopback() bool {
	addr, ok := a.listener.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// local reports whether the server is for this machine alone.
func (a *App) local() bool {
	ip := net.ParseIP(a.Config.Base.Hostname())
	return a.Loopback() && (a.Config.Base.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Close gives back what New opened. Run does so by itself.
func (a *App) Close() error {
	var errList []error
	if a.operator != nil {
		errList = append(errList, a.operator.Close())
	}
	if a.listener != nil {
		a.listener.Close()
	}
	if a.Feed != nil {
		a.Feed.Close()
	}
	if a.Blobs != nil {
		errList = append(errList, a.Blobs.Close())
	}
	errList = append(errList, a.Places.Close())
	if a.DB != nil {
		errList = append(errList, a.DB.Close())
	}
	return errors.Join(errList...)
}

// holder names this process among those that share the database.
func holder() string { return rand.Text() }
