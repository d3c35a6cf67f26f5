package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// version is the one of the API whose shapes are read here.
	version = "2025-03-31.basil"
	// longest is how much of an answer is read.
	longest = 4 << 20
)

// ErrSilent means that Stripe did not answer, or only that something is wrong
// over there.
var ErrSilent = errors.New("no answer from Stripe")

// Refusal is an answer that Stripe does not do what was asked.
type Refusal struct {
	Status int
	Code   string // Stripe's own word; empty: not told
}

// Error says nothing of what was asked: Stripe's message may repeat it.
func (r *Refusal) Error() string { return fmt.Sprintf("Stripe refused with %d %s", r.Status, r.Code) }

// Gone reports whether what was asked for is not there (any more).
func Gone(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Status == http.StatusNotFound || r.Code == "resource_missing")
}

// NewCustomer is who is to be a customer.
type NewCustomer struct {
	Organization string // id, which is kept with the customer
	Name         string
	Email        string
}

// Price is what is paid, again and again.
type Price struct {
	UnitAmount int64  `json:"unit_amount"` // in the smallest unit of the currency
	Currency   string `json:"currency"`
	Nickname   string `json:"nickname"`
	Recurring  *struct {
		Interval string `json:"interval"` // day, week, month or year
		Count    int64  `json:"interval_count"`
	} `json:"recurring"`
}

// Item is a line of a subscription.
type Item struct {
	Price    Price `json:"price"`
	Quantity int64 `json:"quantity"`
	Until    int64 `json:"current_period_end"` // Unix
}

// Subscription is one as Stripe tells it.
type Subscription struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Until   int64  `json:"current_period_end"` // of older versions of the API
	Ends    bool   `json:"cancel_at_period_end"`
	Created int64  `json:"created"`
	Items   struct {
		Data []Item `json:"data"`
	} `json:"items"`
}

// Invoice is one as Stripe tells it.
type Invoice struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	Status   string `json:"status"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
	Created  int64  `json:"created"`
	Page     string `json:"hosted_invoice_url"`
	PDF      string `json:"invoice_pdf"`
}

// Create makes a customer and returns the id. Repeated within a day for the same
// organization it returns the same.
func (a *Account) Create(ctx context.Context, n NewCustomer) (string, error) {
	form := url.Values{"metadata[organization]": {n.Organization}, "name": {n.Name}}
	if n.Email != "" {
		form.Set("email", n.Email)
	}
	var made struct {
		ID string `json:"id"`
	}
	err := a.do(ctx, http.MethodPost, "/v1/customers", form, "nameplate-customer-"+n.Organization, &made)
	if err == nil && made.ID == "" {
		err = ErrSilent
	}
	return made.ID, err
}

// Portal opens the billing portal for a customer and returns its address, which
// is good for a short time.
func (a *Account) Portal(ctx context.Context, customer, back, language string) (string, error) {
	var made struct {
		URL string `json:"url"`
	}
	form := url.Values{"customer": {customer}, "return_url": {back}, "locale": {language}}
	if err := a.do(ctx, http.MethodPost, "/v1/billing_portal/sessions", form, "", &made); err != nil {
		return "", err
	}
	if !a.Linkable(made.URL) {
		return "", ErrSilent
	}
	return made.URL, nil
}

// Linkable reports whether an address that Stripe gave may stand on a page.
func (a *Account) Linkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == a.Scheme)
}

// Subscriptions returns those of a customer that are not over, the newest first.
func (a *Account) Subscriptions(ctx context.Context, customer string) ([]Subscription, error) {
	var list struct{ Data []Subscription }
	return list.Data, a.do(ctx, http.MethodGet, "/v1/subscriptions", url.Values{"customer": {customer}, "limit": {"10"}}, "", &list)
}

// Invoices returns those of a customer, the newest first.
func (a *Account) Invoices(ctx context.Context, customer string) ([]Invoice, error) {
	var list struct{ Data []Invoice }
	return list.Data, a.do(ctx, http.MethodGet, "/v1/invoices", url.Values{"customer": {customer}, "limit": {"24"}}, "", &list)
}

// do makes a call. It returns a *Refusal or ErrSilent.
func (a *Account) do(ctx context.Context, method, path string, form url.Values, key string, answer any) error {
	u := url.URL{Scheme: a.Scheme, Host: a.Host, Path: path}
	var body io.Reader
	if method == http.MethodGet {
		u.RawQuery = form.Encode()
	} else {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.Key.Reveal())
	r.Header.Set("Stripe-Version", version)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	res, err := a.http.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, longest))
	switch {
	case err != nil, res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests:
		return ErrSilent
	case res.StatusCode/100 != 2:
		var told struct{ Error struct{ Code string } }
		_ = json.Unmarshal(said, &told) // the status is enough
		return &Refusal{res.StatusCode, told.Error.Code}
	case json.Unmarshal(said, answer) != nil:
		return ErrSilent
	}
	return nil
}

// Moment reads a time of Stripe's; zero: none.
func Moment(unix int64) time.Time {
	if unix <= 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}
