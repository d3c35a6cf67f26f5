package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"nameplate/internal/config"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/geo"
)

// States of a finding.
const (
	Good    = "ok"
	Warning = "warning"
	Failed  = "failed"
)

// Finding is what the doctor says of one thing.
type Finding struct {
	Check   string `json:"check"`
	State   string `json:"state"` // ok, warning or failed
	Message string `json:"message"`
}

// Findings are everything that the doctor looked at.
type Findings struct {
	Items []Finding `json:"items"`
}

func (f *Findings) add(check, state, format string, args ...any) {
	f.Items = append(f.Items, Finding{check, state, fmt.Sprintf(format, args...)})
}

// Worst is the worst state among the findings.
func (f Findings) Worst() string {
	worst := Good
	for _, one := range f.Items {
		if one.State == Failed || one.State == Warning && worst == Good {
			worst = one.State
		}
	}
	return worst
}

// Examine looks at what the settings name without changing any of it, where no
// server runs. It returns db.ErrInUse where one does.
func Examine(ctx context.Context, cfg config.Checked) (f Findings, err error) {
	a := &App{Config: cfg, listener: newNowhere(cfg.Addr)}
	if err := a.listen(); err != nil {
		return f, err
	}
	if !Exists(cfg) {
		a.examineAddress(&f)
		f.add("database", Good, "There is none yet. The first start makes it in %s.", cfg.Data)
		a.examinePlaces(&f)
		a.examineMail(ctx, &f)
		a.examineSMS(ctx, &f)
		return f, nil
	}
	if a.DB, err = db.Open(ctx, a.dsn()); errors.Is(err, db.ErrInUse) {
		return f, err
	} else if err != nil {
		a.examineAddress(&f)
		f.add("database", Failed, "It can't be opened: %v.", err)
		return f, nil
	}
	defer a.DB.Close()
	return a.doctor(ctx, Nothing{})
}

func (a *App) doctor(ctx context.Context, _ Nothing) (Findings, error) {
	var f Findings
	a.examineAddress(&f)
	a.examineFolder(&f)
	if a.examineDatabase(ctx, &f) {
		a.examineKey(ctx, &f)
	}
	a.examinePlaces(&f)
	a.examineMail(ctx, &f)
	a.examineSMS(ctx, &f)
	return f, nil
}

// Unprotected says why passwords would cross a network in the clear; empty
// where they don't.
func (a *App) Unprotected() string {
	if a.Config.Base.Scheme == "https" || a.local() {
		return ""
	}
	return fmt.Sprintf("%s is http: passwords and sessions can be read on the way. Put a proxy with TLS in front and set NAMEPLATE_URL to its https:// address.", a.Config.Base)
}

func (a *App) examineAddress(f *Findings) {
	if why := a.Unprotected(); why != "" {
		f.add("address", Warning, "%s", why)
		return
	}
	f.add("address", Good, "People reach it at %s.", a.Config.Base)
}

// examineFolder looks whether others on the machine can read what is kept.
func (a *App) examineFolder(f *Findings) {
	open := false
	for _, path := range []string{a.Config.Data, filepath.Join(a.Config.Data, "key"), filepath.Join(a.Config.Data, "nameplate.db")} {
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			f.add("data folder", Failed, "It can't be read: %v.", err)
			return
		}
		if info.Mode().Perm()&0o077 != 0 {
			f.add("data folder", Warning, "Others on this machine may open %s (mode %04o). Take their rights away with chmod go= %s.", path, info.Mode().Perm(), path)
			open = true
		}
	}
	if !open {
		f.add("data folder", Good, "%s is its owner's alone.", a.Config.Data)
	}
}

// examineDatabase reports whether the database can be asked further.
func (a *App) examineDatabase(ctx context.Context, f *Findings) bool {
	if err := a.DB.Ping(ctx); err != nil {
		f.add("database", Failed, "It does not answer: %v.", err)
		return false
	}
	f.add("database", Good, "It answers (%s).", a.DB.Dialect)
	if durable, err := a.DB.Durable(ctx); err != nil {
		f.add("durability", Failed, "It can't be asked: %v.", err)
	} else if !durable {
		f.add("durability", Failed, "The database runs with fsync off: a power cut loses what people saved.")
	} else {
		f.add("durability", Good, "What is saved is on disk.")
	}
	have, want, err := a.DB.Version(ctx)
	switch {
	case err != nil:
		f.add("schema", Failed, "Its version can't be read: %v.", err)
	case have > want:
		f.add("schema", Failed, "A newer version of Nameplate has used this database (schema %d, this program knows %d).", have, want)
	case have < want:
		f.add("schema", Warning, "Schema %d is older than this program's %d. The next start brings it there, and so does nameplate migrate.", have, want)
	default:
		f.add("schema", Good, "Schema %d is up to date.", have)
	}
	return err == nil && have > 0
}

func (a *App) examineKey(ctx context.Context, f *Findings) {
	known, sealed, err := identity.Fact(ctx, a.DB, identity.KeyFact)
	if err != nil {
		f.add("key", Failed, "The database can't be asked for it: %v.", err)
		return
	}
	keys := a.Keys
	if keys == nil {
		if keys, err = a.keys(); err != nil {
			f.add("key", Failed, "It can't be used: %v.", err)
			return
		}
	}
	if sealed && !keys.Knows(known) {
		f.add("key", Failed, "The database was sealed with another key. Set NAMEPLATE_KEY to that one.")
		return
	}
	f.add("key", Good, "It opens what is sealed in the database.")
}

func (a *App) examinePlaces(f *Findings) {
	if a.Config.GeoIP == "" {
		f.add("places", Good, "No file of places is set, so people see the addresses of their devices alone.")
		return
	}
	atlas, err := geo.Open(a.Config.GeoIP)
	if err != nil {
		f.add("places", Failed, "It can't be used: %v.", err)
		return
	}
	defer atlas.Close()
	f.add("places", Good, "The file of places is %s.", atlas.About())
}

// dialPatience is how long a server of somebody else may take to answer.
const dialPatience = 5 * time.Second

func (a *App) examineMail(ctx context.Context, f *Findings) {
	s := a.Config.Server
	switch {
	case s == nil && a.local():
		f.add("mail", Good, "No mail server is set. Mail stays in the outbox, which nameplate mail shows.")
		return
	case s == nil:
		f.add("mail", Warning, "No mail server is set, so nobody gets the mail that proves an address. Set NAMEPLATE_SMTP, or read the outbox with nameplate mail.")
		return
	}
	f.reach(ctx, "mail", "The mail server", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
}

func (a *App) examineSMS(ctx context.Context, f *Findings) {
	s := a.Config.SMS
	switch {
	case s == nil:
	case s.From == "":
		f.add("sms", Warning, "NAMEPLATE_TWILIO names no number to send from, so no SMS is sent. Add from=%%2B1… to it.")
	default:
		f.reach(ctx, "sms", "Twilio at", s.Address())
	}
}

// reach looks whether anything listens at an address.
func (f *Findings) reach(ctx context.Context, check, what, address string) {
	conn, err := (&net.Dialer{Timeout: dialPatience}).DialContext(ctx, "tcp", address)
	if err != nil {
		f.add(check, Failed, "%s %s can't be reached: %v.", what, address, err)
		return
	}
	conn.Close()
	f.add(check, Good, "%s %s can be reached.", what, address)
}
