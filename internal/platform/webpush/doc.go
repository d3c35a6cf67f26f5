// Package webpush makes the requests that bring a message to a browser which is
// not looking.
//
// A browser that allows push gives an address at the service of its maker, and
// two keys. The message is encrypted for the browser alone (RFC 8291, with one
// record of RFC 8188) and padded, so that the service learns neither what it
// says nor how long it is. The request is signed by a key of this server (VAPID,
// RFC 8292), to which the browser has bound its address.
//
// The standard library has every step, so no other one is needed. The example
// of RFC 8291, appendix A is a test.
package webpush
