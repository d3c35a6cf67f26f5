// Package limit says how often something may be tried.
//
// A [Rule] allows a number of tries in a span of time for each subject: an
// address, an account, a network. The limits are rows, so they hold over all
// nodes and over restarts; a subject is kept as an HMAC, whether it is known
// or not.
//
// The window slides over two spans. A span begins with the first try, and with
// the first one after a span is over; tries of the span before count as well,
// until the last one is a whole span ago. So in no span of time, wherever it
// begins, are more tries taken than the rule allows. The price is that someone
// who tries steadily gets as little as half of it. A try that is refused
// changes nothing and does not lengthen the wait.
package limit
