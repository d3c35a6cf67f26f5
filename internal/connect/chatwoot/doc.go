// Package chatwoot connects an organization with an account of Chatwoot, in
// both directions.
//
//	Chatwoot ──webhook──► Hear ──► events of conversations ──► notifications
//	members' names, focus ──Follow──► job ──► Chatwoot's API
//
// What comes in: Chatwoot posts to one address that whoever manages it there
// enters, and whose key says which organization it is. Each message becomes none
// or some events in our words. Where the secret that Chatwoot signs with is known
// here, a message without a good signature is refused.
//
// What goes out: members and agents belong together by a verified address. Names
// are Nameplate's: one that differs over there is drift, is set again and told on
// the page. A focus makes an agent busy, and its end makes whom it made busy
// online. Nobody else's availability is touched, because agents choose it there.
//
// What goes out is one job for the account, which reads all agents and sets what
// differs. It comes after each change that matters and once an hour, so whatever
// is missed is mended. Why a call failed is kept as a code, which the page
// tells in words.
package chatwoot
