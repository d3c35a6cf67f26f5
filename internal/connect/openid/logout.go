package openid

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/jobs"
)

const (
	watchEvery = 5 * time.Second
	atOnce     = 200
	// tellFor is how long an app is tried that can't be told.
	tellFor    = 24 * time.Hour
	logoutLife = 2 * time.Minute // of a logout token

	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
)

// telling is a job: tell an app that a sign-in has ended.
type telling struct {
	Client string
	User   string
	Login  string
	At     time.Time
}

func (telling) Kind() string { return "openid_logout" }

// Register adds the job to the queue.
func (s *Service) Register() { jobs.Handle(s.Queue, s.deliver) }

// Run watches for sign-ins whose session has ended, however it has.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := s.Watch(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("sign-ins at apps were not looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Watch ends the sign-ins whose session has ended, and tells their apps. What
// was made to outlive the session goes on, but its app is told, too.
func (s *Service) Watch(ctx context.Context) error {
	now := s.Clock.Now()
	gone, err := adrift.All(ctx, s.DB, now, now.Add(-session.Idle), atOnce)
	if err != nil {
		return err
	}
	for _, e := range gone {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := endLogin.Run(ctx, tx, e.ID, now)
			if err != nil || n == 0 {
				return err
			}
			if !slices.Contains(strings.Fields(e.Scopes), ScopeOffline) {
				if _, err := endHeld.Run(ctx, tx, e.ID); err != nil {
					return err
				}
			}
			return s.tell(ctx, tx, e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tell makes a job of it, if the app wants to be told.
func (s *Service) tell(ctx context.Context, tx *db.Tx, e ended) error {
	app, found, err := s.App(ctx, tx, e.ClientID)
	if err != nil || !found || app.Backchannel == "" {
		return err
	}
	return s.Queue.Insert(ctx, tx, telling{e.ClientID, e.UserID, e.ID, s.Clock.Now()})
}

// deliver sends a logout token (OpenID Connect Back-Channel Logout 1.0, section
// 2.5). An app that answers 400 has refused it, and is not asked again.
func (s *Service) deliver(ctx context.Context, t telling) error {
	app, found, err := s.App(ctx, s.DB, t.Client)
	if err != nil || !found || app.Backchannel == "" || s.Clock.Now().Sub(t.At) > tellFor {
		return err
	}
	now := s.Clock.Now()
	token, err := s.sign(ctx, logoutType, map[string]any{
		"iss": s.Issuer(), "aud": t.Client, "sub": t.User, "sid": t.Login, "iat": now.Unix(), "exp": now.Add(logoutLife).Unix(),
		"jti": ids.New(ids.Request, now), "events": map[string]any{logoutEvent: struct{}{}},
	})
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, app.Backchannel, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.Call(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode/100 == 2 || res.StatusCode == http.StatusBadRequest {
		return nil
	}
	return fmt.Errorf("openid: the app answered %d", res.StatusCode)
}

// Leaving is what an app asks for when somebody signs out there (OpenID Connect
// RP-Initiated Logout 1.0).
type Leaving struct {
	Sure  bool   // it has shown that it means the caller's own session
	To    string // where the browser goes on; empty: nowhere
	App   string // its name, where it is known
	State string
}

// Leave reads such a request. It returns ErrLogout for an address that the app
// has not, or an app that is not to be told.
func (s *Service) Leave(ctx context.Context, c session.Caller, q url.Values) (l Leaving, err error) {
	h, hinted, err := s.readHint(ctx, q.Get("id_token_hint"))
	if err != nil {
		return l, err
	}
	clientID := q.Get("client_id")
	if hinted && clientID == "" {
		clientID = h.Audience[0]
	}
	if hinted && clientID != h.Audience[0] {
		return l, ErrLogout
	}
	app, found, err := s.App(ctx, s.DB, clientID)
	if err != nil {
		return l, err
	}
	to := q.Get("post_logout_redirect_uri")
	if to != "" && (!found || !slices.Contains(app.Logouts, to)) {
		return l, ErrLogout
	}
	l = Leaving{App: app.Name, To: to, State: q.Get("state")}
	if to != "" && l.State != "" && len(l.State) <= maxText {
		u, err := url.Parse(to)
		if err != nil {
			return l, ErrLogout
		}
		v := u.Query()
		v.Set("state", l.State)
		u.RawQuery = v.Encode()
		l.To = u.String()
	}
	if !hinted || c.Session.ID == "" {
		return l, nil
	}
	in, found, err := byLogin.Maybe(ctx, s.DB, h.Login)
	l.Sure = found && in.SessionID == c.Session.ID && h.Subject == c.User.ID
	return l, err
}
