package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	watchers  = 1_000
	saves     = 10
	lastLimit = 20 * time.Millisecond
)

// live is how long it takes from sending a save until the open cards have it.
type live struct {
	Streams int     `json:"streams"`
	Ours    arrival `json:"nameplate"`
	Floor   arrival `json:"floor"`
	Goal    goal    `json:"goal"`
}

// arrival is the median over the saves, in milliseconds.
type arrival struct {
	First float64 `json:"first_ms"`
	P99   float64 `json:"p99_ms"`
	Last  float64 `json:"last_ms"`
}

// watch opens the card of the first saver many times and lets them save.
func (w *world) watch(ctx context.Context, r *report) error {
	w.say("%d open cards", watchers)
	l := &live{Streams: watchers}
	for _, side := range []struct {
		p  *process
		to *arrival
	}{{w.ours, &l.Ours}, {w.floor, &l.Floor}} {
		a, err := w.fanOut(ctx, side.p)
		if err != nil {
			return fmt.Errorf("open cards: %w", err)
		}
		*side.to = a
	}
	l.Goal = below(l.Ours.Last, float64(lastLimit.Milliseconds()), "last < 20 ms")
	r.Live = append(r.Live, l)
	return nil
}

func (w *world) fanOut(ctx context.Context, p *process) (arrival, error) {
	streams := make([]*connection, watchers)
	request := get(p, "/v1/cards/"+w.people.ids[0]+"/live", "")
	for i := range streams {
		c, err := dial(p.addr)
		if err != nil {
			return arrival{}, err
		}
		defer c.Close()
		if _, err := c.Write(request.bytes); err != nil {
			return arrival{}, err
		}
		if err := c.event(); err != nil {
			return arrival{}, err
		}
		streams[i] = c
	}
	var first, p99, last []float64
	for n := range saves {
		if err := ctx.Err(); err != nil {
			return arrival{}, err
		}
		took, err := w.saveAndWait(p, streams, n)
		if err != nil {
			return arrival{}, err
		}
		first, p99 = append(first, micros(took[0])/1e3), append(p99, micros(share(took, 0.99))/1e3)
		last = append(last, micros(took[len(took)-1])/1e3)
	}
	return arrival{median(first), median(p99), median(last)}, nil
}

// saveAndWait returns, sorted, how long each stream took to show the save.
func (w *world) saveAndWait(p *process, streams []*connection, n int) ([]time.Duration, error) {
	took, failed := make([]time.Duration, len(streams)), make([]error, len(streams))
	save := patch(p, w.people.tokens[0])
	save.number(n + 2)
	var ready, all sync.WaitGroup
	ready.Add(len(streams))
	elapsed := clock.Stopwatch()
	for i, c := range streams {
		all.Go(func() {
			ready.Done()
			failed[i] = c.event()
			took[i] = elapsed()
		})
	}
	ready.Wait()
	sent := elapsed()
	a, err := p.ask(save)
	if err != nil {
		return nil, err
	}
	if a.status != 200 {
		return nil, fmt.Errorf("a save was answered with %d", a.status)
	}
	all.Wait()
	for i := range took {
		took[i] -= sent
	}
	slices.Sort(took)
	return took, firstOf(failed)
}

func firstOf(all []error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

var eventLine = []byte("event: card")

// event waits for the next card. The chunks of the transfer stand between its
// lines and are as good as any other line that is not an event.
func (c *connection) event() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, eventLine) {
			return c.data()
		}
	}
}

// data reads on to the end of the event.
func (c *connection) data() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, []byte("data: ")) {
			_, err := c.in.ReadSlice('\n')
			return err
		}
	}
}
