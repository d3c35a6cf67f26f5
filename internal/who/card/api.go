package card

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jub0bs/cors"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/sse"
)

// API serves cards to anybody, on any site.
type API struct{ Service *Service }

// Mount adds the routes and describes them.
func (h API) Mount(t *route.Table, a *api.API) {
	t.Add(
		route.Get("/v1/cards/{user}", route.Public, route.NoBody, route.Plain, route.Revalidate, h.card),
		route.New(http.MethodOptions, "/v1/cards/{user}", route.Public, route.NoBody, route.Plain, route.NoStore, preflight()),
		route.New(http.MethodOptions, "/v1/cards/{user}/live", route.Public, route.NoBody, route.Plain, route.NoStore, preflight()),
		route.Get("/v1/cards/{user}/live", route.Public, route.NoBody, route.Stream, route.NoStore, h.live),
	)
	describe(a)
}

// card is asked by every chat widget, so it does little more than write bytes.
func (h API) card(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Service.ask(r)
	header := w.Header()
	maps.Copy(header, anywhere)
	if err != nil {
		return err
	}
	if r.Header.Get("If-None-Match") == c.ETag {
		header["Etag"] = c.header["Etag"]
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	maps.Copy(header, c.header)
	_, err = w.Write(c.Body)
	return err
}

// anywhere lets scripts of every site read the answer.
var anywhere = http.Header{
	"Access-Control-Allow-Origin":   {"*"},
	"Access-Control-Expose-Headers": {"ETag"},
	"Cross-Origin-Resource-Policy":  {"cross-origin"},
}

// preflight lets scripts of any site send If-None-Match, and nothing else.
func preflight() route.Handler {
	m, err := cors.NewMiddleware(cors.Config{
		Origins: []string{"*"}, Methods: []string{http.MethodGet}, RequestHeaders: []string{"If-None-Match"}, MaxAgeInSeconds: 86400,
	})
	if err != nil {
		panic(err) // the configuration above is a constant
	}
	answer := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	return func(w http.ResponseWriter, r *http.Request) error {
		answer.ServeHTTP(w, r)
		return nil
	}
}

// ask returns the card that a request names.
func (s *Service) ask(r *http.Request) (Rendered, error) {
	organization, token := "", ""
	if r.URL.RawQuery != "" {
		q := r.URL.Query()
		organization, token = q.Get("organization"), q.Get("token")
	}
	return s.Get(r.Context(), r.PathValue("user"), organization, token)
}

// live sends the card at once and at every change, until the client hangs up,
// the server stops or the card is gone.
func (h API) live(w http.ResponseWriter, r *http.Request) error {
	maps.Copy(w.Header(), anywhere)
	c, err := h.Service.ask(r)
	if err != nil {
		return err
	}
	changed := h.Service.Feed.Watch(c.Topics...)
	defer changed.Close()
	out, err := sse.Open(w)
	if err != nil {
		return nil // the client has gone
	}
	s := stream{Stream: out}
	beat := time.NewTicker(sse.Heartbeat)
	defer beat.Stop()
	for {
		owed := changed.Owed()
		if c, err = h.Service.ask(r); err != nil {
			return s.end(err)
		}
		if s.send(c) != nil {
			return nil
		}
		changed.Shown(owed)
		if !s.wait(r.Context(), changed.C, beat.C, h.turns(c)) {
			return nil
		}
	}
}

// stream is a card as one client has it.
type stream struct {
	*sse.Stream
	last string // ETag of what the client has
}

func (s *stream) send(c Rendered) error {
	if c.ETag == s.last {
		return nil
	}
	s.last = c.ETag
	return s.Write(c.event)
}

// turns is heard when a card changes by itself; nil if it does not.
func (h API) turns(c Rendered) <-chan time.Time {
	if c.Until.IsZero() {
		return nil
	}
	return time.After(max(time.Second, c.Until.Sub(h.Service.Clock.Now())))
}

// wait returns true when the card may have changed.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, beat, turns <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case _, open := <-changed:
			return open
		case <-turns:
			return true
		case <-beat:
			if s.Beat() != nil {
				return false
			}
		}
	}
}

// end tells the client that there is no card any more. Other errors just end
// the stream, and the client asks again.
func (s *stream) end(err error) error {
	if errors.Is(err, ErrNone) {
		s.Write(sse.Event("gone", "", []byte("{}"))) //nolint:errcheck // the stream ends anyway
	}
	return nil
}

func describe(a *api.API) {
	user := &huma.Param{Name: "user", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}, Description: "Id of the person."}
	more := []*huma.Param{user,
		{Name: "organization", In: "query", Schema: &huma.Schema{Type: "string"}, Description: "Which membership; the main one otherwise."},
		{Name: "token", In: "query", Schema: &huma.Schema{Type: "string"}, Description: "Where the organization wants cards to be signed."},
	}
	a.Describe(huma.Operation{
		OperationID: "get-card", Method: http.MethodGet, Path: "/v1/cards/{user}", Tags: []string{"Cards"},
		Summary: "The card of a person, for anybody", Parameters: more,
		Responses: map[string]*huma.Response{
			"200": {Description: "The card, with its ETag", Content: api.Content[Card](a, "application/json")},
			"304": {Description: "The card is the one that If-None-Match names"},
			"404": {Description: "There is no such card"},
		},
	})
	a.Describe(huma.Operation{
		OperationID: "watch-card", Method: http.MethodGet, Path: "/v1/cards/{user}/live", Tags: []string{"Cards"},
		Summary: "The card at once and at every change, as server-sent events", Parameters: more,
		Responses: map[string]*huma.Response{
			"200": {Description: "event: card, id: the ETag, data: the card in one line; a comment every 15 seconds", Content: api.Content[Card](a, "text/event-stream")},
			"404": {Description: "There is no such card"},
		},
	})
}
