// Package clock is the only place that reads the time of day.
//
// Everything that expires, is throttled or is shown with a date asks a [Clock]
// that it was given, so that tests decide what time it is. Times are UTC and
// cut to microseconds, which is what both databases keep.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now returns the present time in UTC, in microseconds.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual is a clock that stands still until it is told to move. It is for
// tests and is safe for concurrent use.
type Manual struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration
}

// At returns a clock that stands at t.
func At(t time.Time) *Manual { return &Manual{now: t.UTC().Truncate(time.Microsecond)} }

// Now returns where the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(m.tick)
	return m.now
}

// Tick makes the clock move by d before each reading: then no two moments are
// the same, as on a real one.
func (m *Manual) Tick(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick = d
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Stopwatch starts to measure a span for a log line or a time limit and returns
// the function that reads it. It never decides whether something expired.
func Stopwatch() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

var places sync.Map // name → *time.Location

// Place returns the time zone with this name of the IANA database. It is
// [time.LoadLocation] that reads each zone once.
func Place(name string) (*time.Location, error) {
	if p, ok := places.Load(name); ok {
		return p.(*time.Location), nil
	}
	p, err := time.LoadLocation(name)
	if err == nil {
		places.Store(name, p)
	}
	return p, err
}
