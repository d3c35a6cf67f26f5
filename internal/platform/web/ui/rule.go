package ui

import "strconv"

// Step is a layer that a rule's value comes from, on the small ladder that
// stands beside its name.
type Step uint8

// The layers, from the most general.
const (
	StepInstance Step = iota
	StepOrganization
	StepRole
	StepProvider
	steps
)

// Layer says where a value comes from.
type Layer struct {
	Step Step
	Name string // of the layer, in bold
	Note string // who set it and when, or what it was before
}

// RuleRow is one rule: what it does, where its value comes from, and a choice
// of others. Rules that belong together have one row with a choice each.
type RuleRow struct {
	Title   string
	Effect  string // what the value does, as a sentence
	Layers  []Layer
	New     bool    // not saved yet
	Choices []Field // selects; their labels are not shown
}

// RuleList is rules, one below the other. Columns name the choices where a row
// has several.
type RuleList struct {
	Label   string
	Columns []string
	Rows    []RuleRow
}

func (l RuleList) class() string {
	if len(l.Columns) > 0 {
		return "policy many"
	}
	return "policy"
}

// column is the name of a choice, empty where a row has only one.
func (l RuleList) column(i int) string {
	if i < len(l.Columns) {
		return l.Columns[i]
	}
	return ""
}

func (r RuleRow) class() string {
	if r.New {
		return "rule is-new"
	}
	return "rule"
}

// bar is one bar of the ladder.
type bar struct{ x, y, height string }

func bars() (all []bar) {
	for i := range int(steps) {
		all = append(all, bar{strconv.Itoa(7 * i), strconv.Itoa(9 - 3*i), strconv.Itoa(3 + 3*i)})
	}
	return all
}

// Outlook is what a change would do, told before it is made.
type Outlook struct {
	ID     string
	Title  string
	Note   string // on how many it was tried
	Line   string // the tally in words
	Bad    int    // people
	Warn   int
	Others int
	Groups []OutlookGroup
}

// OutlookGroup is people whom it meets in the same way.
type OutlookGroup struct {
	Tag  Tag
	Text string
}

// tallyMost is the most people that are drawn one by one.
const tallyMost = 60

// blocks draws people in their order. More than tallyMost are drawn in
// proportion, but nobody who is met is lost.
func (o Outlook) blocks() (all []block) {
	total := o.Bad + o.Warn + o.Others
	for _, part := range []struct {
		class string
		n     int
	}{{"t-bad", o.Bad}, {"t-warn", o.Warn}, {"", o.Others}} {
		n := part.n
		if total > tallyMost {
			n = (part.n*tallyMost + total - 1) / total
		}
		for range n {
			all = append(all, block{part.class, strconv.Itoa(20 * len(all))})
		}
	}
	return all
}

type block struct{ class, x string }

// viewBox leaves room where people are few, so that a block is never wider than
// in a team of this size.
func (o Outlook) viewBox() string { return "0 0 " + strconv.Itoa(20*max(len(o.blocks()), 14)) + " 12" }
