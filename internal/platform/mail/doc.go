// Package mail writes letters and sends them.
//
// A [Letter] is the parts of a mail in the reader's language. It renders both
// twins, text and HTML, from the same parts: a code stands on a line of its own
// before any link, and the first link is the one to act on.
//
// [Mailer.Send] puts the message into the caller's transaction, sealed, with a
// job that delivers it: it is sent if, and only if, that transaction commits.
// Sending never makes anybody wait, so an answer tells nothing by its time.
//
//	stored ──job──▶ accepted by the server: row removed
//	   ▲    │
//	   │    ├────▶ refused for now, or server away: again later
//	   └────┘
//	        └────▶ recipient or contents refused for good: row kept with the reason
//
// A mail may be sent twice, after a crash between sending and removing it, and
// then has the same Message-ID, by which mailboxes know it. Without a mail
// server the rows are an outbox that the operator reads. Rows live seven days
// at most.
//
// Mails that a stranger can cause are limited for each recipient; those over
// the limit are dropped without a word, because a word would tell whether the
// address is known.
package mail
