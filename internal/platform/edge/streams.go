package edge

import (
	"net/netip"
	"sync"
)

// maxStreams bounds the streams that one client address holds open. A whole
// office may sit behind one address; a runaway script soon needs more.
const maxStreams = 500

// streams counts the open streams of each client address.
type streams struct {
	mu   sync.Mutex
	open map[netip.Addr]int
}

// enter takes a place, and returns how to give it back. This machine's own
// address says nothing about who asks, so it is not counted.
func (s *streams) enter(client netip.Addr) (leave func(), ok bool) {
	if client.IsLoopback() {
		return func() {}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[client] >= maxStreams {
		return nil, false
	}
	if s.open == nil {
		s.open = map[netip.Addr]int{}
	}
	s.open[client]++
	return func() { s.leave(client) }, true
}

func (s *streams) leave(client netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[client]--; s.open[client] == 0 {
		delete(s.open, client)
	}
}
