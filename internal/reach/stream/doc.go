// Package stream tells the open pages of a person what rings and what has
// changed.
//
//	Send ──► a numbered signal, in the caller's transaction
//	                └──commit──► every open page of the person reads on from the
//	                             last number that it has
//
// A signal is a row, so none is lost and none comes twice: a page that was away,
// or was too slow and was cut off, goes on from its last number. Numbers grow by
// one for each person, in the order of commits. What is older than a while
// concerns nobody any more.
//
// What a person is and may do is no signal but a state. It is compared whenever
// something of theirs was touched, and told if it differs.
//
// A stream looks at its session before each thing that it tells, and every few
// seconds; it ends with it.
package stream
