package httpout

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	// patience is how long a call may take, from its first byte to its last.
	patience = 10 * time.Second
	// MaxAnswer is the most bytes of an answer that are read.
	MaxAnswer = 1 << 20
	maxHeader = 64 << 10
)

// ErrTooLong is an answer with more than MaxAnswer bytes.
var ErrTooLong = errors.New("the answer is too long")

// Client makes calls. Make one with New.
type Client struct {
	allowed  []netip.Prefix
	resolver *net.Resolver
	http     http.Client
	plain    *http.Transport
	secure   *http.Transport
}

// New returns a client that may reach the public internet in https, and the
// allowed ranges in any way.
func New(allowed []netip.Prefix) *Client {
	c := &Client{allowed: allowed, resolver: net.DefaultResolver}
	c.plain, c.secure = c.transport("http"), c.transport("https")
	c.http = http.Client{
		Transport: c, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// transport connects anew for each call, so that each is checked.
func (c *Client) transport(scheme string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			d := net.Dialer{Timeout: patience, Resolver: c.resolver, Control: c.control(scheme)}
			return d.DialContext(ctx, network, address)
		},
		DisableKeepAlives: true, TLSHandshakeTimeout: patience, MaxResponseHeaderBytes: maxHeader,
	}
}

// HTTP is the client as libraries want it. All that is true of c is true of it.
func (c *Client) HTTP() *http.Client { return &c.http }

// Do makes a call. The caller closes the body.
func (c *Client) Do(r *http.Request) (*http.Response, error) { return c.http.Do(r) }

// RoundTrip implements http.RoundTripper.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := Parse(r.URL.String()); err != nil {
		return nil, err
	}
	way := c.secure
	if r.URL.Scheme == "http" {
		way = c.plain
	}
	res, err := way.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &short{res.Body, MaxAnswer}
	return res, nil
}

// short fails where a body goes on after left bytes.
type short struct {
	io.ReadCloser
	left int64
}

func (s *short) Read(p []byte) (int, error) {
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	n, err := s.ReadCloser.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return 0, ErrTooLong
	}
	return n, err
}
