package chatwoot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"nameplate/internal/platform/secret"
)

// How a call may fail. The words are kept as codes.
var (
	errRefused = errors.New("token")   // the token is not taken, or may not do it
	errStrange = errors.New("strange") // an answer that is not Chatwoot's
	errSilent  = errors.New("silent")  // no answer, or one that says to come later
)

// remote is an account of Chatwoot, by its application API.
type remote struct {
	base  string
	token secret.Secret
	call  func(*http.Request) (*http.Response, error)
}

// agent is one as the API shows them.
type agent struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// edit is what is changed of an agent.
type edit struct {
	Name         string `json:"name,omitempty"`
	Availability string `json:"availability,omitempty"`
}

func (s *Service) remote(w Wish) remote {
	return remote{w.URL + "/api/v1/accounts/" + strconv.FormatInt(w.Account, 10) + "/agents", w.Token, s.Call}
}

func (r remote) agents(ctx context.Context) (all []agent, err error) {
	return all, r.do(ctx, http.MethodGet, r.base, nil, &all)
}

func (r remote) change(ctx context.Context, id int64, e edit) error {
	var now agent
	return r.do(ctx, http.MethodPatch, r.base+"/"+strconv.FormatInt(id, 10), map[string]edit{"agent": e}, &now)
}

// do makes a call. It returns one of the errors above, and nothing of what the
// answer said.
func (r remote) do(ctx context.Context, method, address string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	q, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return errStrange
	}
	q.Header.Set("api_access_token", r.token.Reveal())
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "Nameplate")
	res, err := r.call(q)
	if err != nil {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden:
		return errRefused
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		return errSilent
	case res.StatusCode/100 != 2 || json.NewDecoder(res.Body).Decode(answer) != nil:
		return errStrange
	}
	return nil
}

// codeOf is the word that is kept of an error.
func codeOf(err error) string {
	for _, known := range []error{errRefused, errStrange} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return errSilent.Error()
}
