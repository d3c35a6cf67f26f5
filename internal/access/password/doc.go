// Package password keeps what people know.
//
// A password is stored as an argon2id PHC string and made, checked and
// compared in one place: bytes exactly as typed, held against the rules that
// package rules spells for page and check alike, hashed in the bounded pool.
// For an account that does not exist, or has no password, the same work is
// done against a dummy, so that the time of an answer tells nothing.
package password
