package mail

import (
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"nameplate/internal/platform/secret"
)

// Encryption says how the connection to a mail server is protected.
type Encryption uint8

const (
	Demanded Encryption = iota // STARTTLS, or nothing is sent
	Offered                    // STARTTLS if the server has it
	Never                      // in the clear
	Implicit                   // TLS from the first byte
)

// Server is a mail server.
type Server struct {
	Host       string
	Port       int
	User       string // empty: without signing in
	Password   secret.Secret
	Encryption Encryption

	roots *x509.CertPool // nil: those of the system
}

// The usual ports for mail that is handed in (RFC 8314).
const (
	portSubmission  = 587
	portSubmissions = 465
)

// ParseServer reads smtp://user:password@host:port or smtps://…. With smtp,
// STARTTLS is demanded if there is a user or the host isn't loopback, and used
// if offered otherwise; ?tls=always demands it, ?tls=never does without. Its
// errors never contain the address.
func ParseServer(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("can't be read as an address; signs other than letters and digits in user and password are written as %XX")
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, errors.New("has not the form smtp://user:password@host:port")
	}
	s := &Server{Host: u.Hostname()}
	if s.Encryption, err = encryption(u); err != nil {
		return nil, err
	}
	if s.Port, err = port(u); err != nil {
		return nil, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.User, s.Password = u.User.Username(), secret.Secret(password)
		if s.User == "" || password == "" {
			return nil, errors.New("names a user and a password, or neither")
		}
	}
	return s, nil
}

func encryption(u *url.URL) (Encryption, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return 0, errors.New("has a query that can't be read")
	}
	for name, values := range query {
		if name != "tls" || len(values) > 1 {
			return 0, errors.New("has a query with more than tls=never or tls=always in it")
		}
	}
	tls := query.Get("tls")
	if query.Has("tls") && tls != "never" && tls != "always" {
		return 0, errors.New("has a tls that is neither never nor always")
	}
	switch {
	case u.Scheme == "smtps" && tls != "never":
		return Implicit, nil
	case u.Scheme == "smtps":
		return 0, errors.New("says smtps and tls=never")
	case u.Scheme != "smtp":
		return 0, errors.New("begins with neither smtp:// nor smtps://")
	case tls == "never":
		return Never, nil
	case tls == "" && u.User == nil && loopback(u.Hostname()):
		return Offered, nil
	}
	return Demanded, nil
}

func port(u *url.URL) (int, error) {
	switch {
	case u.Port() != "":
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || n == 0 {
			return 0, errors.New("has a port that is not between 1 and 65535")
		}
		return int(n), nil
	case u.Scheme == "smtps":
		return portSubmissions, nil
	}
	return portSubmission, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
