// Package sms sends short texts to phones, through Twilio.
//
// [Sender.Send] puts a text into the caller's transaction, sealed, with a job
// that delivers it: it is sent if, and only if, that transaction commits.
// Neither number nor text is ever logged.
//
//	stored ──job──▶ tried, and counted before ──▶ taken: row removed
//	   ▲                 │
//	   │                 ├──▶ refused for now (429, 5xx): not counted, again later
//	   ├─────────────────┤
//	   │                 └──▶ no answer: again once, for it may have arrived
//	   └ too old, or tried twice without an answer: row removed
//
// Twilio has no way to tell that a request is the same as one before. So a try
// is counted before it is made, and taken back only where an answer says that
// nothing was sent: whatever crashes, a text arrives twice at most. What is
// refused for good (any other 4xx) is dropped and logged by its codes.
//
// Texts cost money and can be sent to numbers that earn it, so they are counted
// in the same transaction: for each account, for each range of numbers and for
// the instance. The counts are rows and outlive a restart.
package sms
