package stream

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

const path = "/v1/me/stream"

// API serves the stream.
type API struct{ Service *Service }

// State is the data of the event that tells what has changed.
type State struct {
	Changed  []string          `json:"changed" doc:"Types of changes, as webhooks name them; none when the stream begins."`
	Versions map[string]string `json:"versions" doc:"What to compare after the stream was away, by type of change."`
}

// Mount adds the route and describes it.
func (h API) Mount(t *route.Table, a *api.API) {
	t.Add(route.Get(path, route.Person, route.NoBody, route.Stream, route.NoStore, h.stream))
	text := &huma.Schema{Type: "string"}
	a.Describe(huma.Operation{
		OperationID: "watch-me", Method: http.MethodGet, Path: path, Tags: []string{"Notifications"},
		Summary: "What rings for the caller and what changes of theirs, as server-sent events",
		Description: "One stream serves all pages of a browser. `state` comes at once and when something of the caller's has changed. " +
			"`ring` is a notification, with its sound or none; `read` says that a conversation was read and rings no more. " +
			"Both carry a number as their id and are kept for ten minutes: a client that comes back with the last id goes on from there. " +
			"`end` is the last event when the session has ended. A comment comes every 15 seconds. At most ten streams a session.",
		Parameters: []*huma.Param{
			{Name: "Last-Event-ID", In: "header", Schema: text, Description: "Where to go on; from now on otherwise."},
			{Name: "last_event_id", In: "query", Schema: text, Description: "The same, for clients that can't set the header."},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "event: state, ring, read or end; data: JSON in one line", Content: api.Content[State](a, "text/event-stream")},
			"429": {Description: "The session holds ten streams open"},
		},
	})
}
