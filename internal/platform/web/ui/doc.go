// Package ui is the look of the pages: typed components that render the frame,
// sections, fields, notes and the card, and know nothing of people or rules.
//
// A page hands over plain view structs whose texts are already in the reader's
// language; the few words that belong to a component itself come from the
// catalogue by the context. Everything works without script and in both
// directions of writing; what a script adds hangs on data attributes that are
// rendered here, so that its texts are translated too.
package ui
