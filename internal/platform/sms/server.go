package sms

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"nameplate/internal/platform/secret"
)

// Server is an account at Twilio.
type Server struct {
	Account   string
	Token     secret.Secret
	From      string // the number that SMS come from, E.164; empty: none can be sent
	WhatsApp  string // the same for WhatsApp
	Workspace string // of TaskRouter; empty: none
	Host      string // with a port where it isn't the usual one
	Scheme    string // https, or http on this machine

	transport http.RoundTripper
}

// usual is the host where none is given.
const usual = "api.twilio.com"

var (
	account = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	number  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

	// known are the parts of the query.
	known = map[string]bool{"from": true, "workspace": true, "whatsapp": true, "insecure": true}
)

// ParseServer reads twilio://ACCOUNT_SID:AUTH_TOKEN@host?from=%2B1…. The host
// may be left out; ?insecure=true speaks plain http, to this machine alone. Its
// errors never contain the address.
func ParseServer(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("can't be read as an address; signs other than letters and digits in the token are written as %XX")
	}
	if u.Scheme != "twilio" {
		return nil, errors.New("does not begin with twilio://")
	}
	if strings.Trim(u.Path, "/") != "" || u.Fragment != "" || u.Opaque != "" {
		return nil, errors.New("has not the form twilio://ACCOUNT_SID:AUTH_TOKEN@host?from=%2B1…")
	}
	s := &Server{Host: u.Host, Scheme: "https", transport: newTransport()}
	if s.Host == "" {
		s.Host = usual
	}
	if s.Account, s.Token, err = credentials(u.User); err != nil {
		return nil, err
	}
	return s, s.options(u)
}

func credentials(user *url.Userinfo) (string, secret.Secret, error) {
	token, _ := user.Password()
	if user.Username() == "" || token == "" {
		return "", "", errors.New("names an account and its token: twilio://ACCOUNT_SID:AUTH_TOKEN@host")
	}
	if !account.MatchString(user.Username()) {
		return "", "", errors.New("has an account with other signs than letters and digits")
	}
	return user.Username(), secret.Secret(token), nil
}

func (s *Server) options(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("has a query that can't be read")
	}
	for name, values := range query {
		if !known[name] || len(values) > 1 {
			return errors.New("has a query with more than from, workspace, whatsapp and insecure in it, each once")
		}
	}
	if s.From = query.Get("from"); s.From != "" && !number.MatchString(s.From) {
		return errors.New("has a from that is not a number such as %2B15550100 (%2B is the plus sign)")
	}
	if s.WhatsApp = query.Get("whatsapp"); s.WhatsApp != "" && !number.MatchString(s.WhatsApp) {
		return errors.New("has a whatsapp that is not a number such as %2B15550100 (%2B is the plus sign)")
	}
	if s.Workspace = query.Get("workspace"); s.Workspace != "" && !account.MatchString(s.Workspace) {
		return errors.New("has a workspace with other signs than letters and digits")
	}
	switch query.Get("insecure") {
	case "", "false":
	case "true":
		if !loopback(u.Hostname()) {
			return errors.New("says insecure=true, which is for this machine alone")
		}
		s.Scheme = "http"
	default:
		return errors.New("has an insecure that is neither true nor false")
	}
	return nil
}

// Address is host and port, for whoever wants to see whether it answers.
func (s *Server) Address() string {
	if _, _, err := net.SplitHostPort(s.Host); err == nil {
		return s.Host
	}
	return net.JoinHostPort(strings.Trim(s.Host, "[]"), map[string]string{"https": "443", "http": "80"}[s.Scheme])
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
