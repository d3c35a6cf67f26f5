package sms

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// ErrSilent says that no answer came from Twilio.
var ErrSilent = errSilent

// Answer is what another service of Twilio has answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Ask calls another service of the same account, at its usual host or, where
// the settings name one, at that. Values are sent as a form if there are any.
// It returns ErrSilent if no answer came.
func (s *Server) Ask(ctx context.Context, method, host, path string, form url.Values) (Answer, error) {
	if s.Host != usual {
		host = s.Host
	}
	r, err := http.NewRequestWithContext(ctx, method, s.Scheme+"://"+host+path, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, errors.New("the path can't be asked for")
	}
	r.SetBasicAuth(s.Account, s.Token.Reveal())
	r.Header.Set("Accept", "application/json")
	if len(form) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := s.transport.RoundTrip(r)
	if err != nil {
		return Answer{}, ErrSilent
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, longestList))
	if err != nil {
		return Answer{}, ErrSilent
	}
	return Answer{res.StatusCode, res.Header, body}, nil
}

// longestList is how much is read of a list.
const longestList = 8 << 20
