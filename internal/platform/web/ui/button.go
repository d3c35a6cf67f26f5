package ui

import "github.com/a-h/templ"

// Kinds of a button. Quiet is the rule; primary is for what waits to be saved
// and stands once on a screen.
const (
	KindQuiet       = ""
	KindPrimary     = "primary"
	KindGhost       = "ghost"
	KindHarm        = "harm"
	KindHarmPrimary = "harm primary"
)

// Button is a button, or with an Href a link that looks like one.
type Button struct {
	Label  string // a verb with its object
	Object string // said after the label to people who don't see the row
	Icon   string
	Kind   string
	Small  bool
	Wide   bool
	Href   string
	Submit bool
	Name   string // sent with the form, with Value
	Value  string
	Dialog string // the id of the dialog it opens
	Off    bool   // not possible now; Label or the state line says why
	Attrs  templ.Attributes
}

func (b Button) class() string {
	class := "btn"
	if b.Kind != "" {
		class += " " + b.Kind
	}
	if b.Small {
		class += " s"
	}
	if b.Wide {
		class += " wide"
	}
	return class
}

func (b Button) kind() string {
	if b.Submit {
		return "submit"
	}
	return "button"
}

// attributes are those that only some buttons have.
func (b Button) attributes() templ.Attributes {
	all := templ.Attributes{}
	for name, value := range b.Attrs {
		all[name] = value
	}
	if b.Name != "" {
		all["name"], all["value"] = b.Name, b.Value
	}
	if b.Dialog != "" {
		all["command"], all["commandfor"] = "show-modal", b.Dialog
	}
	if b.Off {
		all["aria-disabled"] = "true"
	}
	return all
}
