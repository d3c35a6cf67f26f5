// Package reauth asks people to prove again who they are.
//
// What can change who gets into an account needs a proof of the last ten
// minutes. The password is one where the account has no second factor; with a
// factor on, only the factor is. The proof belongs to the session, which keeps
// its token.
//
// A form that was stopped for want of a proof is not lost: it travels sealed
// in the page that asks for the proof, bound to the session and for ten
// minutes, and goes on by itself afterwards.
//
// A call that a script makes is stopped in the same way. The script shows the
// same page in a dialog and calls again afterwards (assets/ts/proof.ts).
package reauth
