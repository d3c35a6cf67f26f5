package apptest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// Stream is an answer that stays open.
type Stream struct {
	Status int
	Header http.Header

	s      *Server
	body   io.Closer
	events chan string
}

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// Open asks for a stream. It ends with the test.
func (b *Browser) Open(path string) *Stream {
	b.s.t.Helper()
	ctx, hangUp := context.WithCancel(context.Background())
	res, err := client.Do(b.Request(http.MethodGet, path, "", nil).WithContext(ctx))
	if err != nil {
		hangUp()
		b.s.t.Fatal(err)
	}
	st := &Stream{Status: res.StatusCode, Header: res.Header, s: b.s, body: res.Body, events: make(chan string, 1024)}
	b.s.t.Cleanup(func() { hangUp(); res.Body.Close() })
	go st.read(res.Body)
	return st
}

// read collects events, each up to its empty line.
func (st *Stream) read(r io.Reader) {
	defer close(st.events)
	event := ""
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if line := lines.Text(); line != "" {
			event += line + "\n"
			continue
		}
		if strings.Contains(event, "event: ") {
			st.events <- event
		}
		event = ""
	}
}

// Next returns the next event as it was sent, or nothing if the stream has
// ended.
func (st *Stream) Next() string {
	st.s.t.Helper()
	select {
	case event := <-st.events:
		return event
	case <-time.After(patience):
		st.s.t.Fatal("nothing came from the stream")
		return ""
	}
}

// Close hangs up.
func (st *Stream) Close() { st.body.Close() }
