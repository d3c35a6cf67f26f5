package billing

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves billing as JSON, and takes what Stripe posts.
type API struct{ Service *Service }

type amount struct {
	Units    int64  `json:"units" doc:"In the smallest unit of the currency, such as cents."`
	Currency string `json:"currency" doc:"ISO 4217"`
}

type itemBody struct {
	Name          string `json:"name,omitempty"`
	Quantity      int64  `json:"quantity"`
	Amount        amount `json:"amount" doc:"Of one."`
	Interval      string `json:"interval,omitempty" doc:"day, week, month or year"`
	IntervalCount int64  `json:"interval_count,omitempty"`
}

type subscription struct {
	Status   string     `json:"status" doc:"Stripe's word: active, trialing, past_due, unpaid, paused, incomplete …"`
	RenewsAt *time.Time `json:"renews_at,omitempty"`
	EndsAt   *time.Time `json:"ends_at,omitempty" doc:"In place of renews_at: it was cancelled."`
	Items    []itemBody `json:"items"`
}

type invoice struct {
	Number    string    `json:"number"`
	Status    string    `json:"status" doc:"Stripe's word: open, paid, uncollectible or void"`
	Total     amount    `json:"total"`
	CreatedAt time.Time `json:"created_at"`
	URL       string    `json:"url,omitempty"`
	PDF       string    `json:"pdf,omitempty"`
}

type body struct {
	Configured    bool           `json:"configured" doc:"Whether the operator has an account at Stripe."`
	Customer      bool           `json:"customer" doc:"Whether the organization has been to the billing portal."`
	Subscription  *subscription  `json:"subscription" doc:"The newest one; null: none."`
	Subscriptions []subscription `json:"subscriptions"`
	Invoices      []invoice      `json:"invoices" doc:"The newest first, at most 24."`
	AsOf          *time.Time     `json:"as_of" doc:"When Stripe said so."`
	Stale         bool           `json:"stale" doc:"Stripe does not answer now; this is what it said last."`
}

type oneInput struct {
	Org string `path:"org"`
}

type oneOutput struct{ Body body }

type portalOutput struct {
	Body struct {
		URL string `json:"url" doc:"Good for a short time, for one visit."`
	}
}

type hearInput struct {
	Signature string `header:"Stripe-Signature"`
	Body      api.Object
	RawBody   []byte
}

type hearOutput struct {
	Body struct {
		Received bool `json:"received"`
	}
}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Billing", "/v1/orgs/{org}/billing"
	may := route.Allowed(identity.SeeBilling)
	api.Get(a, base, may, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "get-billing", Tag: tag, Summary: "What the organization pays, for owners and the billing role"}, h.get)
	api.Post(a, base+"/portal", may, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "open-billing-portal", Tag: tag, Summary: "Open Stripe's billing portal", Status: http.StatusCreated}, h.portal)
	api.Post(a, "/v1/stripe/webhook", route.Public, route.Batch, route.Plain, route.NoStore,
		api.Op{ID: "hear-stripe", Tag: tag, Summary: "Where Stripe posts its webhooks", Status: http.StatusOK}, h.hear)
}

func (h API) get(ctx context.Context, _ *oneInput) (*oneOutput, error) {
	b, err := h.Service.Get(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := body{
		Configured: b.SetUp, Customer: b.Customer, Subscriptions: []subscription{}, Invoices: []invoice{}, AsOf: api.Moment(b.AsOf), Stale: b.Stale,
	}
	for _, s := range b.Subscriptions {
		out.Subscriptions = append(out.Subscriptions, show(s))
	}
	if len(out.Subscriptions) > 0 {
		out.Subscription = &out.Subscriptions[0]
	}
	for _, i := range b.Invoices {
		out.Invoices = append(out.Invoices, invoice{i.Number, i.Status, amount(i.Total), i.At, i.Page, i.PDF})
	}
	return &oneOutput{out}, nil
}

func show(s Subscription) subscription {
	out := subscription{Status: s.Status, Items: []itemBody{}}
	if s.Ends {
		out.EndsAt = api.Moment(s.Until)
	} else {
		out.RenewsAt = api.Moment(s.Until)
	}
	for _, i := range s.Items {
		out.Items = append(out.Items, itemBody{i.Name, i.Quantity, amount(i.Amount), i.Interval, i.Count})
	}
	return out
}

func (h API) portal(ctx context.Context, _ *oneInput) (*portalOutput, error) {
	address, err := h.Service.Portal(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := &portalOutput{}
	out.Body.URL = address
	return out, nil
}

func (h API) hear(ctx context.Context, in *hearInput) (*hearOutput, error) {
	if err := h.Service.Hear(ctx, in.Signature, in.RawBody); err != nil {
		return nil, err
	}
	out := &hearOutput{}
	out.Body.Received = true
	return out, nil
}
