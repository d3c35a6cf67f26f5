package chatwoot

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

const (
	base       = "/v1/orgs/{org}/chatwoot"
	eventsPath = "/v1/orgs/{org}/events/chatwoot"
)

// API serves the connection as JSON, and takes what Chatwoot posts.
type API struct{ Service *Service }

type agentItem struct {
	ID       int64      `json:"id" doc:"Chatwoot's."`
	User     string     `json:"user,omitempty" doc:"The member with the same verified address; absent: there is none."`
	Name     string     `json:"name"`
	Email    string     `json:"email"`
	DriftAt  *time.Time `json:"drift_at,omitempty" doc:"When the name was another over there and was set again."`
	SyncedAt time.Time  `json:"synced_at"`
	Fault    string     `json:"fault,omitempty" enum:"token,strange,silent" doc:"Why the agent could not be changed."`
}

type connection struct {
	URL      string      `json:"url"`
	Account  int64       `json:"account"`
	Webhook  string      `json:"webhook" doc:"The address to enter in Chatwoot. Whoever has it can tell of conversations."`
	Signed   bool        `json:"signed" doc:"Whether messages need Chatwoot's signature."`
	MadeAt   time.Time   `json:"made_at"`
	HeardAt  *time.Time  `json:"heard_at,omitempty" doc:"When Chatwoot last posted, to a minute."`
	SyncedAt *time.Time  `json:"synced_at,omitempty" doc:"When all agents were last compared."`
	Fault    string      `json:"fault,omitempty" enum:"token,strange,silent" doc:"Why the last comparison failed: the token is not taken, the answer is not Chatwoot's, or there was none."`
	Agents   []agentItem `json:"agents"`
}

type orgInput struct {
	Org string `path:"org"`
}

type putInput struct {
	Org  string `path:"org"`
	Body struct {
		URL     string `json:"url" doc:"Where Chatwoot is, such as https://chat.example.com."`
		Account int64  `json:"account" doc:"The number behind /accounts/ in Chatwoot's addresses."`
		Token   string `json:"token,omitempty" doc:"Access token of an administrator there. Absent: that of before, where the address is the same."`
		Secret  string `json:"secret,omitempty" doc:"With which Chatwoot signs. Absent: signatures are not asked for."`
	}
}

type hearInput struct {
	Org       string `path:"org"`
	Key       string `query:"key" doc:"Of the connection."`
	Timestamp string `header:"X-Chatwoot-Timestamp"`
	Signature string `header:"X-Chatwoot-Signature" doc:"sha256= and the HMAC of timestamp, a point and the body."`
	Body      api.Object
	RawBody   []byte
}

type oneOutput struct{ Body connection }

type hearOutput struct {
	Body struct {
		Events int `json:"events" doc:"How many events the message was; 0: one that nobody is told of."`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Chatwoot"
	may := route.Allowed(identity.Connect)
	api.Get(a, base, may, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-chatwoot", Tag: tag, Summary: "The connection with Chatwoot"}, h.get)
	api.Put(a, base, may.WithProof(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "connect-chatwoot", Tag: tag, Summary: "Connect with an account of Chatwoot, or change how"}, h.put)
	api.Delete(a, base, may.WithProof(), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "disconnect-chatwoot", Tag: tag, Summary: "End the connection", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/sync", may, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "sync-chatwoot", Tag: tag, Summary: "Compare all agents soon", Status: http.StatusAccepted}, h.sync)
	api.Post(a, eventsPath, route.Public, route.Batch, route.Plain, route.NoStore,
		api.Op{ID: "hear-chatwoot", Tag: tag, Summary: "Where Chatwoot posts its webhooks", Status: http.StatusAccepted}, h.hear)
}

func (h API) get(ctx context.Context, in *orgInput) (*oneOutput, error) {
	c, err := h.Service.Find(ctx, in.Org)
	if err != nil {
		return nil, err
	}
	out := connection{
		URL: c.URL, Account: c.Account, Webhook: c.Address.Reveal(), Signed: c.Signed, MadeAt: c.MadeAt, HeardAt: api.Moment(c.HeardAt),
		SyncedAt: api.Moment(c.SyncedAt), Fault: c.Fault, Agents: []agentItem{},
	}
	for _, a := range c.Agents {
		out.Agents = append(out.Agents, agentItem{a.ID, a.UserID, a.Name, a.Email, api.Moment(a.DriftAt), a.SyncedAt, a.Fault})
	}
	return &oneOutput{out}, nil
}

func (h API) put(ctx context.Context, in *putInput) (*oneOutput, error) {
	b := in.Body
	w := Wish{b.URL, b.Account, secret.Secret(b.Token), secret.Secret(b.Secret)}
	if err := h.Service.Connect(ctx, session.Of(ctx), w); err != nil {
		return nil, err
	}
	return h.get(ctx, &orgInput{in.Org})
}

func (h API) remove(ctx context.Context, _ *orgInput) (*nothing, error) {
	return nil, h.Service.Disconnect(ctx, session.Of(ctx))
}

func (h API) sync(ctx context.Context, _ *orgInput) (*nothing, error) {
	return nil, h.Service.Refresh(ctx, session.Of(ctx))
}

func (h API) hear(ctx context.Context, in *hearInput) (*hearOutput, error) {
	n, err := h.Service.Hear(ctx, in.Org, Signed{in.Key, in.Timestamp, in.Signature}, in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &hearOutput{}
	out.Body.Events = n
	return out, nil
}
