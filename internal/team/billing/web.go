package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path       = "/settings/billing"
	portalPath = path + "/portal"
)

// Web serves the page of billing.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Support is where questions on a bill go; empty: nowhere.
	Support string
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	may := route.Allowed(identity.SeeBilling)
	t.Add(
		route.Get(path, may, route.NoBody, route.Guarded, route.NoStore, h.show),
		route.Post(portalPath, may, route.Form, route.Guarded, route.NoStore, h.portal),
	)
}

// view is what the page shows.
type view struct {
	Billing
	Fault   string // why the portal did not open
	Support string
	Zone    *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, "")
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, fault string) error {
	c := session.Of(r.Context())
	b, err := h.Service.Get(r.Context(), c)
	if err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "billing.title")
	}, page(view{b, fault, h.Support, c.User.Place()}))
}

// portal leads to Stripe. The answer is a page and no redirect, because forms of
// ours may not lead elsewhere.
func (h Web) portal(w http.ResponseWriter, r *http.Request) error {
	address, err := h.Service.Portal(r.Context(), session.Of(r.Context()))
	switch {
	case errors.Is(err, ErrSilent), errors.Is(err, ErrRefused):
		fault := i18n.T(r.Context(), "billing.fault_silent")
		if errors.Is(err, ErrRefused) {
			fault = i18n.T(r.Context(), "billing.fault_refused")
		}
		web.Settle(h.Shell.Log, r, err) //nolint:errcheck // it is logged there, and told on the page
		web.RetryAfter(w.Header(), err)
		return h.page(w, r, http.StatusServiceUnavailable, fault)
	case err != nil:
		return err
	}
	w.Header().Set("Refresh", "0;url="+address)
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) { f.Title = i18n.T(r.Context(), "billing.leaving") }, leaving(address))
}

// facts are what is paid for, a line each.
func (v view) facts(ctx context.Context) (facts []ui.Fact) {
	for _, s := range v.Subscriptions {
		for _, i := range s.Items {
			name := i.Name
			if name == "" {
				name = i18n.T(ctx, "billing.plan")
			}
			facts = append(facts, ui.Fact{Term: name, Value: ui.Words(i.words(ctx)), Note: v.until(ctx, s)})
		}
	}
	return facts
}

// words are an item's price, such as 5 × 12.00 EUR a month.
func (i Item) words(ctx context.Context) string {
	price := i.Amount.words(ctx)
	if i.Quantity > 1 {
		price = strconv.FormatInt(i.Quantity, 10) + " × " + price
	}
	switch {
	case i.Interval == "month" && i.Count == 1:
		return i18n.T(ctx, "billing.a_month", "Price", price)
	case i.Interval == "year" && i.Count == 1:
		return i18n.T(ctx, "billing.a_year", "Price", price)
	}
	return price
}

// whole are the currencies that have no smaller unit, as Stripe counts them.
var whole = " BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF "

// words are an amount as people read it.
func (a Amount) words(ctx context.Context) string {
	number := strconv.FormatInt(a.Units, 10)
	if !strings.Contains(whole, " "+a.Currency+" ") {
		sign, units := "", a.Units
		if units < 0 {
			sign, units = "-", -units
		}
		number = sign + strconv.FormatInt(units/100, 10) + i18n.T(ctx, "billing.point") + fmt.Sprintf("%02d", units%100)
	}
	return number + " " + a.Currency
}

// until says how far a subscription goes.
func (v view) until(ctx context.Context, s Subscription) string {
	when := i18n.Date(ctx, s.Until.In(v.Zone))
	switch {
	case s.Status == "past_due", s.Status == "unpaid", s.Status == "incomplete":
		return i18n.T(ctx, "billing.unpaid")
	case s.Status == "paused":
		return i18n.T(ctx, "billing.paused")
	case s.Until.IsZero():
		return ""
	case s.Ends:
		return i18n.T(ctx, "billing.ends", "When", when)
	case s.Status == "trialing":
		return i18n.T(ctx, "billing.trial", "When", when)
	}
	return i18n.T(ctx, "billing.renews", "When", when)
}

func (v view) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Invoices))
	for n, i := range v.Invoices {
		rows[n] = ui.Row{Icon: "bank", Name: i.Number, Meta: i18n.Date(ctx, i.At.In(v.Zone)), Side: i.Total.words(ctx), Tags: []ui.Tag{i.tag(ctx)}}
		if i.Page != "" {
			rows[n].Act = openInvoice(i)
		}
	}
	return rows
}

func (i Invoice) tag(ctx context.Context) ui.Tag {
	switch i.Status {
	case "paid":
		return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "billing.paid")}
	case "open":
		return ui.Tag{Tone: ui.Warn, Icon: "clock", Word: i18n.T(ctx, "billing.open")}
	case "uncollectible":
		return ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "billing.failed")}
	}
	return ui.Tag{Icon: "info", Word: i18n.T(ctx, "billing.void")}
}

// state says when Stripe said all that.
func (v view) state(ctx context.Context) ui.Line {
	if v.AsOf.IsZero() {
		return ui.Line{}
	}
	return ui.Line{Text: i18n.T(ctx, "billing.as_of", "When", i18n.DateTime(ctx, v.AsOf.In(v.Zone)))}
}

func (v view) support() templ.SafeURL { return templ.SafeURL("mailto:" + v.Support) }
