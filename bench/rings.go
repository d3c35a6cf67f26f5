package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

const (
	agents    = 1_000                  // of one desk, each with a page open
	eventGap  = 20 * time.Millisecond  // fifty a second
	shortDesk = 15 * time.Second       // how long the platform tells
	longDesk  = time.Minute            // with -full
	ringLimit = 100 * time.Millisecond // from the answer to an event until it rings
	lateMost  = 10 * time.Second       // for the last one
)

// desk is an organization whose platform tells what happens.
type desk struct {
	company, token string // and a session of its owner
	ids, tokens    []string
}

// desk adds it, in one transaction.
func (s *seeder) desk(ctx context.Context) (d desk, err error) {
	err = s.d.Tx(ctx, func(tx *db.Tx) error {
		now := s.sessions.Clock.Now()
		if d.company, err = identity.AddOrganization(ctx, tx, "Winterová Desk", now); err != nil {
			return err
		}
		for i := range agents + 1 {
			id, err := identity.Add(ctx, tx, identity.NewUser{Address: fmt.Sprintf("agata.%d@example.com", i), DisplayName: fmt.Sprintf("Agáta Winterová %d", i)}, now)
			if err != nil {
				return err
			}
			role := identity.Agent
			if i == agents {
				role = identity.Owner
			}
			if err := identity.AddMember(ctx, tx, identity.Membership{OrganizationID: d.company, UserID: id, Role: role}, now); err != nil {
				return err
			}
			token, err := s.enter(ctx, tx, id)
			if err != nil {
				return err
			}
			d.ids, d.tokens = append(d.ids, id), append(d.tokens, token)
		}
		d.token = d.tokens[agents]
		return nil
	})
	return d, err
}

// ringing is how long it takes from the answer to an event until the page of
// the one whom it concerns has it.
type ringing struct {
	Events  int     `json:"events"`
	Lost    int     `json:"lost"`
	Doubled int     `json:"doubled"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Last    float64 `json:"last_ms"`
	Goal    goal    `json:"goal"`
}

// ring opens a page for each agent and tells of messages to one after another.
func (w *world) ring(ctx context.Context, r *report) error {
	w.say("%d agents", agents)
	h := &hall{elapsed: clock.Stopwatch(), rang: map[string][]time.Duration{}}
	for _, token := range w.people.desk.tokens[:agents] {
		c, err := dial(w.ours.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write(get(w.ours, "/v1/me/stream", token).bytes); err != nil {
			return err
		}
		if _, err := c.eventNamed("state"); err != nil {
			return fmt.Errorf("an agent's page: %w", err)
		}
		go h.listen(c)
	}
	span := shortDesk
	if w.full {
		span = longDesk
	}
	told, err := w.tell(ctx, h, int(span/eventGap))
	if err != nil {
		return err
	}
	r.Ringing = h.sum(told)
	return nil
}

// tell sends events, each at its time, and returns when each was taken.
func (w *world) tell(ctx context.Context, h *hall, events int) (map[string]time.Duration, error) {
	c, err := dial(w.ours.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	told, tick := map[string]time.Duration{}, time.NewTicker(eventGap)
	defer tick.Stop()
	for n := range events {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		id := fmt.Sprint("ring-", n)
		if err := w.people.desk.message(c, w.ours, id, n); err != nil {
			return nil, err
		}
		told[id] = h.elapsed()
	}
	h.wait(ctx, events)
	return told, nil
}

// message tells of one to the n-th agent.
func (d desk) message(c *connection, p *process, id string, n int) error {
	body, err := json.Marshal(map[string]any{
		"id": id, "type": "message.created", "occurred_at": clock.System{}.Now(), "assignee": d.ids[n*7%agents],
		"conversation": map[string]any{"id": id, "title": "Heat pump is cold", "url": "https://desk.example/c/" + id},
		"actor":        map[string]any{"name": "Jonas Weber"}, "message": map[string]any{"id": id, "text": "Still cold here."},
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c, "POST /v1/orgs/%s/events HTTP/1.1\r\nHost: %s\r\nCookie: np=%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		d.company, p.addr, d.token, len(body), body); err != nil {
		return err
	}
	a := answer{}
	if err := c.read(&a); err != nil {
		return err
	}
	if a.status != 202 {
		return fmt.Errorf("an event was answered with %d", a.status)
	}
	return nil
}

// hall is where all pages are, and what has rung on them.
type hall struct {
	elapsed func() time.Duration
	mu      sync.Mutex
	rang    map[string][]time.Duration // by event
}

// listen notes what rings on one page until it is closed.
func (h *hall) listen(c *connection) {
	for {
		data, err := c.eventNamed("ring")
		at := h.elapsed()
		var said struct{ Event string }
		if err != nil || json.Unmarshal(data, &said) != nil {
			return
		}
		h.mu.Lock()
		h.rang[said.Event] = append(h.rang[said.Event], at)
		h.mu.Unlock()
	}
}

// wait gives the last ones their time.
func (h *hall) wait(ctx context.Context, events int) {
	late, tick := time.After(lateMost), time.NewTicker(eventGap)
	defer tick.Stop()
	for {
		h.mu.Lock()
		all := len(h.rang) == events
		h.mu.Unlock()
		if all {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-late:
			return
		case <-tick.C:
		}
	}
}

func (h *hall) sum(told map[string]time.Duration) *ringing {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := &ringing{Events: len(told)}
	var took []time.Duration
	for id, at := range told {
		if len(h.rang[id]) == 0 {
			r.Lost++
			continue
		}
		r.Doubled += len(h.rang[id]) - 1
		took = append(took, max(0, h.rang[id][0]-at)) // a page may be quicker than the answer
	}
	slices.Sort(took)
	if len(took) > 0 {
		r.P50, r.P99, r.Last = micros(share(took, 0.5))/1e3, micros(share(took, 0.99))/1e3, micros(took[len(took)-1])/1e3
	}
	r.Goal = goal{fmt.Sprintf("p99 < %d ms, none lost or doubled", ringLimit.Milliseconds()),
		r.P99 < float64(ringLimit.Milliseconds()) && r.Lost == 0 && r.Doubled == 0 && len(took) > 0}
	return r
}

var errEnded = errors.New("the stream says that the session has ended")

// eventNamed waits for the next event of that name and returns its data.
func (c *connection) eventNamed(name string) ([]byte, error) {
	wanted := false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if event, is := bytes.CutPrefix(line, []byte("event: ")); is {
			if wanted = string(event) == name; string(event) == "end" {
				return nil, errEnded
			}
		}
		if data, is := bytes.CutPrefix(line, []byte("data: ")); is && wanted {
			return bytes.Clone(data), nil
		}
	}
}
