// Package apptest starts the whole server for tests, on each database, and
// talks to it over HTTP as browsers and programs do.
//
// The clock stands still until a test moves it, codes are known beforehand,
// passwords are hashed at hardly any cost, and a pause is noted instead of
// waited for. All else is what a person gets: the listener, the border, the
// writer, the sealer.
package apptest
