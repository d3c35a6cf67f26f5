// Package channel keeps on which channels a member of an organization takes
// conversations and how many at once, and tells routing who has room.
//
// A channel has a switch, which is the person's own, and a number, which the
// rules may leave to the person, or to a supervisor, up to a bound of the
// organization. Switching off keeps the number.
//
//	Available  everybody with the channel on, most room first; not who is in focus
//	Reserve    takes a place for a conversation, of one member or of whoever has most room
//	Release    gives it back; otherwise its lease does
//
// Nobody ever holds more conversations than their number, whatever comes at
// once: a place is taken in a transaction that first holds the member's row of
// the channel and then counts. The same conversation asked for again, also at
// the same moment, has one place. Each try is a transaction of its own, so that
// none holds one member while it waits for another.
//
// Places are traffic and no change of anything that people decide, so the
// journal does not hear of them. What a member takes on stands there.
package channel
