package push

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/webpush"
)

const (
	// life is how long a push is of use: to us, who try again, and to the service.
	life = time.Hour
	// longestWait is the most that a service can ask us to wait.
	longestWait = 15 * time.Minute
	// maxLine bounds each text of a push, in characters.
	maxLine = 300
)

// Note is what a browser shows.
type Note struct {
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
	URL   string `json:"url"`   // that a click opens
	Tag   string `json:"tag"`   // a later note of the same tag takes its place
	Event string `json:"event"` // the same note twice is shown once
	Lang  string `json:"lang"`
	Dir   string `json:"dir"`
}

// delivering is the job that brings a note to a device.
type delivering struct {
	Device       string
	Organization string // empty: a test
	User         string
	Note         Note
	Until        time.Time
}

func (delivering) Kind() string { return "push.deliver" }

// Register tells the queue how the work is done.
func (s *Service) Register() { jobs.HandleIn(s.Queue, jobs.Outward, s.deliver) }

// Send brings a note to all devices of a member. It returns how many these are.
func (s *Service) Send(ctx context.Context, tx *db.Tx, organizationID, userID string, n Note) (int, error) {
	return s.send(ctx, tx, organizationID, userID, "", n)
}

// Test brings a note to the caller's devices, or to one of them, and returns to
// how many.
func (s *Service) Test(ctx context.Context, c session.Caller, id string, n Note) (sent int, err error) {
	if err := s.Limit.Take(ctx, testPushes, c.User.ID); err != nil {
		return 0, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		sent, err = s.send(ctx, tx, "", c.User.ID, id, n)
		if err == nil && sent == 0 && id != "" {
			err = ErrNone
		}
		return err
	})
	return sent, err
}

func (s *Service) send(ctx context.Context, tx *db.Tx, organizationID, userID, only string, n Note) (sent int, err error) {
	now := s.Clock.Now()
	rows, err := ofUser.All(ctx, tx, userID, now, "")
	if err != nil {
		return 0, err
	}
	n.Title, n.Body = short(n.Title), short(n.Body)
	for _, r := range rows {
		if only != "" && r.ID != only {
			continue
		}
		if err := s.Queue.Insert(ctx, tx, delivering{r.ID, organizationID, userID, n, now.Add(life)}); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

func short(text string) string {
	if runes := []rune(text); len(runes) > maxLine {
		return string(runes[:maxLine-1]) + "…"
	}
	return text
}

// errAgain means that the service is to be asked again.
var errAgain = errors.New("push: the service did not take it")

// deliver makes one try. It may run again.
func (s *Service) deliver(ctx context.Context, d delivering) error {
	now := s.Clock.Now()
	r, lives, err := byID.Maybe(ctx, s.DB, d.Device, now)
	if err != nil || !lives {
		return err // the session has ended, and the device with it
	}
	if d.Organization != "" {
		if _, err := identity.MemberOf(ctx, s.DB, d.Organization, d.User); errors.Is(err, identity.ErrNoMember) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if !now.Before(d.Until) {
		return s.told(ctx, d, false)
	}
	request, err := s.request(ctx, r, d, now)
	if err != nil {
		return err
	}
	response, err := s.Call(request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.again(ctx, d, "unreachable", 0)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body) //nolint:errcheck // only the status says anything
	return s.settle(ctx, d, response)
}

func (s *Service) request(ctx context.Context, r row, d delivering, now time.Time) (*http.Request, error) {
	plain, err := s.Keys.Open(r.Target, place(r.ID))
	if err != nil {
		return nil, err
	}
	var t target
	if err := json.Unmarshal(plain, &t); err != nil {
		return nil, err
	}
	keys, err := webpush.ParseKeys(t.Public, t.Auth)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(d.Note)
	if err != nil {
		return nil, err
	}
	return s.Sender.Request(ctx, webpush.Message{
		Endpoint: t.Endpoint, Keys: keys, Text: text, Life: d.Until.Sub(now), Topic: s.topic(d), Urgency: "high",
	}, now)
}

// topic tells a service which pushes take each other's place, and nothing else.
func (s *Service) topic(d delivering) string {
	mac := s.Keys.MAC("push topic", []byte(d.Device+" "+d.Organization+" "+d.Note.Tag))
	return base64.RawURLEncoding.EncodeToString(mac[:24])
}

// settle writes down what a service has answered.
func (s *Service) settle(ctx context.Context, d delivering, response *http.Response) error {
	status := response.StatusCode
	switch {
	case status >= 200 && status < 300:
		if err := s.write(ctx, came, d.Device, s.Clock.Now()); err != nil {
			return err
		}
		return s.told(ctx, d, true)
	case status == http.StatusNotFound || status == http.StatusGone:
		if err := s.write(ctx, prune, d.Device); err != nil {
			return err
		}
		return s.told(ctx, d, false)
	case status == http.StatusTooManyRequests || status >= 500:
		return s.again(ctx, d, "busy", retryAfter(response.Header, s.Clock.Now()))
	}
	if err := s.write(ctx, failed, d.Device, s.Clock.Now(), "refused"); err != nil {
		return err
	}
	return s.told(ctx, d, false)
}

// again has a failed try made anew, when the service wants it or when the queue
// does.
func (s *Service) again(ctx context.Context, d delivering, why string, wait time.Duration) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		if _, err := failed.Run(ctx, tx, d.Device, now, why); err != nil || wait == 0 {
			return err
		}
		return s.Queue.InsertAt(ctx, tx, now.Add(wait), d)
	})
	if err == nil && wait == 0 {
		err = fmt.Errorf("%w: %s", errAgain, why)
	}
	return err
}

func (s *Service) write(ctx context.Context, what db.Command, args ...any) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := what.Run(ctx, tx, args...)
		return err
	})
}

func (s *Service) told(ctx context.Context, d delivering, delivered bool) error {
	if d.Organization == "" || d.Note.Event == "" {
		return nil
	}
	return s.Told(ctx, d.Organization, d.User, d.Note.Event, delivered)
}

// retryAfter is how long a service asks to wait (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return min(time.Duration(seconds)*time.Second, longestWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), longestWait)
	}
	return 0
}
