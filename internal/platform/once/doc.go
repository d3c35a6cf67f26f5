// Package once keeps the codes and links that work one time.
//
// A code is six digits that a person types. A million guesses find it, so it
// belongs to one flow, lives for minutes, is taken after [Tries] wrong guesses
// no more, and is kept only as an HMAC under the server's key: a bare hash of
// six digits tells them. A link is a token of 256 random bits, kept as its
// SHA-256 and found by it.
//
// What a secret is for is its purpose, whom or what it concerns its flow: an
// id, never an address. Each pair has at most one code and one link; a newer
// one ends the older.
//
// # Taking one
//
// Whoever takes a secret does so in one statement that looks, counts and marks
// it as used, and does it in the transaction that the secret allows. Of many
// who submit it at once, one succeeds.
//
// A wrong code is counted by the same statement, and therefore only if the
// caller's transaction commits. So a wrong code must not be the error of that
// transaction. Let it commit, and report the wrong code afterwards:
//
//	var ok bool
//	err := d.Tx(ctx, func(tx *db.Tx) (err error) {
//		if ok, err = codes.TakeCode(ctx, tx, purpose, flow, typed); err != nil || !ok {
//			return err
//		}
//		return change(ctx, tx)
//	})
//	if err == nil && !ok {
//		err = once.ErrCode
//	}
package once
