// Package factor keeps what people prove themselves with beside a password:
// passkeys and security keys (Web Authentication), authenticator apps (TOTP,
// RFC 6238), phones that get codes by SMS, and backup codes for the day all of
// them are out of reach.
//
// An app counts only once a code of it was verified, and that code is used up
// by it. A step of the clock is taken once for each app, in the statement that
// compares, so two requests never share a code. The secret of an app is sealed;
// of a backup code only an HMAC is kept. All guesses of a person, by whichever
// method, draw on one budget.
//
// # Passkeys
//
// A passkey answers a challenge, which is a link of platform/once: bound to what
// it is for and to the session that asked, used up by the first answer, right or
// wrong. Package webauthn checks the answer; here is whose passkey it is, and
// what it told of itself. A passkey that verifies its user signs in alone, by
// [Service.Enter], which draws on no budget, because nobody guesses a signature.
// A counter that goes backwards is refused and told to the person; the passkey
// stays, because only they know which one is the copy.
//
// # SMS
//
// Codes by SMS are the least safe method, and weaker than the others on purpose:
//
//   - Owners and admins have none, nor has anybody while one of their
//     organizations rules it out or the operator has no Twilio. See
//     [Service.Refused], which is asked again when a code is taken.
//   - They sign in and prove nothing more: [Service.OfferProof] never has them,
//     and a session that began with one has no fresh proof.
//   - A code belongs to the half session that asked for it and works nowhere
//     else. That of a set-up belongs to the phone.
//
// Somebody may be left with phones that get no codes any more, as when they
// become an admin. The password alone never signs them in: [Service.Offer] asks
// for a backup code then, even if none is left. Taking SMS once more would be
// what the rule forbids, and the password alone what the factor was for.
package factor
