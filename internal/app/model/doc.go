// Package model walks through the life of accounts at random and holds the
// server against a model of it after every step.
//
// The model says in a few lines what the product promises: who is signed in,
// how far, what proves them, what a change ends, and which code or link still
// works. A walk is some dozens of steps of two people with three browsers each;
// what one does never shows with the other. The same walks run on SQLite and on
// PostgreSQL, over HTTP, with the clock in the walk's hand.
//
// After each step every browser asks who it is, and the answer is the model's;
// at the end of a walk each person's own trail holds exactly one entry for each
// act that succeeded.
//
// A walk that fails is printed, made as short as it can be, and can be walked
// again: go test ./internal/app/model -rapid.failfile=…
package model
