// Package address keeps the addresses of an account: five at most, one of them
// the primary one.
//
// The primary address is the one to sign in with, and the one that invitations
// and resets go to. Further ones are verified too: nobody else can have them,
// security notices reach them, and each can be made the primary one. They open
// nothing, so what guards sign-ins counts one address for each account.
//
// # Changing the primary address
//
//	Start ──► pending ──Confirm(new code) and Confirm(current code)──► changed
//	            ├──► replaced by a newer Start
//	            ├──► cancelled, by the person or by the link in either mail
//	            ├──► over after [Tries] wrong codes
//	            ├──► void after any event that raises the session epoch
//	            └──► expired [Life] after the newest codes
//
// Six digits go to the new address and six to the current one. They are taken
// in any order or together; a call with a wrong one confirms neither and counts
// one try, and a code that was right is right again. Before both are in, nothing
// about the account is different. Then one transaction changes everything: the
// address before is the person's no more, every other session ends, the link of
// a forgotten password dies, and each address that was valid before is told.
//
// # An address that somebody else has
//
// The answer is the same, and so is what the page shows afterwards; only the
// owner is told, by mail. There is no code that could be right. Where somebody
// else verifies the address meanwhile, the right code is answered like a wrong
// one, and what waited for it ends.
//
// # Rules
//
// Where the rules want to be asked, a change is open to the one address that
// was agreed to, and to no other; the proof is the same. Further addresses are
// closed then.
//
// # Further addresses
//
// Add lets an address wait for its code, for a day; the code works for [Life].
// Adding it again sends another code. One that waits takes a place among the
// five, and is nobody's until it is verified.
package address
