// Package db is the only package that knows there are two databases.
//
// Statements are written once, in the SQL that SQLite and PostgreSQL share,
// with $1-style parameters. Each is a typed package variable ([Rows], [Exec]),
// so one test prepares every statement of the program on both engines. Times
// are UTC in microseconds on both.
//
// # Reading and writing
//
// A [DB] reads. Whatever changes something runs in [DB.Tx]:
//
//   - On PostgreSQL each function has a transaction of its own.
//   - On SQLite one goroutine, the writer, owns the only connection that
//     writes. It takes the functions that wait, runs each in a savepoint,
//     commits them together with synchronous=FULL, and only then answers all of
//     them. An fsync is paid once for many.
//
// That has consequences for the function given to Tx. It may run more than
// once, so it must not change anything but through its Tx. It must do nothing
// slow: no hash, no HTTP, no rendering. It never sees the request's
// cancellation, because an interrupt inside SQLite rolls back everybody's rows.
// A Tx within a Tx is refused with [ErrNested].
//
// What must happen after the commit, and only if it commits, is handed to
// [Tx.AfterCommit].
package db
