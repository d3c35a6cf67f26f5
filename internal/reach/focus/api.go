package focus

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the caller's focus as JSON.
type API struct{ Service *Service }

type body struct {
	Until   *time.Time `json:"until" doc:"null: no focus"`
	Message string     `json:"message"`
}

type output struct{ Body body }

type putInput struct {
	Body struct {
		Until   time.Time `json:"until" doc:"At most 14 days ahead."`
		Message string    `json:"message,omitempty" doc:"At most 100 characters."`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, path = "Me", "/v1/me/focus"
	api.Get(a, path, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-focus", Tag: tag, Summary: "Until when the caller wants to be left alone"}, h.get)
	api.Put(a, path, route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "set-focus", Tag: tag, Summary: "Be left alone until a moment"}, h.put)
	api.Delete(a, path, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "end-focus", Tag: tag, Summary: "Be there again", Status: http.StatusNoContent}, h.end)
}

func (h API) get(ctx context.Context, _ *nothing) (*output, error) {
	f, err := h.Service.Get(ctx, h.Service.DB, session.Of(ctx).User.ID)
	return show(f, err)
}

func (h API) put(ctx context.Context, in *putInput) (*output, error) {
	f, err := h.Service.Set(ctx, session.Of(ctx), Focus{in.Body.Until, in.Body.Message})
	return show(f, err)
}

func show(f Focus, err error) (*output, error) {
	if err != nil {
		return nil, err
	}
	out := &output{body{Message: f.Message}}
	if f.On() {
		out.Body.Until = &f.Until
	}
	return out, nil
}

func (h API) end(ctx context.Context, _ *nothing) (*nothing, error) {
	return nil, h.Service.End(ctx, session.Of(ctx))
}
