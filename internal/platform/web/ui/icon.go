package ui

import (
	"html"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"nameplate/assets"
)

// Icon is a drawing of the sprite, such as "user". It says nothing by itself:
// a word stands beside it, or its control has a name. The classes "icon-s"
// (16 px) and "flip" (points along the line) may be added.
//
// Names and classes are our own, so there are few of them, and each is written
// once: pages have dozens.
func Icon(name string, classes ...string) templ.Component {
	key := name + " " + strings.Join(classes, " ")
	if icon, ok := icons.Load(key); ok {
		return icon.(templ.Component)
	}
	icon, _ := icons.LoadOrStore(key, drawn(name, classes))
	return icon.(templ.Component)
}

var icons sync.Map // name and classes → templ.Component

func drawn(name string, classes []string) templ.Component {
	class := strings.Join(append([]string{"icon"}, classes...), " ")
	return templ.Raw(`<svg class="` + html.EscapeString(class) + `" aria-hidden="true"><use href="` +
		html.EscapeString(assets.URL("icons.svg")+"#i-"+name) + `"></use></svg>`)
}
