package channel

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves channels and routing as JSON.
type API struct {
	Service *Service
	// SetBy names whoever set a rule.
	SetBy func(ctx context.Context, userID string) string
}

type item struct {
	Channel  string `json:"channel"`
	Enabled  bool   `json:"enabled"`
	Capacity int    `json:"capacity" doc:"Conversations at once; kept while the channel is off."`
	Max      int    `json:"max" doc:"What the organization allows."`
	Load     int    `json:"load" doc:"Conversations now."`
}

// control says whether the person sets the numbers.
type control struct {
	State        string     `json:"state" enum:"edit,request,readonly"`
	Editable     bool       `json:"editable"`
	Reason       string     `json:"reason"`
	Rule         string     `json:"rule"`
	Source       string     `json:"source" enum:"instance,organization,role"`
	SetBy        string     `json:"set_by,omitempty"`
	SetAt        *time.Time `json:"set_at,omitempty"`
	ChangeableBy string     `json:"changeable_by"`
}

type listOutput struct {
	Body struct {
		Items   []item  `json:"items"`
		Control control `json:"control" doc:"Who sets the numbers. The switch is always the person's own."`
	}
}

type wish struct {
	Enabled  *bool `json:"enabled,omitempty" doc:"Omitted, it stays as it is."`
	Capacity *int  `json:"capacity,omitempty" doc:"From 0 to max. Omitted, it stays as it is."`
}

type putInput struct {
	Channel string `path:"channel"`
	Body    wish
}

type putForInput struct {
	Org     string `path:"org"`
	User    string `path:"user"`
	Channel string `path:"channel"`
	Body    wish
}

type oneOutput struct{ Body item }

type availableInput struct {
	Org     string `path:"org"`
	Channel string `query:"channel" required:"true" doc:"voice, chat, sms, whatsapp, email or video"`
}

type available struct {
	User        string `json:"user"`
	DisplayName string `json:"display_name"`
	Capacity    int    `json:"capacity"`
	Load        int    `json:"load"`
	Free        int    `json:"free"`
}

type availableOutput struct {
	Body struct {
		Items []available `json:"items"`
	}
}

type reserveInput struct {
	Org  string `path:"org"`
	Body struct {
		Channel      string `json:"channel"`
		Conversation string `json:"conversation" doc:"The platform's own id, at most 128 characters."`
		User         string `json:"user,omitempty" doc:"A member. Omitted: whoever has most room."`
		LeaseSeconds *int   `json:"lease_seconds,omitempty" doc:"Up to a week; 8 hours if omitted."`
	}
}

type reservation struct {
	ID           string    `json:"id"`
	User         string    `json:"user"`
	Channel      string    `json:"channel"`
	Conversation string    `json:"conversation"`
	ExpiresAt    time.Time `json:"expires_at"`
}

type reserveOutput struct {
	Status int
	Body   reservation
}

type releaseInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, org = "Channels", "/v1/orgs/{org}"
	sets, assigns := route.Allowed(identity.SetMemberChannels), route.Allowed(identity.Assign)
	api.Get(a, "/v1/me/channels", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-channels", Tag: tag, Summary: "What the caller takes on, by channel"}, h.list)
	api.Put(a, "/v1/me/channels/{channel}", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "set-channel", Tag: tag, Summary: "Switch a channel, or set how many conversations at once"}, h.put)
	api.Put(a, org+"/members/{user}/channels/{channel}", sets, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "set-member-channel", Tag: tag, Summary: "The same for a member"}, h.putFor)
	api.Get(a, org+"/availability", assigns.WithScope(identity.RoutingRead), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-availability", Tag: tag, Summary: "Who has a channel on, most room first"}, h.available)
	api.Post(a, org+"/reservations", assigns.WithScope(identity.RoutingWrite), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "take-place", Tag: tag, Summary: "Take a place for a conversation; one that has a place keeps it", Status: http.StatusCreated, Again: true}, h.reserve)
	api.Delete(a, org+"/reservations/{id}", assigns.WithScope(identity.RoutingWrite), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "release-place", Tag: tag, Summary: "Give a place back", Status: http.StatusNoContent}, h.release)
}

func (h API) list(ctx context.Context, _ *nothing) (*listOutput, error) {
	sheet, err := h.Service.Get(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.Control = []item{}, h.control(ctx, sheet.Control)
	for _, c := range sheet.Channels {
		out.Body.Items = append(out.Body.Items, itemOf(c))
	}
	return out, nil
}

func (h API) control(ctx context.Context, c policy.Control) control {
	out := control{
		State: string(c.State), Editable: c.Editable, Reason: c.Reason, Rule: c.Rule, Source: string(c.Source), ChangeableBy: c.ChangeableBy,
	}
	if !c.SetAt.IsZero() {
		out.SetBy, out.SetAt = h.SetBy(ctx, c.SetBy), &c.SetAt
	}
	return out
}

func (h API) put(ctx context.Context, in *putInput) (*oneOutput, error) {
	sheet, err := h.Service.Set(ctx, session.Of(ctx), map[string]Wish{in.Channel: Wish(in.Body)})
	return one(sheet, in.Channel, err)
}

func (h API) putFor(ctx context.Context, in *putForInput) (*oneOutput, error) {
	sheet, err := h.Service.SetFor(ctx, session.Actor(ctx), in.User, map[string]Wish{in.Channel: Wish(in.Body)})
	return one(sheet, in.Channel, err)
}

func one(sheet Sheet, name string, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	c, err := sheet.find(name)
	return &oneOutput{itemOf(c)}, err
}

func (h API) available(ctx context.Context, in *availableInput) (*availableOutput, error) {
	all, err := h.Service.Available(ctx, in.Org, in.Channel)
	if err != nil {
		return nil, err
	}
	out := &availableOutput{}
	out.Body.Items = []available{}
	for _, m := range all {
		out.Body.Items = append(out.Body.Items, available{m.UserID, m.Name, m.Capacity, m.Load, m.Free()})
	}
	return out, nil
}

func (h API) reserve(ctx context.Context, in *reserveInput) (*reserveOutput, error) {
	r := Request{Channel: in.Body.Channel, Conversation: in.Body.Conversation, UserID: in.Body.User}
	if s := in.Body.LeaseSeconds; s != nil {
		if *s < 1 || *s > int(longestLease/time.Second) {
			return nil, ErrLease
		}
		r.Lease = time.Duration(*s) * time.Second
	}
	place, made, err := h.Service.Reserve(ctx, in.Org, r)
	if err != nil {
		return nil, err
	}
	out := &reserveOutput{http.StatusOK, reservation{place.ID, place.UserID, place.Channel, place.Conversation, place.ExpiresAt}}
	if made {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func (h API) release(ctx context.Context, in *releaseInput) (*nothing, error) {
	return nil, h.Service.Release(ctx, in.Org, in.ID)
}

func itemOf(c Channel) item { return item{c.Name, c.Enabled, c.Capacity, c.Max, c.Load} }
