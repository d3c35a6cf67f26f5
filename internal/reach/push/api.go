package push

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
)

// API serves devices as JSON.
type API struct{ Service *Service }

type subscription struct {
	ID          string     `json:"id"`
	Device      string     `json:"device" doc:"In the caller's language."`
	Current     bool       `json:"current" doc:"The browser that asks."`
	CreatedAt   time.Time  `json:"created_at"`
	DeliveredAt *time.Time `json:"delivered_at,omitempty" doc:"When its push service took the last one."`
	FailedAt    *time.Time `json:"failed_at,omitempty" doc:"Of the last try, if it failed."`
	Failure     string     `json:"failure,omitempty" enum:"unreachable,busy,refused"`
}

type listOutput struct {
	Body struct {
		Items     []subscription `json:"items"`
		PublicKey string         `json:"public_key" doc:"applicationServerKey for PushManager.subscribe, in base64url."`
	}
}

type keys struct {
	P256dh string `json:"p256dh" doc:"base64url"`
	Auth   string `json:"auth" doc:"base64url"`
}

// browserForm is what PushSubscription.toJSON gives.
type browserForm struct {
	Endpoint       string                `json:"endpoint"`
	ExpirationTime api.Optional[float64] `json:"expirationTime,omitempty" doc:"As browsers send it; not used."`
	Keys           keys                  `json:"keys"`
}

type addInput struct {
	UserAgent string `header:"User-Agent"`
	Body      browserForm
}

type addOutput struct{ Body subscription }

type deviceInput struct {
	ID string `path:"id"`
}

type testInput struct {
	Body *struct {
		Device string `json:"device,omitempty" doc:"Id of one; all of them if omitted."`
	}
}

type testOutput struct {
	Body struct {
		Devices int `json:"devices" doc:"To which it is under way."`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, path = "Notifications", "/v1/me/push-subscriptions"
	api.Get(a, path, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-push-subscriptions", Tag: tag, Summary: "Browsers of the caller that have allowed push"}, h.list)
	api.Post(a, path, route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "add-push-subscription", Tag: tag, Summary: "Let this browser get pushes while its session lives", Status: http.StatusCreated}, h.add)
	api.Delete(a, path+"/{id}", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-push-subscription", Tag: tag, Summary: "Send no more pushes to a browser"}, h.remove)
	api.Post(a, "/v1/me/notifications/test", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "test-push", Tag: tag, Summary: "Send a push to the caller's browsers", Status: http.StatusAccepted}, h.test)
}

func (h API) list(ctx context.Context, _ *nothing) (*listOutput, error) {
	all, err := h.Service.List(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.PublicKey = []subscription{}, h.Service.Public()
	for _, d := range all {
		out.Body.Items = append(out.Body.Items, shape(ctx, d))
	}
	return out, nil
}

func shape(ctx context.Context, d Device) subscription {
	s := subscription{ID: d.ID, Device: d.Agent.Name(ctx), Current: d.Current, CreatedAt: d.CreatedAt, Failure: d.Failure}
	if !d.DeliveredAt.IsZero() {
		s.DeliveredAt = &d.DeliveredAt
	}
	if !d.FailedAt.IsZero() {
		s.FailedAt = &d.FailedAt
	}
	return s
}

// target reads what a browser has sent. Keys that can't be read are none.
func (f browserForm) target() target {
	return target{f.Endpoint, bytesOf(f.Keys.P256dh), bytesOf(f.Keys.Auth)}
}

// bytesOf reads base64 in any of its spellings.
func bytesOf(text string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "="))
	if err != nil {
		return nil
	}
	return b
}

func (h API) add(ctx context.Context, in *addInput) (*addOutput, error) {
	d, err := h.Service.Allow(ctx, session.Of(ctx), in.Body.target(), in.UserAgent)
	if err != nil {
		return nil, err
	}
	return &addOutput{shape(ctx, d)}, nil
}

func (h API) remove(ctx context.Context, in *deviceInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx), in.ID)
}

func (h API) test(ctx context.Context, in *testInput) (*testOutput, error) {
	id := ""
	if in.Body != nil {
		id = in.Body.Device
	}
	n, err := h.Service.Test(ctx, session.Of(ctx), id, h.Service.trial(ctx))
	if err != nil {
		return nil, err
	}
	out := &testOutput{}
	out.Body.Devices = n
	return out, nil
}

// trial is the note of a test.
func (s *Service) trial(ctx context.Context) Note {
	lang := i18n.Lang(ctx)
	return Note{
		Title: i18n.T(ctx, "push.test_title"), Body: i18n.T(ctx, "push.test_body"), URL: s.URL.JoinPath(Home).String() + "#devices",
		Tag: "test", Event: s.Clock.Now().String(), Lang: lang.Tag, Dir: lang.Dir,
	}
}
