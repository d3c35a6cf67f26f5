package ui

import "github.com/a-h/templ"

// Part is a section of a page: a heading, one sentence, and what its children
// show. Without a Form the children are the whole body.
type Part struct {
	ID     string // also the anchor of its deep link
	Title  string
	Lead   string
	Aside  templ.Component // at the end of the heading's line
	Danger bool            // outlined; stands last on its page
	Form   *Form           // the section saves, alone
	Bare   bool            // the children bring their own body and foot
	State  Line            // without a Form: the left of the foot
	Acts   templ.Component // without a Form: the right of the foot
	After  templ.Component // below the foot
}

// Form is how a section is saved.
type Form struct {
	Action  string // where it is posted
	Submit  string // the button: a verb with its object
	Plain   bool   // no guard: there is nothing to lose
	Harm    bool   // the button does what can't be undone
	Files   bool   // takes files
	Refused bool   // the last try failed: what is shown is not saved
	Back    string // URL of the page, for discarding after a refused try
	State   Line   // the server's word on the last save
	Hidden  []Pair // sent along, such as the version that is edited
	Acts    templ.Component
}

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// Tones of a line, a note or a tag.
const (
	Good  = "good"
	Warn  = "warn"
	Bad   = "bad"
	Dirty = "dirty" // waits to be saved
	Own   = "own"   // of the reader; tags only
)

// Line is a short word on how things stand. Its tone is "" for a plain one.
type Line struct{ Tone, Text string }

func (p Part) headingID() string { return p.ID + "-h" }

func (p Part) formID() string { return p.ID + "-form" }

func (p Part) class() string {
	if p.Danger {
		return "sect danger"
	}
	return "sect"
}

func (p Part) hasFoot() bool { return p.State.Text != "" || p.Acts != nil }

func (f Form) button() Button {
	b := Button{Label: f.Submit, Submit: true}
	switch {
	case f.Harm:
		b.Kind = KindHarm
	case f.Refused:
		b.Kind = KindPrimary
	}
	return b
}

func (l Line) icon() string {
	switch l.Tone {
	case Good:
		return "check"
	case Warn, Bad:
		return "alert"
	}
	return ""
}
