package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"sync"
	"time"
)

const (
	channel  = "nameplate_live"
	atOnce   = 40     // of each kind in one word, which has 8,000 bytes
	mostWait = 10_000 // topics that wait to be told; more are told as "everything"
	again    = 200 * time.Millisecond
)

// Bus carries words between the nodes that share a database. See
// db.DB for the contract of both.
type Bus interface {
	Notify(ctx context.Context, channel, text string) error
	Listen(ctx context.Context, channel string, begun func(), heard func(text string)) error
}

// word is what one node tells the others.
type word struct {
	Node     string           `json:"n"`
	All      bool             `json:"a,omitempty"` // anything may have changed
	Topics   []string         `json:"t,omitempty"`
	Receipts []opened         `json:"r,omitempty"`
	Counts   map[string]count `json:"c,omitempty"`
}

type opened struct{ ID, Owner, Topic string }

// outbox holds what other nodes are to be told.
type outbox struct {
	node string
	wake chan struct{}

	mu       sync.Mutex
	all      bool
	topics   map[string]struct{}
	receipts []opened
	counts   map[string]count
}

func newOutbox() *outbox {
	return &outbox{node: rand.Text(), wake: make(chan struct{}, 1), topics: map[string]struct{}{}, counts: map[string]count{}}
}

func (o *outbox) put(fn func()) {
	o.mu.Lock()
	fn()
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outbox) publish(topics []string) {
	o.put(func() {
		for _, t := range topics {
			o.topics[t] = struct{}{}
		}
		if len(o.topics) > mostWait {
			o.all, o.topics = true, map[string]struct{}{}
		}
	})
}

func (o *outbox) track(r opened) {
	o.put(func() {
		if len(o.receipts) < mostKept {
			o.receipts = append(o.receipts, r)
		}
	})
}

func (o *outbox) count(id string, c count) {
	o.put(func() {
		if len(o.counts) < mostKept {
			o.counts[id] = c
		}
	})
}

// take returns the next word, and whether there is any.
func (o *outbox) take() (w word, any bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w = word{Node: o.node, All: o.all, Counts: map[string]count{}}
	o.all = false
	for t := range o.topics {
		if len(w.Topics) == atOnce {
			break
		}
		w.Topics = append(w.Topics, t)
		delete(o.topics, t)
	}
	n := min(len(o.receipts), atOnce)
	w.Receipts, o.receipts = o.receipts[:n:n], o.receipts[n:]
	for id, c := range o.counts {
		if len(w.Counts) == atOnce {
			break
		}
		w.Counts[id] = c
		delete(o.counts, id)
	}
	return w, w.All || len(w.Topics)+len(w.Receipts)+len(w.Counts) > 0
}

// Relay tells the other nodes what is published here, and publishes here what
// they tell, until ctx ends. A feed that is whole has no others.
//
// While the bus is away nothing crosses; once it is back everybody looks again
// at everything.
func (f *Feed) Relay(ctx context.Context, bus Bus, log *slog.Logger) {
	if f.others == nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { f.tell(ctx, bus) })
	both.Go(func() { f.hear(ctx, bus, log) })
	both.Wait()
}

func (f *Feed) tell(ctx context.Context, bus Bus) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.others.wake:
		}
		for {
			w, any := f.others.take()
			if !any {
				break
			}
			if !f.say(ctx, bus, w) {
				return
			}
		}
	}
}

// say tells one word, however often it takes.
func (f *Feed) say(ctx context.Context, bus Bus, w word) bool {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err) // a word consists of texts and numbers
	}
	for bus.Notify(ctx, channel, string(text)) != nil {
		if !pause(ctx, again) {
			return false
		}
	}
	return true
}

func (f *Feed) hear(ctx context.Context, bus Bus, log *slog.Logger) {
	for {
		err := bus.Listen(ctx, channel, f.publishAll, f.heard)
		if ctx.Err() != nil {
			return
		}
		log.Warn("the connection on which other nodes tell what changed is lost; it is made anew", "error", err)
		if !pause(ctx, again) {
			return
		}
	}
}

func (f *Feed) heard(text string) {
	var w word
	if json.Unmarshal([]byte(text), &w) != nil || w.Node == f.others.node {
		return
	}
	if w.All {
		f.publishAll()
	}
	f.publish(w.Topics)
	for _, r := range w.Receipts {
		f.follow(r.ID, r.Owner, r.Topic)
	}
	for id, c := range w.Counts {
		f.receipts.change(id, func(r *receipt) {
			if c.Delivered > r.elsewhere[w.Node].Delivered {
				r.last = f.Clock.Now().Sub(r.began)
			}
			r.elsewhere[w.Node] = c
		})
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
