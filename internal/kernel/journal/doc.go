// Package journal keeps the one record of what happened.
//
// Every change writes its entry in the transaction of its rows: there is an
// entry if and only if the change committed. The audit page, webhooks, feeds
// and a person's own activity are readers of it.
//
// # Trails
//
// A trail is an organization or a person. An act on an organization is one
// entry, in the organization's trail ([Journal.RecordOrganization]). An account
// matter is one entry in the person's own trail and one in that of each
// organization the person belongs to ([Journal.RecordAccount]). What a person
// is in an organization is one entry there and one in the person's own trail
// ([Journal.RecordMember]). What the operator sets for everybody stands in the trail [Instance].
//
// # Nobody is in it
//
// An entry names people by pseudonyms: 130 random bits, another one in each
// trail. The table subjects leads back from a pseudonym to the person, and
// [Forget] removes those rows and nothing else: the entries stay, the chain
// still verifies, and one deleted person's entries still go together, but
// nobody can tell whose they are. Values in details are never about a person,
// not even sealed.
//
// # The chain
//
//	transaction ──► journal_inbox ──Sealer, ≤ 250 ms──► journal (insert-only)
//
// Entries wait in the inbox without a position, because transactions commit in
// another order than they began, and a shared chain head inside every one of
// them would make them queue. One [Sealer] at a time moves what is committed
// into the chain and gives it a position, counted over everything, and a seq,
// counted in the trail; both are without a gap. Readers go by seq.
//
// Each entry carries SHA-256(previous hash ‖ canonical form), where the
// previous hash is that of the entry before it in the same trail, so that an
// organization can verify its own trail from an export. Before the first entry
// it is 32 zero bytes. How many entries were sealed is kept beside the chain
// too, so that a chain whose end was cut off is found as well. Whoever can
// rewrite the whole database can still make another good chain; a hash that
// was noted elsewhere tells.
//
// The canonical form is the text "nameplate.journal.1", then trail, seq, id,
// at, actor, action, target, changes, details and origin, in this order. Each
// text is its length in bytes as eight bytes, and its bytes in UTF-8; seq and
// at are eight bytes, at in microseconds since 1970; numbers are big-endian.
// changes is the list joined by commas, and details the JSON as it is stored.
//
// # Checkpoints
//
// A chain that was made anew as a whole is good by itself. So a [Notary] signs
// the digest of the whole journal now and then, and sends it to a second place.
// The digest at a position is SHA-256(digest before ‖ hash of the entry there),
// over all trails in the order of their positions, and 32 zero bytes before the
// first. What is signed, with Ed25519, is the text "nameplate.checkpoint.1", the
// position and the time as eight bytes each, and the digest, written as above.
// [VerifyWith] holds the journal against such a file.
package journal
