// Package sessions shows a person where they are signed in, and ends what they
// do not want.
//
// Each session is a device in plain words, with when it was first and last
// used and, where the operator has a file of places, about where. The present
// one stands first and can't be ended here: that is signing out.
//
// Whoever has lost a device ends everything at once. That raises the credential
// epoch of the account, and no more: sessions, known browsers, tokens, push
// subscriptions and whatever else opens something obey it by holding the epoch
// that they were born under, so none of them can be forgotten here.
package sessions
