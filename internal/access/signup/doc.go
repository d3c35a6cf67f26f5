// Package signup makes accounts.
//
// Whoever signs up proves that the address is theirs before there is an
// account: until then the sign-up waits in a row of its own, for a day, and a
// newer one for the same address takes its place.
//
//	Start ──► waiting ──Verify(code or link)──► account, signed in
//	             ├──► replaced by a newer Start
//	             └──► expired after Lifetime
//
// The answer to Start is the same for a known address, whose owner is told by
// mail, so that nobody learns who has an account.
//
// A stranger may sign up with somebody else's address and a password of the
// stranger's choice. So the browser that signed up is marked by a cookie, and
// the proof alone signs in only there. Elsewhere it takes a new password,
// which replaces the first: whoever reads the mailbox decides.
//
// The first sign-up of an instance makes its first owner. On the machine
// itself that is open, and without a mail server it signs in at once.
// Elsewhere it takes the one-time set-up link that the start prints. Of
// several at once exactly one becomes the owner.
package signup
