// Package revert puts an account back to how it was before a change of its
// safety.
//
// Every security notice carries a revert key: a link that works once, for seven
// days, and belongs to one address and one moment. Its page shows what it will
// do, and its button does it, all in one transaction:
//
//	the address   is the account's again, the primary one if it was that
//	younger       addresses, factors and backup codes go
//	everything    is signed out: sessions, tokens, flows that are under way
//	the password  is taken away; a reset leads to another one
//	younger keys  of the account die with the one that was used
//
// # Why nobody takes an account over with it
//
// A key signs nobody in and sets no password. Whoever holds it can read the
// mailbox that it was sent to, and is given no more than that mailbox could do
// at that moment: ask for a reset, which never lifts a second factor.
//
// Where the primary address moves, that would still be too much. A mailbox may
// be the very thing that a person has fled from a week ago. So the account is
// put on hold then: beside the reset's link it wants the password of that
// moment, whose hash the key has kept sealed, or a second factor of that time.
// The thief of a password does not have the mailbox; the thief of a mailbox
// does not have the password; the owner has both.
//
// The older key wins. A thief who has added an address gets notices there, and
// keys with them, but only younger ones: the owner's key puts the account back
// to before, and takes theirs away. What happened before a key was made it
// cannot undo, so a thief's key never reaches back behind the theft. The mails
// about a revert carry no key, or the two would take turns.
package revert
