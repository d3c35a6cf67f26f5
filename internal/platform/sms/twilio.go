package sms

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/twilio/twilio-go/client"
	messages "github.com/twilio/twilio-go/rest/api/v2010"
)

const (
	// patience is how long Twilio may take to answer.
	patience = 20 * time.Second
	// longest is how much of an answer is read.
	longest = 64 << 10
	// onWhatsApp stands before a number that is meant there.
	onWhatsApp = "whatsapp:"
)

// refusal is an answer that says that nothing was sent.
type refusal struct {
	Status int
	Code   int // Twilio's own; 0: not told
}

// Error says nothing of the text: Twilio's words repeat the number.
func (r *refusal) Error() string {
	if r.Code == 0 {
		return fmt.Sprintf("refused with %d", r.Status)
	}
	return fmt.Sprintf("refused with %d, error %d", r.Status, r.Code)
}

// passing reports whether the same may be taken later.
func (r *refusal) passing() bool { return r.Status == http.StatusTooManyRequests || r.Status >= 500 }

// errSilent says that no answer came, or none that can be read.
var errSilent = errors.New("no answer from Twilio")

// send hands one text to Twilio. It returns a *refusal or errSilent.
func (s *Server) send(ctx context.Context, m message) error {
	to, from := m.To, s.From
	if m.WhatsApp {
		to, from = onWhatsApp+m.To, onWhatsApp+s.WhatsApp
	}
	w := &wire{ctx: ctx, server: s}
	api := messages.NewApiServiceWithClient(&client.Client{
		// The library takes none but letters and digits here; wire signs.
		Credentials: client.NewCredentials("", ""),
		HTTPClient: &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	})
	message := &messages.CreateMessageParams{}
	_, err := api.CreateMessage(message.SetPathAccountSid(s.Account).SetTo(to).SetFrom(from).SetBody(m.Words))
	switch {
	case w.status == 0:
		return errSilent
	case w.status/100 == 2:
		return nil // whatever the library makes of the body
	}
	var told *client.TwilioRestError
	if !errors.As(err, &told) {
		return &refusal{Status: w.status}
	}
	return &refusal{Status: w.status, Code: told.Code}
}

// wire carries one request of the library: to the host of the settings, signed,
// for as long as its context lasts. It keeps the status of the answer.
type wire struct {
	ctx    context.Context
	server *Server
	status int
}

// RoundTrip implements http.RoundTripper. It reads the answer itself: the
// library leaves one open that it doesn't like.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	r = r.Clone(ctx)
	r.URL.Scheme, r.URL.Host, r.Host = w.server.Scheme, w.server.Host, ""
	r.SetBasicAuth(w.server.Account, w.server.Token.Reveal())
	res, err := w.server.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	w.status = res.StatusCode
	said, err := io.ReadAll(io.LimitReader(res.Body, longest))
	res.Body = io.NopCloser(bytes.NewReader(said))
	return res, err
}

func newTransport() http.RoundTripper {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: patience, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
}
