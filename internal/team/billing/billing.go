package billing

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/stripe"
)

const (
	fresh  = time.Minute         // how long what Stripe said is taken as it is
	retry  = 30 * time.Second    // after which a caller may try again
	seenBy = 30 * 24 * time.Hour // how long ids of webhooks are remembered; Stripe repeats for three days
	shown  = 24                  // invoices
)

// What can go wrong.
var (
	ErrNotSetUp  = errs.New(errs.Conflict, "billing_not_set_up")
	ErrSilent    = errs.New(errs.Unavailable, "billing_silent").After(retry)
	ErrRefused   = errs.New(errs.Unavailable, "billing_refused").After(retry)
	ErrSignature = errs.New(errs.Malformed, "stripe_signature")
)

// Service reads what organizations pay.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Journal *journal.Journal
	URL     *url.URL
	Account *stripe.Account // nil: the operator has set up none

	// Payer is whose name and address stand on invoices.
	Payer func(ctx context.Context, c session.Caller) (name, email string, err error)
}

// Billing is what an organization pays, as Stripe said it.
type Billing struct {
	SetUp    bool      // the operator has an account at Stripe
	Customer bool      // the organization has been to the portal
	AsOf     time.Time // when Stripe said it; zero: never
	Stale    bool      // Stripe does not answer now
	State
}

// State is what is kept of Stripe's answer.
type State struct {
	Subscriptions []Subscription
	Invoices      []Invoice
}

// Subscription is one that is not over.
type Subscription struct {
	Status string // Stripe's word
	Until  time.Time
	Ends   bool // at Until; otherwise it goes on
	Items  []Item
}

// Item is what is paid for.
type Item struct {
	Name     string
	Quantity int64
	Amount   Amount // of one
	Interval string // day, week, month or year; empty: once
	Count    int64  // of intervals
}

// Invoice is a bill.
type Invoice struct {
	Number string
	Status string // Stripe's word
	Total  Amount
	At     time.Time
	Page   string // where it is paid and read; empty: nowhere
	PDF    string
}

// Amount is money, in the smallest unit of a currency.
type Amount struct {
	Units    int64
	Currency string // ISO 4217
}

// Get returns what the caller's organization pays. It asks Stripe if nobody has
// within a minute.
func (s *Service) Get(ctx context.Context, c session.Caller) (Billing, error) {
	if s.Account == nil {
		return Billing{}, nil
	}
	r, found, err := one.Maybe(ctx, s.DB, c.Actor.Membership.OrganizationID)
	if err != nil || !found {
		return Billing{SetUp: true}, err
	}
	b := Billing{SetUp: true, Customer: true, AsOf: r.ReadAt.V}
	if err := json.Unmarshal([]byte(r.State), &b.State); err != nil {
		return b, err
	}
	if r.ReadAt.Valid && s.Clock.Now().Sub(r.ReadAt.V) < fresh {
		return b, nil
	}
	state, err := s.ask(ctx, r.Customer)
	if err != nil {
		s.Log.Warn("Stripe was not read", "organization", r.OrganizationID, "error", err)
		b.Stale = true
		return b, nil
	}
	b.State, b.AsOf = state, s.Clock.Now()
	return b, s.keep(ctx, r.Customer, state)
}

func (s *Service) keep(ctx context.Context, customer string, state State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := keep.Run(ctx, tx, customer, string(text), s.Clock.Now())
		return err
	})
}

// ask reads what Stripe has of a customer. One who is gone has nothing.
func (s *Service) ask(ctx context.Context, customer string) (state State, err error) {
	subscriptions, err := s.Account.Subscriptions(ctx, customer)
	if stripe.Gone(err) {
		return state, nil
	}
	if err != nil {
		return state, err
	}
	for _, sub := range subscriptions {
		state.Subscriptions = append(state.Subscriptions, read(sub))
	}
	invoices, err := s.Account.Invoices(ctx, customer)
	for _, i := range invoices[:min(len(invoices), shown)] {
		if i.Status == "draft" {
			continue
		}
		state.Invoices = append(state.Invoices, Invoice{
			i.Number, i.Status, Amount{i.Total, strings.ToUpper(i.Currency)}, stripe.Moment(i.Created), s.link(i.Page), s.link(i.PDF),
		})
	}
	return state, err
}

