// Package config is every setting of the server: one struct, from which flags,
// environment variables, the file and the table in the guide are made.
//
// No setting is required. Whatever is wrong is told at once, all of it, each
// with the name of its setting.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sms"
	"nameplate/internal/platform/stripe"
)

// Config holds the settings as they are written. Check reads them.
type Config struct {
	Addr           string        `name:"addr" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on."`
	URL            string        `name:"url" placeholder:"URL" help:"Public base URL; links in mail use it. At first http://localhost with the port of the address."`
	Data           string        `name:"data" default:"./nameplate-data" placeholder:"DIR" help:"Folder for database, pictures and control.sock."`
	Key            secret.Secret `name:"key" placeholder:"BASE64" help:"Master key of 32 bytes; several, newest first, while keys are rotated. Made in the data folder when SQLite is used."`
	Database       secret.Secret `name:"database" placeholder:"URL" help:"postgres://… for PostgreSQL; empty is SQLite in the data folder."`
	SMTP           secret.Secret `name:"smtp" placeholder:"URL" help:"smtp://user:pass@host:port or smtps://…; empty keeps mail in an outbox for the operator."`
	MailFrom       string        `name:"mail-from" placeholder:"ADDRESS" help:"Sender of mail."`
	MailDelay      string        `name:"mail-delay" default:"2m" placeholder:"DURATION" help:"How long a mail about a conversation waits for the message to be read."`
	Twilio         secret.Secret `name:"twilio" placeholder:"URL" help:"twilio://ACCOUNT_SID:AUTH_TOKEN@host?from=%2B1…, the host optional; empty sends no SMS."`
	Stripe         secret.Secret `name:"stripe" placeholder:"URL" help:"stripe://SECRET_KEY@host?webhook_secret=whsec_…, the host optional; empty shows no billing."`
	Signup         string        `name:"signup" placeholder:"MODE" help:"Who may sign up: open (at first, on this machine), invite (at first, elsewhere) or closed."`
	TrustedProxies []string      `name:"trusted-proxies" placeholder:"RANGE" help:"Address ranges whose forwarding headers count."`
	AuditSink      string        `name:"audit-sink" placeholder:"FILE" help:"Where signed checkpoints of the record go: a file that is appended to, or log: for the server's log. At first nowhere."`
	AllowPrivate   []string      `name:"allow-private-targets" placeholder:"RANGE" help:"Address ranges that calls to addresses which people enter (webhooks, identity providers) may reach although private, in plain http and on any port too."`
	DNS            string        `name:"dns" placeholder:"HOST:PORT" help:"Resolver that is asked for the records with which domains are proved; empty asks those of the machine."`
	Menu           string        `name:"menu" default:"top-right" placeholder:"CORNER" help:"Corner of the avatar menu: top-right, bottom-right or left."`
	GeoIP          string        `name:"geoip" placeholder:"FILE" help:"File of places in MaxMind's format (.mmdb), so that people see about where their devices are. Nothing is sent anywhere."`
	Log            string        `name:"log" default:"info" placeholder:"LEVEL" help:"What is logged: debug, info, warn or error; with ,json for JSON lines."`
}

// Checked is the settings in the form that the program uses.
type Checked struct {
	Config
	Base    *url.URL // public base URL; nil until the listener's port is known
	Trusted []netip.Prefix
	Private []netip.Prefix  // may be called although private
	Keys    *secret.Keys    // nil: in the data folder
	Server  *mail.Server    // nil: the outbox
	SMS     *sms.Server     // nil: none is sent
	Billing *stripe.Account // nil: there is none
	Delay   time.Duration
	JSON    bool // log lines as JSON
	Level   string
}

