// Package change tells what happened in an organization in the words of the
// API, for those outside who follow it: webhooks and the change feed.
//
// A [Change] is an entry of the organization's trail in the journal that is
// news to others: who it is about and which fields changed, never a value. What
// a thing is now is read by whoever wants to know. Signing in, factors and the
// like are nobody else's business and are no changes.
//
// Changes have the order of the trail, and their number in it is the place from
// which a reader goes on.
package change
