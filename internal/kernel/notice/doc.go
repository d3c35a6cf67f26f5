// Package notice tells a person that something about the safety of their
// account has changed.
//
// A notice goes to every address that the account had just before the change,
// in the person's language. No budget holds it back, and it waits for no other
// one (docs/decisions/0017). Each copy carries a link of its own, the revert
// key, which works once within seven days. What the link does stands in
// access/revert; here is only what it needs to know of that moment, which is
// the same for all copies: the address, whether it was the primary one, and the
// hash of the password. Both are sealed and go with the key.
//
// A notice is written before the transaction of its change, because rendering
// has no place in one, and sent within it:
//
//	n, err := notices.Write(ctx, user, "password.changed", words)
//	err = d.Tx(ctx, func(tx *db.Tx) error {
//		if err := notices.Send(ctx, tx, n); err != nil { // before the rows of addresses change
//			return err
//		}
//		return change(ctx, tx)
//	})
package notice