// Check reads the settings and returns every mistake at once.
func (c Config) Check() (Checked, error) {
	out := Checked{Config: c}
	var wrong []error
	note := func(name string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	}
	var err error
	_, _, err = net.SplitHostPort(c.Addr)
	note("NAMEPLATE_ADDR", err)
	out.Base, err = baseURL(c.URL)
	note("NAMEPLATE_URL", err)
	out.Trusted, err = ranges(c.TrustedProxies)
	note("NAMEPLATE_TRUSTED_PROXIES", err)
	out.Private, err = ranges(c.AllowPrivate)
	note("NAMEPLATE_ALLOW_PRIVATE_TARGETS", err)
	note("NAMEPLATE_DNS", hostPort(c.DNS))
	out.Keys, err = keys(c)
	note("NAMEPLATE_KEY", err)
	out.Server, err = server(c.SMTP)
	note("NAMEPLATE_SMTP", err)
	note("NAMEPLATE_MAIL_FROM", from(c.MailFrom))
	out.Delay, err = delay(c.MailDelay)
	note("NAMEPLATE_MAIL_DELAY", err)
	out.SMS, err = twilio(c.Twilio)
	note("NAMEPLATE_TWILIO", err)
	out.Billing, err = account(c.Stripe)
	note("NAMEPLATE_STRIPE", err)
	note("NAMEPLATE_SIGNUP", oneOf(c.Signup, "", "open", "invite", "closed"))
	note("NAMEPLATE_MENU", oneOf(c.Menu, "top-right", "bottom-right", "left"))
	level, format, _ := strings.Cut(c.Log, ",")
	note("NAMEPLATE_LOG", errors.Join(oneOf(level, "debug", "info", "warn", "error"), oneOf(format, "", "json", "text")))
	out.Level, out.JSON = level, format == "json"
	return out, errors.Join(wrong...)
}

// delay reads how long a mail waits; empty is the usual time.
func delay(text string) (time.Duration, error) {
	if text == "" {
		return usualDelay, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > longestDelay {
		return 0, errors.New("give a time from 0s to 24h, such as 2m")
	}
	return d, nil
}

const (
	usualDelay   = 2 * time.Minute
	longestDelay = 24 * time.Hour
)

// baseURL takes http and https with a host and nothing behind it.
func baseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil {
		return nil, errors.New("this is not a URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("give http:// or https://, a host and perhaps a port, and nothing behind it")
	}
	return u, nil
}

func ranges(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q is not an address range such as 10.0.0.0/8", text)
		}
		all = append(all, p)
	}
	return all, nil
}

// keys reads the key. On PostgreSQL one must be given, because several nodes
// share it; the error brings a fresh one along.
func keys(c Config) (*secret.Keys, error) {
	if c.Key == "" {
		if !db.IsPostgres(c.Database.Reveal()) {
			return nil, nil
		}
		return nil, fmt.Errorf("PostgreSQL needs a key that all nodes share. Here is a fresh one; keep it safe:\n\n  NAMEPLATE_KEY=%s\n", secret.GenerateKey().Reveal())
	}
	return secret.ParseKeys(c.Key)
}

func server(text secret.Secret) (*mail.Server, error) {
	if text == "" {
		return nil, nil
	}
	return mail.ParseServer(text.Reveal())
}

func twilio(text secret.Secret) (*sms.Server, error) {
	if text == "" {
		return nil, nil
	}
	return sms.ParseServer(text.Reveal())
}

func account(text secret.Secret) (*stripe.Account, error) {
	if text == "" {
		return nil, nil
	}
	return stripe.ParseAccount(text.Reveal())
}

func from(text string) error {
	if text == "" {
		return nil
	}
	_, err := mail.ParseFrom(text)
	return err
}

// hostPort takes nothing, or a host with a port.
func hostPort(text string) error {
	if text == "" {
		return nil
	}
	_, _, err := net.SplitHostPort(text)
	return err
}

func oneOf(text string, known ...string) error {
	for _, k := range known {
		if text == k {
			return nil
		}
	}
	return fmt.Errorf("%q is none of: %s", text, strings.TrimPrefix(strings.Join(known, ", "), ", "))
}
