// Package audit shows the trails of the journal: that of an organization to
// whoever may read it, and a person's own.
//
// A trail is read backwards in pages. A filter is turned into what an index of
// the journal answers at once, so that a page of a million entries costs what
// one of a hundred does. People are named by asking whom a pseudonym leads to;
// of somebody who was deleted only the mark is left.
//
// An export is the filtered trail as a stream, as CSV or as lines of JSON, with
// all that is needed to verify a whole trail without us. Whoever exports is
// entered.
package audit
