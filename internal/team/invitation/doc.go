// Package invitation brings people into an organization.
//
// An invitation is for one address and one role. Its link works once, for
// [Life], and for whoever reads that mailbox:
//
//	Invite ──► pending ──Accept──► accepted, and a member
//	  ▲ again    ├──────Revoke───► revoked
//	  └──────────┴──────[Life]───► expired, and stays listed; Resend makes it pending
//
// Inviting an address again renews its pending invitation: the same id, the new
// role, a new link. Whoever sends a link answers for the role: it works only
// while the sender may still give it, which is asked once more in the
// transaction that accepts. Organization and role come from the row and never
// from the request.
//
// An address that has an account somewhere is invited in the same way as one
// that has none. To accept, its owner must be signed in; a new address chooses
// a password by the rules that will hold for the new membership, and counts as
// verified, because the link came by mail.
package invitation
