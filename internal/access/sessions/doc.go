// Package sessions shows a person where they are signed in, and ends what they
// do not want.
//
// Each session is a device in plain words, with when it was first and last
// used. The present one stands first and can't be ended here: that is signing
// out.
package sessions
