// Package notify tells people what happens in the conversations of a platform,
// each in the way they have chosen, and why it did or did not.
//
//	Accept ──► events are durable, the platform gets its 202
//	   └─job─► Decide, for each person ──► ledger
//	                                  └──► mails that wait
//	                                         └─job─► one mail a conversation, or one digest
//
// [Decide] is a pure function: from what has happened, what the person has
// chosen and how they stand, it says for sound, mail and push what is done and
// by which rule. The ledger keeps its answers and the simulator asks it with
// another clock, so a forecast is what happens.
//
// A mail waits a while, and is dropped when the conversation was read
// meanwhile. What waits when it leaves goes into the one mail. Focus and quiet
// hours hold mails back; at their end there is one digest.
//
// Events may come twice, out of order and late: an id is taken once, what is
// older than a day is not delivered, and reading is remembered, so that it
// stops a message that comes after it.
package notify
