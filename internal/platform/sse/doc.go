// Package sse writes server-sent events (HTML Standard, section 9.2).
//
// Each message has its own time to be taken. A client that stops reading is cut
// off when that is over, and comes back by itself for what it has missed.
// Nothing is queued here: whoever writes reads what is next from where it is
// kept.
package sse
