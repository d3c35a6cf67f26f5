package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	file      = "control.sock"
	inputMost = 1 << 20
	patience  = 2 * time.Second // for operations in flight, when stopping
)

// Server offers operations on a socket.
type Server struct {
	path string
	own  os.FileInfo // the socket that this server made
	http *http.Server
}

// Listen offers ops in the data folder dir. A socket that a server left behind
// is replaced; that no other server runs is for the caller to know.
func Listen(dir string, ops Operations, log *slog.Logger) (*Server, error) {
	l, err := listen(dir)
	if err != nil {
		return nil, fmt.Errorf("offer %s: %w", file, err)
	}
	s := &Server{path: filepath.Join(dir, file), http: &http.Server{Handler: ops, ReadHeaderTimeout: 5 * time.Second}}
	if s.own, err = os.Lstat(s.path); err != nil {
		l.Close()
		return nil, err
	}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the operator's socket was lost", "error", err)
		}
	}()
	return s, nil
}

// listen makes the socket in a folder that nobody else may enter and moves it
// to its place: it is never there with other rights than its own, and takes the
// place of an old one in one step.
func listen(dir string) (net.Listener, error) {
	hidden, err := os.MkdirTemp(dir, ".control-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(hidden)
	var l *net.UnixListener
	err = at(hidden, func(path string) error {
		l, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	made := filepath.Join(hidden, file)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, filepath.Join(dir, file))); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close lets operations in flight finish and takes the socket away, unless
// another server has put its own there.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if now, there := os.Lstat(s.path); there == nil && os.SameFile(now, s.own) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}

// ServeHTTP runs the operation that the path names.
func (o Operations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, inputMost))
	if err != nil {
		answer(w, http.StatusBadRequest, encode(said(r.Context(), err)))
		return
	}
	out, err := o.run(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), in)
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, encode(said(r.Context(), err)))
		return
	}
	if body, ok := out.(Body); ok {
		stream(w, r, body)
		return
	}
	text, err := json.Marshal(out)
	if err != nil {
		answer(w, http.StatusInternalServerError, encode(said(r.Context(), err)))
		return
	}
	answer(w, http.StatusOK, text)
}

// stream writes a body. What goes wrong on the way stands behind it.
func stream(w http.ResponseWriter, r *http.Request, body Body) {
	w.Header().Set("Trailer", problem)
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := body(w); err != nil {
		w.Header().Set(problem, strconv.Quote(said(r.Context(), err).Message))
	}
}

// problem is the trailer that says that a body is not whole.
const problem = "Problem"

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the command has gone
}

func encode(e *Error) []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // two strings always have a form in JSON
	}
	return text
}
