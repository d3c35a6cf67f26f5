package live

import (
	"sync"
	"time"
)

const (
	receiptLife = 10 * time.Minute
	mostKept    = 4096
	// settled is how long other nodes have to say how many surfaces they have.
	settled = time.Second
)

// State is how far a change has come.
type State struct {
	Surfaces  int           // open streams that show what changed, on every node
	Delivered int           // of which it was written out to
	After     time.Duration // until the last of those, as seen from here
	Done      bool
}

// receipt follows one change to the streams that show it.
type receipt struct {
	id, owner string
	began     time.Time
	here      count
	elsewhere map[string]count // by node
	last      time.Duration
}

// count is how far a change has come on one node.
type count struct{ Surfaces, Delivered int }

// receipts are those of the last minutes, the oldest first.
type receipts struct {
	mu    sync.Mutex
	byID  map[string]*receipt
	order []*receipt
}

func (all *receipts) add(r *receipt) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.byID[r.id] = r
	all.order = append(all.order, r)
	for len(all.order) > mostKept || r.began.Sub(all.order[0].began) > receiptLife {
		delete(all.byID, all.order[0].id)
		all.order = all.order[1:]
	}
}

// change lets fn count on a receipt and returns what stands here then.
func (all *receipts) change(id string, fn func(r *receipt)) (here count) {
	all.mu.Lock()
	defer all.mu.Unlock()
	r := all.byID[id]
	if r == nil {
		return count{}
	}
	fn(r)
	return r.here
}

// Track follows a change of a topic, which was committed just now, to every
// stream that shows the topic, under a new id that only owner may ask for.
func (f *Feed) Track(id, owner, topic string) {
	f.follow(id, owner, topic)
	if f.others != nil {
		f.others.track(opened{ID: id, Owner: owner, Topic: topic})
	}
}

// follow is Track on this node.
func (f *Feed) follow(id, owner, topic string) {
	r := &receipt{id: id, owner: owner, began: f.Clock.Now(), elsewhere: map[string]count{}}
	f.receipts.add(r)
	f.mu.RLock()
	var shown []*Subscription
	for s := range f.listeners[topic] {
		if s.surface {
			shown = append(shown, s)
		}
	}
	here := f.receipts.change(id, func(r *receipt) { r.here.Surfaces = len(shown) })
	for _, s := range shown {
		s.owe(id)
		s.wake()
	}
	f.mu.RUnlock()
	f.report(id, here)
}

// Receipt returns the state of a change that owner has made in the last
// minutes, and whether there is one.
func (f *Feed) Receipt(id, owner string) (State, bool) {
	f.receipts.mu.Lock()
	defer f.receipts.mu.Unlock()
	r := f.receipts.byID[id]
	age := time.Duration(0)
	if r != nil {
		age = f.Clock.Now().Sub(r.began)
	}
	if r == nil || r.owner != owner || age > receiptLife {
		return State{}, false
	}
	s := State{Surfaces: r.here.Surfaces, Delivered: r.here.Delivered, After: r.last}
	for _, c := range r.elsewhere {
		s.Surfaces += c.Surfaces
		s.Delivered += c.Delivered
	}
	s.Done = s.Delivered >= s.Surfaces && (f.whole || age >= settled)
	return s, true
}

// Owed returns the changes that wait for the subscription to show them. Take
// them before reading what to show, and give them to Shown once that is
// written.
func (s *Subscription) Owed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	owed := s.owed
	s.owed = nil
	return owed
}

// Shown says that changes were written out.
func (s *Subscription) Shown(owed []string) { s.settle(owed, true) }

// settle takes a surface off the changes that it owed: it has shown them, or
// is no more.
func (s *Subscription) settle(owed []string, shown bool) {
	for _, id := range owed {
		here := s.feed.receipts.change(id, func(r *receipt) {
			if !shown {
				r.here.Surfaces--
				return
			}
			r.here.Delivered++
			r.last = s.feed.Clock.Now().Sub(r.began)
		})
		s.feed.report(id, here)
	}
}

func (s *Subscription) owe(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = append(s.owed, id)
}

// report tells other nodes how far a change has come here.
func (f *Feed) report(id string, here count) {
	if f.others != nil && here.Surfaces > 0 {
		f.others.count(id, here)
	}
}
