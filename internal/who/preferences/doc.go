// Package preferences keeps what a person prefers wherever they work, whatever
// organization they work for: how digital employees talk to them
// ([Interaction]), and how tools behave under their hands ([Configuration]).
//
// Both are read by platforms through the API, and obeyed here: the server
// writes the theme into each page, and pages tell times by the person's clock.
//
// Nobody but the person changes them. Nobody can agree to WhatsApp without a
// phone that was proved by a code: what is kept is which phone that was, and
// when. An agreement ends with its phone, so a number that somebody else may
// have by now is never written to.
package preferences
