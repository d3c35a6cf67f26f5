// Package message carries what digital employees write to people, the way
// those people have agreed to.
//
//	Send ──► taken once, by the sender's id ──► mail or WhatsApp ──► sent, or failed
//	  └────► refused: the person wants neither
//
// A message goes to WhatsApp if the person has agreed to it, with a phone that
// they have proved, and by mail if they take that. Who has agreed to neither is
// not written to. What they want is read in the transaction that takes the
// message, so that no message is taken after somebody has withdrawn.
//
// Only the API client that a digital employee was given speaks in its name, and
// whoever manages members, to try it out. The words of a message are kept no
// longer than its delivery takes; that it was taken, and what became of it, is
// kept for thirty days.
package message
