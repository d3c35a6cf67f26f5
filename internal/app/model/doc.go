// Package model walks through the life of accounts at random and holds the
// server against a model of it after every step.
//
// The model says in a few lines what the product promises: who is signed in,
// how far, what proves them, what a change ends, which address signs in, and
// which code, link or key still works. A walk is some dozens of steps of two
// people with three browsers each, who want the same few addresses; what one
// does never shows with the other. The same walks run on SQLite and on
// PostgreSQL, over HTTP, with authenticators and a Twilio of its own and the
// clock in the walk's hand.
//
// After each step the mails that came are exactly those that the model says,
// every browser asks who it is, and one person looks at the lists of addresses,
// factors and sessions. At the end of a walk each person's own trail holds
// exactly one entry for each act that succeeded.
//
// # How it is laid out
//
// Each file has the steps of one matter, and what the model knows of it:
// signin, password, factor, passkey, phone, address, move (of the primary
// address), revert. A step draws what it does, says by the model what comes of
// it, does it, and then moves the model. prepare_test.go signs somebody in by
// whatever they have, so that walks get far; post_test.go reads the mails, and
// keeps each revert key with the moment that it remembers.
//
// A walk that fails is printed, made as short as it can be, and can be walked
// again: go test ./internal/app/model -rapid.failfile=…
package model
