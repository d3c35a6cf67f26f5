// Package session knows who is asking.
//
// A session is a row; the browser holds a random token of which the row has
// the hash. It is born at each authentication event, the one before it dies in
// the same transaction, and it carries two epochs: the numbers that its user's
// session_epoch and credential_epoch had at its birth. A security event raises
// a number, and every session that was born under a lower one is dead without
// being looked for:
//
//	session_epoch     password, factor or primary address changed
//	credential_epoch  reset, revert key, lost device, deactivation: tokens too
//
// The session that made the change is reborn under the new number and keeps
// its proof.
//
// A session is half while a second factor is still to come; a half one opens
// nothing but the way to that factor, for ten minutes. Its proof is the moment and the method
// of the last authentication; [Session.Proved] says whether it is fresh.
//
// Organizations can set shorter lives; the guard asks their rules at each
// request, so a stricter rule ends what is older at once. With 24 hours and one
// hour without use a session is one of AAL2 (NIST SP 800-63B).
//
// Where a rule requires a second factor of somebody who has none, the session
// opens nothing but the way to one, from the end of the days of grace:
// [ErrFactor] everywhere but at routes that are marked for it.
//
// A call of the API may carry a token instead ([Bearer]). It acts in its owner's
// name, on routes of its scopes alone, under the owner's role and rules, and it
// dies with the credential epoch. Whoever keeps tokens is asked for them.
//
//	Open(half) ──factor──► Open(full) ──idle 7 d, or 30 d, or an epoch──► dead
//	     └───────────────── Close ◄───────────────────┘
package session
