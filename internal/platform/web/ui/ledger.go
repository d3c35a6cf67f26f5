package ui

import "time"

// Actor is somebody in a ledger.
type Actor struct {
	Name   string
	Masked bool // nobody knows any more who it was
}

// Day is the lines of one day, the newest first.
type Day struct {
	Title string
	Lines []Entry
}

// Entry is a line of a ledger: who did what to whom. What else is known of it
// opens beneath.
type Entry struct {
	At    time.Time
	Clock string // the minute, in the reader's zone
	Tag   Tag
	Who   Actor
	What  string
	Whom  Actor // without a name: nobody else
	Trace []Fact
}
