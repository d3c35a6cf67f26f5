package sessions

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the caller's sessions as JSON.
type API struct{ Service *Service }

type item struct {
	ID         string    `json:"id"`
	Browser    string    `json:"browser"`
	System     string    `json:"system"`
	Address    string    `json:"address"`
	Place      string    `json:"place" doc:"About where the address is, in the caller's language, as in: near Berlin, Germany. Empty where nobody knows."`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	Current    bool      `json:"current"`
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

// listInput is a page of a list.
type listInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type endInput struct {
	ID string `path:"id"`
}

type endedOutput struct {
	Body struct {
		SignedOut int64 `json:"signed_out"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Me"
	api.Get(a, "/v1/me/sessions", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-sessions", Tag: tag, Summary: "Where the caller is signed in, the present session first"}, h.list)
	api.Delete(a, "/v1/me/sessions/{id}", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "end-session", Tag: tag, Summary: "Sign out one device", Status: http.StatusNoContent}, h.end)
	api.Post(a, "/v1/me/sessions/sign-out-others", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "end-other-sessions", Tag: tag, Summary: "Sign out every other device", Status: http.StatusOK}, h.endOthers)
	api.Post(a, "/v1/me/sessions/lost-device", route.Person.WithProof(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "lose-device", Tag: tag, Summary: "End everything that a lost device may hold; this session stays", Status: http.StatusOK}, h.loseDevice)
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	all, err := h.Service.List(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	rest, err := after(all, in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	if len(rest) > in.Limit {
		rest = rest[:in.Limit]
		out.Body.NextCursor = rest[len(rest)-1].ID
	}
	for _, d := range rest {
		out.Body.Items = append(out.Body.Items, item{d.ID, d.Browser, d.System, d.Address, d.Near, d.CreatedAt, d.LastSeenAt, d.Current})
	}
	return out, nil
}

// after returns what follows the device that a cursor names. There are never
// more than session.Most, so the list is cut here and not in the database.
func after(all []Device, cursor string) ([]Device, error) {
	if cursor == "" {
		return all, nil
	}
	for i, d := range all {
		if d.ID == cursor {
			return all[i+1:], nil
		}
	}
	return nil, api.ErrMalformed
}

func (h API) end(ctx context.Context, in *endInput) (*nothing, error) {
	return nil, h.Service.End(ctx, session.Of(ctx), in.ID)
}

func (h API) endOthers(ctx context.Context, _ *nothing) (*endedOutput, error) {
	n, err := h.Service.EndOthers(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	return ended(n), nil
}

func (h API) loseDevice(ctx context.Context, _ *nothing) (*endedOutput, error) {
	w, r := api.HTTP(ctx)
	done, err := h.Service.LoseDevice(ctx, session.Of(ctx), device.Cookie(r))
	if err != nil {
		return nil, err
	}
	done.give(w, r)
	return ended(done.SignedOut), nil
}

func ended(n int64) *endedOutput {
	out := &endedOutput{}
	out.Body.SignedOut = n
	return out
}
