package main

import (
	"fmt"
	"net/http"
	"sync"
)

// streams wakes everybody who watches. There is one card, so all watch it.
type streams struct {
	mu   sync.Mutex
	open map[chan struct{}]bool
}

func (s *streams) add() chan struct{} {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[chan struct{}]bool{}
	}
	s.open[c] = true
	return c
}

func (s *streams) remove(c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *streams) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (s *server) live(w http.ResponseWriter, r *http.Request) {
	changed := s.streams.add()
	defer s.streams.remove(changed)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := http.NewResponseController(w)
	for {
		fmt.Fprintf(w, "event: card\nid: %s\ndata: %s\n\n", s.etag, s.card)
		if flush.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
