// Package billing shows an organization what it pays for, and leads to Stripe's
// billing portal for everything else: ways to pay, plans, invoices.
//
//	portal ──► customer at Stripe (made once) ──► portal's address
//	page, API ──► what Stripe said last; asked anew when it is a minute old
//	webhook ──► verified, once for each id ──► ask anew
//
// Nothing of a card ever comes here. What Stripe tells of a subscription and of
// invoices is kept as it was read last, so that the page is there while Stripe is
// not, and says of when it is.
//
// A webhook says only that something is different. What is so now is asked of
// Stripe, so one that comes twice, late or out of order changes nothing.
package billing
