// Package signin opens and ends sessions.
//
// The answer to a wrong password, an unknown address and an account that is
// not active is the same, and takes the same time. Tries are counted for the
// normalized address, known or not, before any password is hashed; a success
// forgets them.
//
// Where the account has a second factor, the right password opens a half
// session only. The factor turns it into a full one with a new token; wrong
// codes draw on a budget of the account, and the half session ends with it.
//
// A code by SMS is sent when the password was right and nothing better is on
// offer, or when it is asked for. It opens a full session without a fresh proof.
//
// What proves a person is plugged in by app: a password, and second factors.
package signin
