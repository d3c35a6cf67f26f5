package stream

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/live"
	"nameplate/internal/platform/sse"
)

// lookAgain is how often a stream looks at its session, and for what another
// node may have failed to tell.
const lookAgain = 5 * time.Second

// line is one open stream.
type line struct {
	*Service
	out    *sse.Stream
	caller session.Caller
	last   int64 // number of the last signal that was told
	state  map[string]string
}

// errOver means that there is nobody to tell any more.
var errOver = errors.New("stream: the session has ended")

// stream tells a person's pages until the session ends, the client hangs up or
// the server stops.
func (h API) stream(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), session.Of(r.Context())
	leave, err := h.Service.enter(c)
	if err != nil {
		return err
	}
	defer leave()
	signals := h.Service.Feed.Subscribe(topic(c.User.ID))
	defer signals.Close()
	touched := h.Service.Feed.Watch("user:"+c.User.ID, "org:"+c.Actor.Membership.OrganizationID, "instance")
	defer touched.Close()
	l := &line{Service: h.Service, caller: c}
	if l.last, err = h.Service.from(ctx, c.User.ID, given(r)); err != nil {
		return err
	}
	if l.state, err = h.Service.State(ctx, c); err != nil {
		return err
	}
	if l.out, err = sse.Open(w); err != nil {
		return nil // the client has gone
	}
	if l.begin() != nil {
		return nil
	}
	err = l.run(ctx, signals.C, touched)
	if errors.Is(err, errOver) {
		l.out.Write(sse.Event("end", "", []byte("{}"))) //nolint:errcheck // the stream ends anyway
	}
	return nil // whatever it was, the client comes back
}

// given is the number that a client has got last; empty: none.
func given(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last_event_id")
}

// from is the number to go on from: the one that was given, or the present one
// for whoever has none, or one that is not the person's.
func (s *Service) from(ctx context.Context, userID, given string) (int64, error) {
	now, _, err := reached.Maybe(ctx, s.DB, userID)
	if err != nil {
		return 0, err
	}
	if n, bad := strconv.ParseInt(given, 10, 64); bad == nil && n >= 0 && n < now {
		return n, nil
	}
	return now, nil
}

func (l *line) begin() error { return l.tell(strconv.FormatInt(l.last, 10), nil) }

// run waits and tells.
func (l *line) run(ctx context.Context, signals <-chan struct{}, touched *live.Subscription) error {
	again, beat := time.NewTicker(lookAgain), time.NewTicker(sse.Heartbeat)
	defer again.Stop()
	defer beat.Stop()
	if err := l.signals(ctx); err != nil {
		return err
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-signals:
			if !open {
				return nil
			}
			err = l.signals(ctx)
		case _, open := <-touched.C:
			if !open {
				return nil
			}
			owed := touched.Owed()
			if err = l.compare(ctx); err == nil {
				touched.Shown(owed)
			}
		case <-again.C:
			if err = l.signals(ctx); err == nil {
				err = l.recheck(ctx)
			}
			if !l.Whole && err == nil {
				err = l.compare(ctx)
			}
		case <-beat.C:
			err = l.out.Beat()
		}
		if err != nil {
			return err
		}
	}
}

// signals tells those that follow, if the session still lives.
func (l *line) signals(ctx context.Context) error {
	if _, err := l.Sessions.Living(ctx, l.caller.Session.ID); err != nil {
		return over(err)
	}
	for {
		found, err := after.All(ctx, l.DB, l.caller.User.ID, l.last, l.Clock.Now().Add(-Kept))
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			if err := l.pass(ctx, r); err != nil {
				return err
			}
		}
	}
}

func (l *line) pass(ctx context.Context, r row) error {
	data, err := l.Keys.Open(r.Content, place(l.caller.User.ID))
	if err != nil {
		return err
	}
	if err := l.out.Write(sse.Event(r.Name, strconv.FormatInt(r.Seq, 10), data)); err != nil {
		return err
	}
	l.last = r.Seq
	if r.Awaited {
		return nil
	}
	return l.Came(ctx, Signal{r.OrganizationID, l.caller.User.ID, r.Name, r.About})
}

// recheck asks what the guard asks of a request.
func (l *line) recheck(ctx context.Context) (err error) {
	l.caller, err = l.Sessions.Again(ctx, l.caller)
	return over(err)
}

// over is errOver for a session that opens nothing any more.
func over(err error) error {
	if errors.Is(err, session.ErrNone) || errors.Is(err, session.ErrFactor) {
		return errOver
	}
	return err
}

// compare tells what differs from what the pages know.
func (l *line) compare(ctx context.Context) error {
	if err := l.recheck(ctx); err != nil {
		return err
	}
	now, err := l.State(ctx, l.caller)
	if err != nil {
		return err
	}
	changed := []string{}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if now[name] != l.state[name] {
			changed = append(changed, name)
		}
	}
	if l.state = now; len(changed) == 0 {
		return nil
	}
	return l.tell("", changed)
}

func (l *line) tell(id string, changed []string) error {
	if changed == nil {
		changed = []string{}
	}
	data, err := json.Marshal(State{changed, l.state})
	if err != nil {
		return err
	}
	return l.out.Write(sse.Event("state", id, data))
}
