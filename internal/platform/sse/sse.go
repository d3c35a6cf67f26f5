package sse

import (
	"fmt"
	"net/http"
	"time"

	"nameplate/internal/platform/clock"
)

// Heartbeat is how often a quiet stream says that it is there.
const Heartbeat = 15 * time.Second

// patience is how long a message may wait for its reader.
const patience = Heartbeat

// Stream is an answer that stays open.
type Stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// Open begins the answer. Its error means that the client has gone.
func Open(w http.ResponseWriter) (*Stream, error) {
	s := &Stream{w: w, control: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	if err := s.control.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	return s, s.Write([]byte("retry: 2000\n\n"))
}

// Event is an event as it is written. data is one line; an empty id leaves the
// last one as it is.
func Event(name, id string, data []byte) []byte {
	if id == "" {
		return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data)
	}
	return fmt.Appendf(nil, "event: %s\nid: %s\ndata: %s\n\n", name, id, data)
}

// Write sends text at once. Its error means that the client has gone, or has
// stopped reading.
func (s *Stream) Write(text []byte) error {
	if err := s.control.SetWriteDeadline(clock.System{}.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}

// Beat says that the stream is there.
func (s *Stream) Beat() error { return s.Write([]byte(": here\n\n")) }
