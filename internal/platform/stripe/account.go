package stripe

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nameplate/internal/platform/secret"
)

// Account is one at Stripe.
type Account struct {
	Key     secret.Secret // of the API
	Webhook secret.Secret // with which webhooks are signed
	Host    string
	Scheme  string // https, or http on this machine

	http http.Client
}

// usual is the host where none is given.
const usual = "api.stripe.com"

// patience is how long Stripe may take to answer.
const patience = 10 * time.Second

// ParseAccount reads stripe://SECRET_KEY@host?webhook_secret=whsec_…. The host
// may be left out; ?insecure=true speaks plain http, to this machine alone. Its
// errors never contain the address.
func ParseAccount(address string) (*Account, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("can't be read as an address; signs other than letters and digits in the key are written as %XX")
	}
	switch {
	case u.Scheme != "stripe":
		return nil, errors.New("does not begin with stripe://")
	case strings.Trim(u.Path, "/") != "" || u.Fragment != "" || u.Opaque != "":
		return nil, errors.New("has not the form stripe://SECRET_KEY@host?webhook_secret=whsec_…")
	case u.User.Username() == "":
		return nil, errors.New("names a secret key: stripe://SECRET_KEY@host")
	}
	if _, more := u.User.Password(); more {
		return nil, errors.New("names a secret key alone: stripe://SECRET_KEY@host")
	}
	a := &Account{Key: secret.Secret(u.User.Username()), Host: u.Host, Scheme: "https"}
	if a.Host == "" {
		a.Host = usual
	}
	a.http = http.Client{
		Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: patience, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		},
	}
	return a, a.options(u)
}

func (a *Account) options(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("has a query that can't be read")
	}
	for name, values := range query {
		if name != "webhook_secret" && name != "insecure" || len(values) > 1 {
			return errors.New("has a query with more than webhook_secret and insecure in it, each once")
		}
	}
	if a.Webhook = secret.Secret(query.Get("webhook_secret")); a.Webhook == "" {
		return errors.New("has no webhook_secret, without which anybody could send webhooks")
	}
	switch query.Get("insecure") {
	case "", "false":
	case "true":
		if !loopback(u.Hostname()) {
			return errors.New("says insecure=true, which is for this machine alone")
		}
		a.Scheme = "http"
	default:
		return errors.New("has an insecure that is neither true nor false")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
