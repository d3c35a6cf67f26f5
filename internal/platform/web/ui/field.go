package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Field is one thing to fill in. Texts are translated already; an empty one is
// left out.
type Field struct {
	Name         string
	ID           string // Name when empty
	Label        string
	Hint         string // between label and control
	Below        string // under the control, quiet
	Error        string // what is wrong, and what to do
	Value        string
	Optional     bool
	Unmarked     bool   // optional without a word, as in a search
	Type         string // of the input; "text" when empty
	Autocomplete string // HTML's tokens, such as "given-name"
	InputMode    string
	EnterKey     string // enterkeyhint
	Dir          string // by Type when empty
	Placeholder  string
	Prose        bool // words to be spelled right, not a name or a code
	Rows         int  // of a text area
	Limit        int  // characters; a text area counts against it
	Focus        bool // has the focus when the page opens
	Visibility   *Visibility
	Aside        templ.Component // on the label's line, such as a link
	Action       templ.Component // beside the control, such as a button
	Preview      string          // the part of the card it fills, such as "display_name"
	Options      []Option        // of a select
	Rules        []Rule          // of a new password
	Lock         *Lock           // shown instead of the control
}

// Option is one choice of a select.
type Option struct {
	Value, Label, Lang string
	Note               string // quiet, below the label; of a radio button only

	written string // the option as HTML when it is not chosen; see Written
}

// optionsOf are the options of a field. One that is written already goes out
// as it is: to ask a component for each of some hundred would cost more than
// the rest of the page.
func optionsOf(f Field) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) (err error) {
		for _, o := range f.Options {
			if chosen := o.Value == f.Value; o.written == "" || chosen {
				err = optionOf(o, chosen).Render(ctx, w)
			} else {
				_, err = io.WriteString(w, o.written)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Written returns an option that is written already, for long lists that stand
// on many pages: escaping hundreds of options would cost more than all else.
func (o Option) Written() Option {
	o.written = ""
	var b strings.Builder
	if err := optionOf(o, false).Render(context.Background(), &b); err != nil {
		panic(err) // writing to memory does not fail
	}
	o.written = b.String()
	return o
}

// Who may see a field.
const (
	Public  = "public"
	Team    = "team"
	Private = "private"
)

// Visibility is who sees one field, and whether that can be chosen.
type Visibility struct {
	Name   string // of the select
	Value  string // Public, Team or Private
	Pinned bool   // it can't be chosen
	Why    string // why it is pinned; that the organization has decided when empty
}

// Rule is one rule of a new password that can be ticked off while typing:
// either Min characters or more, or a Pattern that must be found.
type Rule struct {
	Text    string
	Min     int
	Pattern string // a JavaScript pattern with the flags s and u
}

// Lock says why a field can't be edited here.
type Lock struct {
	Rule   string // the rule's name
	Source string // who set it, where, when, and who can change it
	Ask    *Button
	Waits  string // what was asked for already
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Field) labelID() string { return f.id() + "-l" }
func (f Field) hintID() string  { return f.id() + "-hint" }
func (f Field) belowID() string { return f.id() + "-below" }
func (f Field) errorID() string { return f.id() + "-error" }
func (f Field) rulesID() string { return f.id() + "-rules" }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// direction is that of the content: addresses and numbers read from left to
// right everywhere, a person's own words as they are.
func (f Field) direction() string {
	switch {
	case f.Dir != "":
		return f.Dir
	case f.Type == "email", f.Type == "tel", f.Type == "url", f.Type == "password":
		return "ltr"
	}
	return "auto"
}

func (f Field) onTop() bool { return f.Visibility != nil || f.Aside != nil }

// describedBy lists the ids of what is said about the field, in reading order.
func (f Field) describedBy() string {
	ids := ""
	add := func(present bool, id string) {
		if present && ids != "" {
			ids += " "
		}
		if present {
			ids += id
		}
	}
	add(f.Hint != "", f.hintID())
	add(len(f.Rules) > 0, f.rulesID())
	add(f.Below != "" || f.Limit > 0, f.belowID())
	add(f.Error != "", f.errorID())
	return ids
}

// control holds the attributes that inputs, text areas and selects share.
func (f Field) control() templ.Attributes {
	all := templ.Attributes{"id": f.id(), "name": f.Name, "data-label": f.Label}
	set := func(name, value string) {
		if value != "" {
			all[name] = value
		}
	}
	set("autocomplete", f.Autocomplete)
	set("aria-describedby", f.describedBy())
	set("data-card", f.Preview)
	if f.Error != "" {
		all["aria-invalid"] = "true"
	}
	if !f.Optional {
		all["required"] = true
	}
	if f.Focus {
		all["autofocus"] = true
	}
	return all
}

// choice is control for a select. One that offers an empty choice asks for
// nothing.
func (f Field) choice() templ.Attributes {
	all := f.control()
	if len(f.Options) > 0 && f.Options[0].Value == "" {
		delete(all, "required")
	}
	return all
}

// typed adds what matters only where people type.
func (f Field) typed() templ.Attributes {
	all := f.control()
	set := func(name, value string) {
		if value != "" {
			all[name] = value
		}
	}
	set("inputmode", f.InputMode)
	set("enterkeyhint", f.EnterKey)
	set("placeholder", f.Placeholder)
	all["dir"] = f.direction()
	all["spellcheck"] = "false"
	if f.Prose {
		all["spellcheck"] = "true"
	}
	if f.Type == "email" || f.Type == "url" || f.Type == "password" {
		all["autocapitalize"] = "none"
	}
	return all
}

func (r Rule) attributes() templ.Attributes {
	if r.Pattern != "" {
		return templ.Attributes{"data-rule": "pattern", "data-pattern": r.Pattern}
	}
	return templ.Attributes{"data-rule": "length", "data-min": r.Min}
}
