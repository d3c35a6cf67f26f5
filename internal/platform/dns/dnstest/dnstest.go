// Package dnstest is a name server on loopback, for tests.
package dnstest

import (
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Server answers questions about names, which end with a dot.
type Server struct {
	Addr string // host:port

	mu     sync.Mutex
	txt    map[string][]string
	leads  map[string][]netip.Addr
	silent bool
}

// New starts a server that knows no name.
func New(t testing.TB) *Server {
	t.Helper()
	s, stop, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s
}

// Listen is New where there is no test.
func Listen() (s *Server, stop func(), err error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s = &Server{Addr: conn.LocalAddr().String(), txt: map[string][]string{}, leads: map[string][]netip.Addr{}}
	go s.serve(conn)
	return s, func() { conn.Close() }, nil
}

// Text gives a name these TXT records; without any it has none.
func (s *Server) Text(name string, records ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.txt[name+"."] = records
}

// Lead makes a name lead to these addresses.
func (s *Server) Lead(name string, addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leads[name+"."] = nil
	for _, a := range addresses {
		s.leads[name+"."] = append(s.leads[name+"."], netip.MustParseAddr(a))
	}
}

// Fail makes every question fail, or no more.
func (s *Server) Fail(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = yes
}

func (s *Server) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if out := s.answer(buf[:n]); out != nil {
			_, _ = conn.WriteTo(out, from)
		}
	}
}

func (s *Server) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := m.Questions[0]
	name := q.Name.String()
	m.Response, m.Additionals = true, nil
	switch {
	case s.silent:
		m.RCode = dnsmessage.RCodeServerFailure
	case len(s.txt[name])+len(s.leads[name]) == 0:
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, body := range s.bodies(name, q.Type) {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: body,
		})
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

func (s *Server) bodies(name string, kind dnsmessage.Type) (all []dnsmessage.ResourceBody) {
	if s.silent {
		return nil
	}
	switch kind {
	case dnsmessage.TypeTXT:
		for _, text := range s.txt[name] {
			all = append(all, &dnsmessage.TXTResource{TXT: []string{text}})
		}
	case dnsmessage.TypeA:
		for _, ip := range s.leads[name] {
			if ip.Is4() {
				all = append(all, &dnsmessage.AResource{A: ip.As4()})
			}
		}
	case dnsmessage.TypeAAAA:
		for _, ip := range s.leads[name] {
			if ip.Is6() {
				all = append(all, &dnsmessage.AAAAResource{AAAA: ip.As16()})
			}
		}
	}
	return all
}
