package ui

import (
	"context"
	"encoding/json"

	"nameplate/internal/platform/i18n"
)

// Where the avatar menu stands, an instance's choice.
const (
	MenuTopRight    = "top-right"
	MenuBottomRight = "bottom-right"
	MenuLeft        = "left"
)

// How the content of a page is laid out on a wide screen.
const (
	LayoutPlain = ""     // one column
	LayoutRail  = "rail" // a Rail stands beside the sections
	LayoutTabs  = "tabs" // the Tabs stand beside the sections
	LayoutWide  = "wide" // the whole width: the gallery, the guide
)

// Frame is what stands around the content of a page.
type Frame struct {
	Title        string // what the page is about; first in the window's title
	Fault        string // the label of the first wrong field after a failed save
	Lang         string // BCP 47
	Dir          string // "ltr" or "rtl"
	Theme        string // "light", "dark" or "" to follow the system
	Menu         string // MenuTopRight (also when empty), MenuBottomRight or MenuLeft
	Layout       string // LayoutPlain, LayoutRail or LayoutTabs
	Person       *Person
	Organization *Org
	Standing     *Remark // stands above the content of every page until what it says is done
	Nav          []NavGroup
	NavLabel     string    // what the side bar is called; "Settings" when empty
	Foot         []NavItem // at the foot of the side bar: guide and support
	Mine         []NavItem // in the avatar menu, above signing out
	SignOut      string    // where the sign-out form is posted
	Scripts      []string  // further files of package assets, such as "card.js"
	Bell         *Bell     // nil: nothing rings
}

// Bell rings for a person while a page is open.
type Bell struct {
	Person string            // id
	Words  map[string]string // what has happened, by kind; "other" for the rest
}

func (b Bell) words() string {
	text, err := json.Marshal(b.Words)
	if err != nil {
		panic(err) // a map of texts is always JSON
	}
	return string(text)
}

// Person is whoever is signed in.
type Person struct {
	Name    string
	Email   string
	Picture string // URL
}

// Org is the organization the pages speak of.
type Org struct {
	Name   string
	Role   string  // a sentence, such as "You are an admin"
	Logo   string  // URL, or empty
	Switch *Switch // to another organization; nil: there is no way to one
}

// Switch is the menu that leads to other organizations.
type Switch struct {
	Action  string // where the choice is posted, as "organization"
	Return  string // the page to come back to, as "return_to"
	Choices []OrgChoice
	All     NavItem // the page of all organizations
}

// OrgChoice is one organization of the menu.
type OrgChoice struct {
	ID      string
	Name    string
	Role    string // in one word
	Logo    string // URL, or empty
	Current bool
}

// NavGroup is a titled group of links in the side bar.
type NavGroup struct {
	ID    string // unique on the page
	Title string
	Items []NavItem
}

// NavItem is one link of the side bar or the menu.
type NavItem struct {
	Icon    string
	Label   string
	Href    string
	Current bool // the page that is shown
	Count   string
}

// Language is one link of the door's foot.
type Language struct {
	Tag     string // BCP 47
	Name    string // in its own words
	Href    string
	Current bool
}

// Gate is what stands around a form at the door: sign-in, sign-up and the
// pages of mail links.
type Gate struct {
	Title     string
	Heading   string // the title when empty
	Lead      string
	Fault     string // as in Frame
	Lang      string
	Dir       string
	Theme     string
	Logo      string // URL of the organization's logo; our own mark when empty
	Languages []Language
	Links     []NavItem // guide, support
	Scripts   []string
}

func (f Frame) mainClass() string {
	switch f.Layout {
	case LayoutRail:
		return "with-rail"
	case LayoutTabs:
		return "page with-toc"
	case LayoutWide:
		return "gallery plates"
	}
	return "page"
}

func (f Frame) navLabel(ctx context.Context) string {
	if f.NavLabel != "" {
		return f.NavLabel
	}
	return i18n.T(ctx, "ui.settings")
}

func (f Frame) menuOnTop() bool {
	return f.Menu != MenuBottomRight && f.Menu != MenuLeft
}

func (g Gate) heading() string {
	if g.Heading == "" {
		return g.Title
	}
	return g.Heading
}

// windowTitle is what the window is called. After a failed save the first
// wrong field comes first, because that is what is read out first.
func windowTitle(ctx context.Context, title, fault string) string {
	if fault == "" {
		return i18n.T(ctx, "ui.window_title", "Title", title)
	}
	return i18n.T(ctx, "ui.window_title_fault", "Title", title, "Field", fault)
}

func colorScheme(theme string) string {
	if theme == "" {
		return "light dark"
	}
	return theme
}
