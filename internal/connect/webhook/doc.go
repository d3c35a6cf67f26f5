// Package webhook tells addresses of an organization what changes in it, signed
// as Standard Webhooks says.
//
//	trail ──read, in order──► delivery ──try──► done
//	                            ▲  │ no answer, or none of success
//	                            └──┘ after 5 s, 20 s, 2 min … 24 h; then failed
//
// A webhook remembers up to where it has read the organization's trail, and the
// same transaction that moves this place on writes a delivery for each change
// that it wants. So nothing is lost while a receiver is down or this server is,
// and a delivery may come twice, always with the same id.
//
// What is about the same subject is told in order: a later delivery waits until
// the one before is done or was tried [patience] times. Subjects don't wait
// for each other.
//
// A message says who and which fields. Beside that it holds the person or the
// organization as whoever made the webhook may read them when it is sent; that
// is kept nowhere.
//
// Addresses are called by the guarded client and nothing else, which looks at
// each try where a name leads. Redirects are failures, 410 ends the webhook, and
// Retry-After is heeded.
package webhook
