package openid

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxText    = 512  // characters of state and nonce
	maxRequest = 1900 // of the whole request: it goes along to the sign-in page and back
	// sinceName is our own parameter: when a fresh proof was asked for, sealed.
	sinceName  = "np_since"
	sincePlace = "openid|since|"
)

// Ask is what an app asks for: that somebody is signed in (OpenID Connect Core
// 1.0, section 3.1.2.1).
type Ask struct {
	App       App
	Redirect  string
	State     string
	Nonce     string
	Challenge string
	Scopes    []string
	Prompt    []string
	MaxAge    time.Duration // since the last proof; negative: whenever
	LoginHint string
	IDHint    string
	Since     time.Time // when a fresh proof was asked for; zero: not yet
	query     url.Values
}

// Refusal is an answer that is sent to the app.
type Refusal struct{ Code, Words string }

func (r *Refusal) Error() string { return "openid: " + r.Code + ": " + r.Words }

func refused(code, words string) error { return &Refusal{code, words} }

func (a Ask) prompts(word string) bool { return slices.Contains(a.Prompt, word) }

// silent reports whether nothing may be shown.
func (a Ask) silent() bool { return a.prompts("none") }

// Read reads a request. A *Refusal may be sent to the app's address; before that
// is known the error is ErrTwice, ErrTooLong, ErrNoApp or ErrRedirect.
func (s *Service) Read(ctx context.Context, q url.Values) (a Ask, err error) {
	for _, name := range []string{"client_id", "redirect_uri", "state"} {
		if len(q[name]) > 1 {
			return a, ErrTwice.With("Name", name)
		}
	}
	if len(q.Encode()) > maxRequest {
		return a, ErrTooLong
	}
	app, found, err := s.App(ctx, s.DB, q.Get("client_id"))
	if err != nil {
		return a, err
	}
	if !found {
		return a, ErrNoApp
	}
	if a.App, a.Redirect = app, q.Get("redirect_uri"); !slices.Contains(app.Redirects, a.Redirect) {
		return a, ErrRedirect.With("App", app.Name)
	}
	a.State, a.query = q.Get("state"), q
	return a, s.fill(&a, q)
}

// fill reads what may be refused at the app's address.
func (s *Service) fill(a *Ask, q url.Values) error {
	for name, values := range q {
		if len(values) > 1 {
			return refused("invalid_request", "a parameter comes twice: "+clip(name))
		}
	}
	a.Nonce, a.Challenge, a.LoginHint, a.IDHint = q.Get("nonce"), q.Get("code_challenge"), q.Get("login_hint"), q.Get("id_token_hint")
	a.Scopes, a.Prompt, a.MaxAge = known(strings.Fields(q.Get("scope"))), strings.Fields(q.Get("prompt")), -1
	switch {
	case q.Has("request"):
		return refused("request_not_supported", "")
	case q.Has("request_uri"):
		return refused("request_uri_not_supported", "")
	case q.Get("response_type") == "":
		return refused("invalid_request", "response_type is missing")
	case q.Get("response_type") != "code":
		return refused("unsupported_response_type", "response_type is code")
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return refused("invalid_request", "response_mode is query")
	case !slices.Contains(a.Scopes, ScopeOpenID):
		return refused("invalid_scope", "scope has openid in it")
	case !isChallenge(a.Challenge) || q.Get("code_challenge_method") != "S256":
		return refused("invalid_request", "code_challenge is needed, with code_challenge_method S256")
	case len(a.State) > maxText || len(a.Nonce) > maxText:
		return refused("invalid_request", "state and nonce have 512 characters at most")
	case a.silent() && len(a.Prompt) > 1:
		return refused("invalid_request", "prompt is none alone")
	}
	if text := q.Get("max_age"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return refused("invalid_request", "max_age is a number of seconds")
		}
		a.MaxAge = time.Duration(seconds) * time.Second
	}
	a.Since = s.since(*a)
	return nil
}

// isChallenge reports whether a text can be the SHA-256 of a verifier.
func isChallenge(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(raw) == 32
}

// since is when a fresh proof was asked for by this very request.
func (s *Service) since(a Ask) time.Time {
	sealed, err := base64.RawURLEncoding.DecodeString(a.query.Get(sinceName))
	if err != nil || len(sealed) == 0 {
		return time.Time{}
	}
	plain, err := s.Keys.Open(sealed, a.place())
	if err != nil {
		return time.Time{}
	}
	at, err := strconv.ParseInt(string(plain), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(at)
}

// place ties the moment to its request.
func (a Ask) place() string {
	q := url.Values{}
	for name, values := range a.query {
		if name != sinceName {
			q[name] = values
		}
	}
	return sincePlace + q.Encode()
}

// Again is the path of the same request for whoever comes back from proving who
// they are. It remembers when that was asked for.
func (s *Service) Again(a Ask) string {
	since := a.Since
	if since.IsZero() {
		since = s.Clock.Now()
	}
	sealed := s.Keys.Seal([]byte(strconv.FormatInt(since.UnixMicro(), 10)), a.place())
	q := url.Values{}
	for name, values := range a.query {
		q[name] = values
	}
	q.Set(sinceName, base64.RawURLEncoding.EncodeToString(sealed))
	return authorizePath + "?" + q.Encode()
}

// returned reports whether the browser comes back from a page of ours.
func (a Ask) returned() bool { return !a.Since.IsZero() }

// Answer is the address that a browser takes an answer to (RFC 9207 names who
// gives it).
func (s *Service) Answer(a Ask, name, value string, more ...string) string {
	u, err := url.Parse(a.Redirect)
	if err != nil {
		return a.Redirect // it was parsed when it was set
	}
	q := u.Query()
	q.Set(name, value)
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	if a.State != "" {
		q.Set("state", a.State)
	}
	q.Set("iss", s.Issuer())
	u.RawQuery = q.Encode()
	return u.String()
}
