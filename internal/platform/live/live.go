// Package live tells the parts of a node that something changed.
//
// A change publishes the topics it touches ("user:usr_…", "org:org_…") after
// its commit. Open streams subscribe to topics and are woken; a burst of
// changes wakes them once, because they read the present state anyway. Caches
// take a [Mark] before they read the database and keep what they read only
// while the mark is fresh.
//
// A node that owns its database hears of every change before it is answered:
// its feed is whole. Nodes that share a PostgreSQL database tell each other
// ([Feed.Relay]), which takes a moment, so theirs is partial and its marks are
// never fresh: caches then ask the database each time.
//
// A change can be followed to every stream that shows it, on every node: a
// receipt says how many there are and how many of them have it ([Feed.Track],
// [Feed.Watch]).
package live

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"nameplate/internal/platform/clock"
)

// shards bounds the memory of marks: topics that share a shard only cost each
// other a look at the database.
const shards = 4096

// Feed carries topics from changes to whoever listens on this node.
type Feed struct {
	Clock clock.Clock // the machine's, unless set before use

	whole       bool
	others      *outbox // nil if whole
	receipts    receipts
	seed        maphash.Seed
	generations [shards]atomic.Uint64

	mu        sync.RWMutex
	listeners map[string]map[*Subscription]struct{}
	closed    bool
}

// New returns a feed. whole says that every change to the database passes
// through it.
func New(whole bool) *Feed {
	f := &Feed{
		Clock: clock.System{}, whole: whole, seed: maphash.MakeSeed(), listeners: map[string]map[*Subscription]struct{}{},
		receipts: receipts{byID: map[string]*receipt{}},
	}
	if !whole {
		f.others = newOutbox()
	}
	return f
}

// Publish wakes the subscribers of the topics and ends the marks on them. Call
// it after the commit.
func (f *Feed) Publish(topics ...string) {
	f.publish(topics)
	if f.others != nil {
		f.others.publish(topics)
	}
}

// publish is Publish on this node.
func (f *Feed) publish(topics []string) {
	for _, t := range topics {
		f.generation(t).Add(1)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, t := range topics {
		for s := range f.listeners[t] {
			s.wake()
		}
	}
}

// publishAll is publish for everything that there is.
func (f *Feed) publishAll() {
	for i := range f.generations {
		f.generations[i].Add(1)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, subs := range f.listeners {
		for s := range subs {
			s.wake()
		}
	}
}

func (f *Feed) generation(topic string) *atomic.Uint64 {
	return &f.generations[maphash.String(f.seed, topic)%shards]
}

// Subscription wakes its owner through C.
type Subscription struct {
	C      <-chan struct{}
	c      chan struct{}
	feed   *Feed
	topics []string

	surface bool // receipts wait for it
	mu      sync.Mutex
	owed    []string // ids of receipts
}

// Subscribe listens to topics until Close. C is closed when the feed is.
func (f *Feed) Subscribe(topics ...string) *Subscription { return f.subscribe(false, topics) }

// Watch is Subscribe for a stream that shows somebody what it reads: receipts
// wait for what it owes.
func (f *Feed) Watch(topics ...string) *Subscription { return f.subscribe(true, topics) }

func (f *Feed) subscribe(surface bool, topics []string) *Subscription {
	c := make(chan struct{}, 1)
	s := &Subscription{C: c, c: c, feed: f, topics: topics, surface: surface}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		close(c)
		return s
	}
	for _, t := range topics {
		if f.listeners[t] == nil {
			f.listeners[t] = map[*Subscription]struct{}{}
		}
		f.listeners[t][s] = struct{}{}
	}
	return s
}

func (s *Subscription) wake() {
	select {
	case s.c <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.leave()
	s.settle(s.Owed(), false)
}

func (s *Subscription) leave() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	for _, t := range s.topics {
		delete(s.feed.listeners[t], s)
		if len(s.feed.listeners[t]) == 0 {
			delete(s.feed.listeners, t)
		}
	}
}

// Close ends every subscription, so that streams end.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.closed = true
	ended := map[*Subscription]struct{}{}
	for _, subs := range f.listeners {
		for s := range subs {
			ended[s] = struct{}{}
		}
	}
	for s := range ended {
		close(s.c)
	}
	f.listeners = map[string]map[*Subscription]struct{}{}
}

// Mark remembers a moment in the life of some topics.
type Mark struct {
	whole bool
	at    []moment
}

type moment struct {
	now  *atomic.Uint64
	then uint64
}

// Mark takes the present moment of topics. Take it before reading.
func (f *Feed) Mark(topics ...string) Mark {
	m := Mark{whole: f.whole, at: make([]moment, len(topics))}
	for i, t := range topics {
		g := f.generation(t)
		m.at[i] = moment{g, g.Load()}
	}
	return m
}

// Fresh reports whether nothing was published on the mark's topics since.
func (m Mark) Fresh() bool {
	for _, g := range m.at {
		if g.now.Load() != g.then {
			return false
		}
	}
	return m.whole
}

// With returns a mark that is fresh while both are.
func (m Mark) With(other Mark) Mark {
	return Mark{whole: m.whole && other.whole, at: append(append([]moment{}, m.at...), other.at...)}
}
