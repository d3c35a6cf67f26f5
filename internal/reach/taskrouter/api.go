package taskrouter

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves how workers stand as JSON.
type API struct{ Service *Service }

type setting struct {
	Capacity  int  `json:"capacity"`
	Available bool `json:"available"`
}

type channelItem struct {
	Channel string   `json:"channel" doc:"Unique name of the task channel."`
	Ours    *setting `json:"nameplate" doc:"null: never set here, so left alone there."`
	Theirs  *setting `json:"taskrouter" doc:"As of the last look; null: the worker has no such channel."`
	Drift   bool     `json:"drift"`
}

type item struct {
	User        string        `json:"user"`
	DisplayName string        `json:"display_name"`
	Worker      string        `json:"worker,omitempty" doc:"Its SID; absent: none was found."`
	Problem     string        `json:"problem,omitempty" enum:"no_worker,several_workers"`
	Waiting     bool          `json:"waiting" doc:"A push is still to come."`
	Drift       bool          `json:"drift"`
	LookedAt    time.Time     `json:"looked_at"`
	Channels    []channelItem `json:"channels"`
}

type orgInput struct {
	Org string `path:"org"`
}

type memberInput struct {
	Org  string `path:"org"`
	User string `path:"user"`
}

type listOutput struct {
	Body struct {
		Enabled bool   `json:"enabled" doc:"Whether the server has a workspace."`
		Items   []item `json:"items" doc:"Members who take something on and have been looked at; those that need somebody first."`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "TaskRouter", "/v1/orgs/{org}/taskrouter"
	sets := route.Allowed(identity.SetMemberChannels)
	api.Get(a, base, sets, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-taskrouter", Tag: tag, Summary: "How the workers of members stand, and where they have drifted"}, h.list)
	api.Post(a, base+"/look", sets, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "look-at-taskrouter", Tag: tag, Summary: "Look at the workers of all members", Status: http.StatusAccepted}, h.look)
	api.Post(a, base+"/{user}/push", sets, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "push-to-taskrouter", Tag: tag, Summary: "Write what a member takes on to their worker", Status: http.StatusAccepted}, h.push)
	api.Post(a, base+"/{user}/pull", sets, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "pull-from-taskrouter", Tag: tag, Summary: "Take over what a member's worker takes on", Status: http.StatusNoContent}, h.pull)
}

func (h API) list(ctx context.Context, in *orgInput) (*listOutput, error) {
	all, err := h.Service.States(ctx, in.Org)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Enabled, out.Body.Items = h.Service.On(), []item{}
	for _, s := range all {
		one := item{
			User: s.UserID, DisplayName: s.Name, Worker: s.Worker, Problem: s.Problem, Waiting: s.Waits, Drift: s.Drifts(), LookedAt: s.LookedAt,
			Channels: []channelItem{},
		}
		for _, c := range s.Channels {
			one.Channels = append(one.Channels, channelItem{c.Name, (*setting)(c.Ours), (*setting)(c.Theirs), c.Drifts() && !s.Waits})
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type accepted struct {
	Body struct {
		Status string `json:"status" doc:"accepted: it is done as soon as TaskRouter answers"`
	}
}

func accept(err error) (*accepted, error) {
	if err != nil {
		return nil, err
	}
	out := &accepted{}
	out.Body.Status = "accepted"
	return out, nil
}

func (h API) look(ctx context.Context, in *orgInput) (*accepted, error) {
	return accept(h.Service.Look(ctx, in.Org))
}

func (h API) push(ctx context.Context, in *memberInput) (*accepted, error) {
	return accept(h.Service.Push(ctx, in.Org, in.User))
}

func (h API) pull(ctx context.Context, in *memberInput) (*nothing, error) {
	return nil, h.Service.Pull(ctx, session.Actor(ctx), in.User)
}