// link is an address that may stand on a page; empty: it may not.
func (s *Service) link(address string) string {
	if !s.Account.Linkable(address) {
		return ""
	}
	return address
}

func read(sub stripe.Subscription) Subscription {
	out := Subscription{Status: sub.Status, Until: stripe.Moment(sub.Until), Ends: sub.Ends}
	for _, i := range sub.Items.Data {
		if out.Until.IsZero() {
			out.Until = stripe.Moment(i.Until)
		}
		item := Item{Name: i.Price.Nickname, Quantity: i.Quantity, Amount: Amount{i.Price.UnitAmount, strings.ToUpper(i.Price.Currency)}}
		if r := i.Price.Recurring; r != nil {
			item.Interval, item.Count = r.Interval, max(r.Count, 1)
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// Portal opens the billing portal for the caller's organization and returns its
// address. It leads back to our page and nowhere else.
func (s *Service) Portal(ctx context.Context, c session.Caller) (string, error) {
	if s.Account == nil {
		return "", ErrNotSetUp
	}
	customer, err := s.customer(ctx, c)
	if err != nil {
		return "", err
	}
	back := s.URL.JoinPath(path).String()
	address, err := s.Account.Portal(ctx, customer, back, i18n.Lang(ctx).Tag)
	if stripe.Gone(err) {
		// Somebody has deleted the customer over there.
		if err := s.forget(ctx, customer); err != nil {
			return "", err
		}
		if customer, err = s.customer(ctx, c); err != nil {
			return "", err
		}
		address, err = s.Account.Portal(ctx, customer, back, i18n.Lang(ctx).Tag)
	}
	if err != nil {
		return "", failed(err)
	}
	return address, s.DB.Tx(ctx, func(tx *db.Tx) error { return s.record(ctx, tx, c, "billing.opened") })
}

// customer is that of the caller's organization, made if there is none. Two who
// make one at the same time get the same of Stripe, by its key.
func (s *Service) customer(ctx context.Context, c session.Caller) (string, error) {
	org := c.Actor.Membership.OrganizationID
	r, found, err := one.Maybe(ctx, s.DB, org)
	if err != nil || found {
		return r.Customer, err
	}
	name, email, err := s.Payer(ctx, c)
	if err != nil {
		return "", err
	}
	made, err := s.Account.Create(ctx, stripe.NewCustomer{Organization: org, Name: name, Email: email})
	if err != nil {
		return "", failed(err)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := insert.Run(ctx, tx, org, made, s.Clock.Now())
		if err != nil || n == 0 { // another call was first
			return err
		}
		return s.record(ctx, tx, c, "billing.begun")
	})
	if err != nil {
		return "", err
	}
	r, err = one.One(ctx, s.DB, org)
	return r.Customer, err
}

func (s *Service) forget(ctx context.Context, customer string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := forget.Run(ctx, tx, customer)
		return err
	})
}

// failed is what a caller hears of a call that failed.
func failed(err error) error {
	var refused *stripe.Refusal
	if errors.As(err, &refused) {
		return ErrRefused.Because(err)
	}
	return ErrSilent.Because(err)
}

// Hear takes a webhook of Stripe's. Each event counts once. It returns
// ErrSignature, or ErrNotSetUp.
func (s *Service) Hear(ctx context.Context, signature string, body []byte) error {
	if s.Account == nil {
		return ErrNotSetUp
	}
	now := s.Clock.Now()
	e, ok := s.Account.Read(signature, body, now)
	if !ok {
		return ErrSignature
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := hear.Run(ctx, tx, e.ID, now)
		if err != nil || n == 0 || e.Customer == "" {
			return err
		}
		if _, err := outdate.Run(ctx, tx, e.Customer); err != nil {
			return err
		}
		_, err = sweep.Run(ctx, tx, now.Add(-seenBy))
		return err
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string) error {
	org := c.Actor.Membership.OrganizationID
	return s.Journal.RecordOrganization(ctx, tx, org, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Thing(org),
	})
}
