package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/mail"
)

// sink is a mail server on loopback that keeps what it gets.
type sink struct {
	// What it answers; nil is yes.
	onMail, onRcpt, onData func() error

	addr   string
	roots  *x509.CertPool
	mu     sync.Mutex
	got    []parcel
	people []string // who signed in
	secure bool     // whether the last session was encrypted
	hello  string
}

// parcel is one mail as it came over the wire.
type parcel struct {
	from string
	to   []string
	data string
}

// option changes how a sink listens.
type option func(*smtp.Server, net.Listener) net.Listener

func withoutTLS(s *smtp.Server, l net.Listener) net.Listener {
	s.TLSConfig = nil
	return l
}

func fromTheFirstByte(s *smtp.Server, l net.Listener) net.Listener {
	return tls.NewListener(l, s.TLSConfig)
}

// listen starts a sink that offers STARTTLS with a certificate for 127.0.0.1.
func listen(t *testing.T, options ...option) *sink {
	t.Helper()
	k := &sink{}
	server := smtp.NewServer(k)
	server.Domain = "localhost"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0) // a client that hangs up is part of a test
	server.TLSConfig, k.roots = certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		l = o(server, l)
	}
	k.addr = l.Addr().String()
	go server.Serve(l) //nolint:errcheck // ends with the test
	t.Cleanup(func() { server.Close() })
	return k
}

// server is how the sink is reached: an address with %s in place of the host.
func (k *sink) server(t *testing.T, format string) *mail.Server {
	t.Helper()
	s, err := mail.ParseServer(fmt.Sprintf(format, k.addr))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (k *sink) mails() []parcel {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]parcel(nil), k.got...)
}

// NewSession implements smtp.Backend.
func (k *sink) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{sink: k, conn: c}, nil
}

type session struct {
	*sink
	conn *smtp.Conn
	parcel
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "correct" {
			return smtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.people = append(s.people, user)
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, secure := s.conn.TLSConnectionState()
	s.mu.Lock()
	s.secure, s.hello = secure, s.conn.Hostname()
	s.mu.Unlock()
	s.parcel = parcel{from: from}
	return answer(s.onMail)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return answer(s.onRcpt)
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.data = string(b)
	s.mu.Lock()
	s.got = append(s.got, s.parcel)
	s.mu.Unlock()
	return answer(s.onData)
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func answer(fn func() error) error {
	if fn == nil {
		return nil
	}
	return fn()
}

// says answers with a code and words that repeat the recipient.
func says(code, a, b, c int) func() error {
	return func() error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: "no <zoe@example.com> here"}
	}
}

// certificate makes one for 127.0.0.1 that only the returned roots vouch for.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.System{}.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
