package main

import (
	"slices"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
)

// round is what one server did in one round.
type round struct {
	answers, errors int
	span            time.Duration
	cpu             time.Duration // of the server
	latencies       []time.Duration
}

func (r round) rate() float64 { return float64(r.answers) / r.span.Seconds() }

// cpuEach is the processor time of the server for one answer, in microseconds.
func (r round) cpuEach() float64 {
	return float64(r.cpu.Microseconds()) / float64(max(1, r.answers))
}

// serial numbers the saves of a run.
var serial = struct {
	mu sync.Mutex
	n  int
}{}

func nextSerials(n int) int {
	serial.mu.Lock()
	defer serial.mu.Unlock()
	serial.n += n
	return serial.n - n
}

// play sends requests for span, each connection the next as soon as it has its
// answer.
func play(p *process, requests []request, status int, span time.Duration) (round, error) {
	connections := make([]*connection, len(requests))
	for i := range requests {
		c, err := dial(p.addr)
		if err != nil {
			return round{}, err
		}
		defer c.Close()
		connections[i] = c
	}
	before, err := p.cpu()
	if err != nil {
		return round{}, err
	}
	parts := make([]round, len(requests))
	elapsed := clock.Stopwatch()
	var all sync.WaitGroup
	for i, c := range connections {
		all.Go(func() { parts[i] = c.repeat(requests[i], status, span, elapsed) })
	}
	all.Wait()
	whole := round{span: elapsed()}
	after, err := p.cpu()
	whole.cpu = after - before
	for _, part := range parts {
		whole.answers += part.answers
		whole.errors += part.errors
		whole.latencies = append(whole.latencies, part.latencies...)
	}
	return whole, err
}

const block = 1 << 10 // serials that a connection takes at once

// repeat sends one request again and again. A connection that breaks ends its
// part with an error.
func (c *connection) repeat(r request, status int, span time.Duration, elapsed func() time.Duration) (part round) {
	first := 0
	for now := elapsed(); now < span; {
		if r.serial != nil {
			if n := part.answers + part.errors; n%block == 0 {
				first = nextSerials(block) - n
			}
			r.number(first + part.answers + part.errors)
		}
		var a answer
		_, err := c.Write(r.bytes)
		if err == nil {
			err = c.read(&a)
		}
		then := elapsed()
		if err != nil {
			part.errors++
			return part
		}
		if a.status != status {
			part.errors++
		} else {
			part.answers++
			part.latencies = append(part.latencies, then-now)
		}
		now = then
	}
	return part
}

// share returns the value below which the given share of the values lies.
func share[T any](sorted []T, of float64) (v T) {
	if len(sorted) == 0 {
		return v
	}
	return sorted[min(len(sorted)-1, int(of*float64(len(sorted))))]
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n > 0 && n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return share(sorted, 0.5)
}
