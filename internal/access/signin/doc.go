// Package signin opens and ends sessions.
//
// The answer to a wrong password, an unknown address and an account that is
// not active is the same, and takes the same time. Tries are counted for the
// normalized address, known or not, before any password is hashed; a success
// forgets them.
//
// What proves a person is plugged in by app: today a password.
package signin
