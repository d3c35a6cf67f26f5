// Package stripe asks Stripe for the little that billing needs: to make a
// customer, to open the billing portal, and to read subscriptions and invoices.
// It also says whether a webhook is Stripe's.
//
// No call here sends or reads a card or another way to pay, and what an answer
// holds of them is not decoded.
//
// The library that Stripe publishes covers all of its API; for these four calls
// it would make the program a good deal larger.
package stripe
