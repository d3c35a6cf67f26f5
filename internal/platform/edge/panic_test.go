package edge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
)

// border is one with a single route and a renderer that says what it was given.
func border(log io.Writer, h route.Handler) http.Handler {
	e := &edge.Edge{
		URL: &url.URL{Scheme: "http", Host: "localhost"}, Loopback: true, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(log, nil)),
		Guard:    func(_ http.ResponseWriter, r *http.Request, _ route.Access) (*http.Request, error) { return r, nil },
		Throttle: func(*http.Request) error { return nil },
		Prepare:  func(ctx context.Context, _ *http.Request) context.Context { return ctx },
		Render: func(w http.ResponseWriter, _ *http.Request, err error) {
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprint(w, err)
		},
	}
	table := &route.Table{}
	table.Add(route.Get("/", route.Public, route.NoBody, route.Plain, route.NoStore, h))
	table.Add(route.Post("/act", route.Public, route.Form, route.Guarded, route.NoStore, h))
	return e.Handler(table)
}

func ask(h http.Handler, method, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	r.Host, r.RemoteAddr = "localhost", "127.0.0.1:9"
	h.ServeHTTP(rec, r)
	return rec
}

func TestAPanicIsAnsweredByTheRendererAndToldToTheLogAlone(t *testing.T) {
	var log strings.Builder
	rec := ask(border(&log, func(http.ResponseWriter, *http.Request) error { panic("inner secret") }), "GET", "/")
	if rec.Code != http.StatusTeapot || rec.Body.String() != edge.ErrInternal.Error() || rec.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %s %v", rec.Code, rec.Body, rec.Header())
	}
	if !strings.Contains(log.String(), "inner secret") || !strings.Contains(log.String(), rec.Header().Get("X-Request-Id")) {
		t.Errorf("the log says %q", log.String())
	}
}

func TestAPanicInTheMiddleOfAnAnswerAddsNothingToIt(t *testing.T) {
	rec := ask(border(io.Discard, func(w http.ResponseWriter, _ *http.Request) error {
		fmt.Fprint(w, "half")
		panic("late")
	}), "GET", "/")
	if rec.Code != http.StatusOK || rec.Body.String() != "half" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestAnErrorOfAHandlerIsAnsweredByTheRenderer(t *testing.T) {
	rec := ask(border(io.Discard, func(http.ResponseWriter, *http.Request) error { return errors.New("broken") }), "GET", "/")
	if rec.Code != http.StatusTeapot || rec.Body.String() != "broken" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
