// Package httpout makes the calls to addresses that people enter: webhooks,
// identity providers and the push services of browsers.
//
// Whoever enters an address could mean a machine that only this server sees. So
// every connection is checked where it is made, against the address that the
// name led to just then, and nothing that was found out before is believed:
//
//	public address    https on port 443
//	allowed range     http too, and any port
//	anything else     refused: loopback, private, link-local, carrier's, mapped …
//
// The allowed ranges are the operator's ([NAMEPLATE_ALLOW_PRIVATE_TARGETS]).
// A redirect is an answer and is not followed. No proxy of the environment is
// asked: it would connect where this server must not. An answer is read for ten
// seconds and up to a mebibyte, unpacked.
//
// What the operator configures, such as SMTP, is not called through here.
//
// [NAMEPLATE_ALLOW_PRIVATE_TARGETS]: ../../../docs/guide/settings.md
package httpout
