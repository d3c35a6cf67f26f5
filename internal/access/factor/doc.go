// Package factor keeps what people prove themselves with beside a password:
// authenticator apps (TOTP, RFC 6238) and backup codes for the day the app is
// out of reach.
//
// An app counts only once a code of it was verified, and that code is used up
// by it. A step of the clock is taken once for each app, in the statement that
// compares, so two requests never share a code. The secret of an app is sealed;
// of a backup code only an HMAC is kept. All guesses of a person, by whichever
// method, draw on one budget.
package factor
