// Package signin opens and ends sessions.
//
// The answer to a wrong password, an unknown address and an account that is
// not active is the same, and takes the same time: the same questions are asked
// of the database, a password is hashed in any case, and what is left, such as
// whose turn it is to collect garbage, a floor hides. Tries are counted for the
// normalized address, known or not, before any password is hashed; a success
// forgets them.
//
// A full sign-in makes the account know the browser. The owner is told of one
// that was new.
//
// Where the account has a second factor, the right password opens a half
// session only. The factor turns it into a full one with a new token; wrong
// codes draw on a budget of the account, and the half session ends with it.
//
// A code by SMS is sent when the password was right and nothing better is on
// offer, or when it is asked for. It opens a full session without a fresh proof.
//
// A passkey that has verified its owner opens a full session by itself, where
// the rules of all organizations of that person allow it. Whatever is wrong
// with it gets the one answer of a wrong sign-in.
//
// What proves a person is plugged in by app: a password, a passkey, and second
// factors.
package signin
