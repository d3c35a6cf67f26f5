package webhook

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the webhooks of an organization as JSON.
type API struct{ Service *Service }

type item struct {
	ID         string     `json:"id"`
	URL        string     `json:"url"`
	Events     []string   `json:"events" doc:"Types, or * alone for all of them."`
	State      string     `json:"state" enum:"active,disabled" doc:"disabled: its address answered 410. A change makes it active."`
	DisabledAt *time.Time `json:"disabled_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
}

type logItem struct {
	ID        string          `json:"id" doc:"The webhook-id of every try."`
	Type      string          `json:"type"`
	State     string          `json:"state" enum:"waits,done,failed"`
	Tries     int             `json:"tries"`
	Payload   json.RawMessage `json:"payload"`
	Status    int             `json:"status,omitempty" doc:"Of the last answer; absent: there was none."`
	Answer    string          `json:"answer,omitempty" doc:"The beginning of the last answer, or why there was none."`
	TookMs    int64           `json:"took_ms,omitempty"`
	TriedAt   *time.Time      `json:"tried_at,omitempty"`
	NextAt    *time.Time      `json:"next_at,omitempty" doc:"When it is tried next."`
	CreatedAt time.Time       `json:"created_at"`
}

type orgInput struct {
	Org string `path:"org"`
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type makeInput struct {
	Org  string `path:"org"`
	Body struct {
		URL    string   `json:"url" doc:"In https, and public."`
		Events []string `json:"events" doc:"Types, or [\"*\"] for all of them."`
	}
}

type patchInput struct {
	Org  string `path:"org"`
	ID   string `path:"id"`
	Body struct {
		URL    *string  `json:"url,omitempty"`
		Events []string `json:"events,omitempty"`
	}
}

type logInput struct {
	Org    string `path:"org"`
	ID     string `path:"id"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

type makeOutput struct {
	Body struct {
		ID     string   `json:"id"`
		URL    string   `json:"url"`
		Events []string `json:"events"`
		Secret string   `json:"secret" doc:"Signs what is sent; shown this once."`
	}
}

type oneOutput struct{ Body item }

type secretOutput struct {
	Body struct {
		Secret string `json:"secret" doc:"Shown this once."`
	}
}

type testOutput struct {
	Body struct {
		ID string `json:"id" doc:"Of the delivery."`
	}
}

type logOutput struct {
	Body struct {
		Items      []logItem `json:"items"`
		NextCursor string    `json:"next_cursor,omitempty"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Webhooks", "/v1/orgs/{org}/webhooks"
	reads := route.Allowed(identity.Connect).WithScope(identity.WebhooksWrite)
	changes := reads.WithProof()
	api.Get(a, base, reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-webhooks", Tag: tag, Summary: "The webhooks of an organization, the oldest first"}, h.list)
	api.Post(a, base, changes, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "make-webhook", Tag: tag, Summary: "Make a webhook, whose secret is shown this once", Status: http.StatusCreated}, h.create)
	api.Get(a, base+"/{id}", reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-webhook", Tag: tag, Summary: "A webhook"}, h.get)
	api.Patch(a, base+"/{id}", changes, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "change-webhook", Tag: tag, Summary: "Give a webhook another address or other types"}, h.patch)
	api.Delete(a, base+"/{id}", changes, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-webhook", Tag: tag, Summary: "Remove a webhook and its log", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/{id}/secret", changes, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "rotate-webhook-secret", Tag: tag, Summary: "Make another secret; for a day both sign", Status: http.StatusOK}, h.rotate)
	api.Post(a, base+"/{id}/test", reads, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "test-webhook", Tag: tag, Summary: "Send a ping", Status: http.StatusAccepted}, h.test)
	api.Get(a, base+"/{id}/deliveries", reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-deliveries", Tag: tag, Summary: "What was sent and answered in 30 days, the newest first"}, h.log)
	api.Post(a, base+"/deliveries/{id}/resend", reads, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "resend-delivery", Tag: tag, Summary: "Send a delivery again, with the same id", Status: http.StatusAccepted}, h.resend)
}

func itemOf(w Webhook) item {
	out := item{ID: w.ID, URL: w.URL, Events: w.Events, State: "active", DisabledAt: api.Moment(w.DisabledAt), CreatedAt: w.CreatedAt}
	if out.DisabledAt != nil {
		out.State = "disabled"
	}
	return out
}

func (h API) list(ctx context.Context, _ *orgInput) (*listOutput, error) {
	found, err := h.Service.List(ctx, session.Of(ctx).Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	for _, w := range found {
		out.Body.Items = append(out.Body.Items, itemOf(w))
	}
	return out, nil
}

func (h API) create(ctx context.Context, in *makeInput) (*makeOutput, error) {
	made, key, err := h.Service.Make(ctx, session.Of(ctx), in.Body.URL, in.Body.Events)
	if err != nil {
		return nil, err
	}
	out := &makeOutput{}
	out.Body.ID, out.Body.URL, out.Body.Events, out.Body.Secret = made.ID, made.URL, made.Events, key.Reveal()
	return out, nil
}

func (h API) get(ctx context.Context, in *oneInput) (*oneOutput, error) {
	w, err := h.Service.Find(ctx, session.Of(ctx), in.ID)
	return &oneOutput{itemOf(w)}, err
}

func (h API) patch(ctx context.Context, in *patchInput) (*oneOutput, error) {
	w, err := h.Service.Change(ctx, session.Of(ctx), in.ID, in.Body.URL, in.Body.Events)
	return &oneOutput{itemOf(w)}, err
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx), in.ID)
}

func (h API) rotate(ctx context.Context, in *oneInput) (*secretOutput, error) {
	key, err := h.Service.Rotate(ctx, session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &secretOutput{}
	out.Body.Secret = key.Reveal()
	return out, nil
}

func (h API) test(ctx context.Context, in *oneInput) (*testOutput, error) {
	sent, err := h.Service.Test(ctx, session.Of(ctx), in.ID)
	out := &testOutput{}
	out.Body.ID = sent
	return out, err
}

func (h API) log(ctx context.Context, in *logInput) (*logOutput, error) {
	found, err := h.Service.Deliveries(ctx, session.Of(ctx), in.ID, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &logOutput{}
	out.Body.Items = []logItem{}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = found[in.Limit-1].ID
	}
	for _, d := range found {
		line := logItem{
			ID: d.ID, Type: d.Type, State: d.State, Tries: d.Tries, Payload: json.RawMessage(d.Payload), Status: d.Status, Answer: d.Answer,
			TookMs: d.Took.Milliseconds(), TriedAt: api.Moment(d.TriedAt), CreatedAt: d.CreatedAt,
		}
		if d.State == Waits {
			line.NextAt = &d.NextAt
		}
		out.Body.Items = append(out.Body.Items, line)
	}
	return out, nil
}

func (h API) resend(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Resend(ctx, session.Of(ctx), in.ID)
}
