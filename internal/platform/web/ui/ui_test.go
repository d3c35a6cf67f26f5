package ui_test

import (
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

const evil = `<script>alert("x")</script>'`

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func around(outer templ.Component, inner ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(inner...)), w)
	})
}

// elements lists every element of a page or a part of one.
func elements(t *testing.T, markup string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func fullField(words string) ui.Field {
	return ui.Field{
		Name: "f", Label: words, Hint: words, Below: words, Error: words, Value: words, Optional: true,
		Placeholder: words, Limit: 5, Focus: true, Preview: "bio",
		Visibility: &ui.Visibility{Name: "v", Value: ui.Team},
		Aside:      ui.Words(words), Action: ui.Words(words),
		Options: []ui.Option{{Value: words, Label: words, Lang: "de"}},
		Rules:   []ui.Rule{{Text: words, Min: 1}, {Text: words, Pattern: words}},
	}
}

func fullCard(words string) ui.CardView {
	return ui.CardView{
		ID: words, DisplayName: words, Pronouns: words, Designation: words, Organization: words, Bio: words,
		Email: words, Phone: words, Picture: words, Availability: ui.BackAt, BackAt: words, LocalTime: words,
	}
}

func fullFrame(words string) ui.Frame {
	item := []ui.NavItem{{Icon: "user", Label: words, Href: words, Current: true, Count: words}}
	return ui.Frame{
		Title: words, Fault: words, Lang: "en", Dir: "ltr", Theme: "dark",
		Person:       &ui.Person{Name: words, Email: words, Picture: words},
		Organization: &ui.Org{Name: words, Role: words, Logo: words, Switch: &ui.Switch{Action: words, Return: words, Choices: []ui.OrgChoice{{ID: words, Name: words, Role: words, Logo: words, Current: true}}, All: ui.NavItem{Label: words, Href: words}}},
		Nav:          []ui.NavGroup{{ID: "n", Title: words, Items: item}},
		Foot:         item, Mine: item, SignOut: words, Scripts: []string{"card.js"},
	}
}

// everything is each component in each of its states, with the same words in
// every place that takes words.
func everything(words string) map[string]templ.Component {
	f, card, frame := fullField(words), fullCard(words), fullFrame(words)
	locked := f
	locked.Lock = &ui.Lock{Rule: words, Source: words, Ask: &ui.Button{Label: words, Object: words}, Waits: words}
	pinned := ui.Field{Name: "p", Label: words, Visibility: &ui.Visibility{Value: ui.Private, Pinned: true}}
	digital := card
	digital.DigitalEmployee, digital.Initials, digital.Availability = true, true, ui.Here
	button := ui.Button{Label: words, Object: words, Icon: "plus", Name: words, Value: words, Dialog: words, Off: true, Small: true, Wide: true}
	link := ui.Button{Label: words, Href: words}
	gate := ui.Gate{
		Title: words, Heading: words, Lead: words, Fault: words, Lang: "en", Dir: "ltr", Logo: words,
		Languages: []ui.Language{{Tag: "de", Name: words, Href: words, Current: true}},
		Links:     []ui.NavItem{{Label: words, Href: words}},
	}
	form := ui.Form{Action: words, Submit: words, Files: true, Back: words, State: ui.Line{Tone: ui.Good, Text: words}, Hidden: []ui.Pair{{Name: words, Value: words}}}
	refused, plain := form, form
	refused.Refused, plain.Plain, plain.Harm = true, true, true
	section := ui.Part{ID: "s", Title: words, Lead: words, Aside: ui.Words(words), After: ui.Words(words)}
	withForm := func(f ui.Form) ui.Part { p := section; p.Form = &f; return p }
	danger := section
	danger.Danger, danger.State, danger.Acts = true, ui.Line{Tone: ui.Bad, Text: words}, ui.ButtonOf(button)
	bare := section
	bare.Bare = true
	left, corner, plainPage := frame, frame, ui.Frame{Title: words, Lang: "en", Dir: "ltr", Layout: ui.LayoutTabs}
	left.Menu, left.Layout = ui.MenuLeft, ui.LayoutRail
	corner.Menu, corner.Layout = ui.MenuBottomRight, ui.LayoutWide

	inside := ui.Words(words)
	all := map[string]templ.Component{
		"page, menu on top":      around(ui.Page(frame), inside),
		"page, menu at the left": around(ui.Page(left), inside),
		"page, menu in a corner": around(ui.Page(corner), inside),
		"page without anybody":   around(ui.Page(plainPage), inside),
		"door":                   around(ui.Door(gate), inside),
		"door, bare":             ui.Door(ui.Gate{Title: words, Lang: "en", Dir: "ltr"}),
		"bare":                   around(ui.Bare(frame), inside),
		"head":                   ui.Head(words, words),
		"section, form":          around(ui.Section(withForm(form)), inside),
		"section, refused":       around(ui.Section(withForm(refused)), inside),
		"section, plain form":    around(ui.Section(withForm(plain)), inside),
		"section, danger":        around(ui.Section(danger), inside),
		"section, bare":          around(ui.Section(bare), inside),
		"sub":                    around(ui.Sub("sub", words), inside),
		"side by side":           around(ui.SideBySide(), inside),
		"text field":             ui.TextField(f),
		"text field, pinned":     ui.TextField(pinned),
		"text field, locked":     ui.TextField(locked),
		"text area":              ui.TextArea(f),
		"text area, locked":      ui.TextArea(locked),
		"select":                 ui.SelectField(f),
		"select, locked":         ui.SelectField(locked),
		"password":               ui.PasswordField(f),
		"code":                   ui.CodeField(f),
		"locked, empty":          ui.Locked(ui.Field{Name: "l", Label: words}),
		"button":                 ui.ButtonOf(button),
		"link":                   ui.ButtonOf(link),
		"icon button":            ui.IconButton("plus", words, nil),
		"acts":                   ui.Acts(button, link),
		"note":                   around(ui.Note(ui.Remark{Tone: ui.Warn, Lead: words, Text: words, Acts: []ui.Button{button}, Alert: true}), inside),
		"summary":                ui.ErrorSummary([]ui.Fault{{Field: words, Text: words}, {Text: words}}),
		"state":                  ui.StateLine(ui.Line{Tone: ui.Good, Text: words}),
		"facts":                  ui.Facts([]ui.Fact{{Term: words, Value: inside, Note: words, Act: &ui.Button{Label: words, Object: words, Href: words}}}),
		"rows":                   ui.Rows(words, []ui.Row{{Icon: "user", Name: words, Tags: []ui.Tag{{Word: words}}, Meta: words, Side: words, Act: inside}}),
		"rows with pictures":     ui.Rows(words, []ui.Row{{Picture: &ui.Picture{URL: words, Alt: words}, Name: words}}),
		"bones":                  ui.Bones(words, 2),
		"table":                  ui.Table(words, []string{words, ""}, [][]templ.Component{{inside, inside}}),
		"unfold":                 around(ui.Unfold(words, true), inside),
		"empty":                  around(ui.Empty(words, words), inside),
		"pictures":               templ.Join(ui.Pic(ui.Picture{}), ui.Pic(ui.Picture{AI: true, Size: ui.PicL})),
		"tag":                    ui.TagOf(ui.Own, "check", words),
		"tabs":                   ui.Tabs([]ui.Tab{{Anchor: words, Label: words}}),
		"rail":                   around(ui.Rail("r", words, words), inside),
		"card":                   ui.Card(card),
		"card, digital":          ui.Card(digital),
		"card, away":             ui.Card(ui.CardView{DisplayName: words, Availability: ui.Away, Own: true}),
		"card, loading":          ui.Card(ui.CardView{Loading: true}),
		"card, preview":          ui.CardPreview(card),
		"card, live":             ui.LiveCard(card, words),
		"crop":                   ui.CropForm(ui.Cropper{Action: words, Picture: words, Remove: words, Error: words, State: ui.Line{Text: words}}),
		"oops":                   ui.Oops(ui.Trouble{Number: "404", Title: words, Text: words, Way: link, Request: words}),
		"oops, offline":          ui.Oops(ui.Trouble{Icon: "offline", Word: words, Title: words, Way: button}),
		"dialog":                 around(ui.Dialog(ui.Question{ID: "d", Title: words, Lead: words, Action: words, Yes: button, Hidden: []ui.Pair{{Name: words, Value: words}}}), inside),
		"dialog in place":        around(ui.Dialog(ui.Question{ID: "d", Title: words, Static: true}), inside),
		"toast":                  ui.Toast("users", words),
		"copy":                   ui.Copy(words, words),
		"time":                   ui.Time(time.Unix(0, 0), words, words+"!"),
		"time, exact":            ui.Time(time.Unix(0, 0), words, ""),
		"local time":             ui.LocalTime(time.Unix(0, 0), words),
		"or":                     ui.Or(),
		"gallery":                around(ui.Page(ui.Frame{Title: words, Lang: "en", Dir: "ltr", Layout: ui.LayoutWide}), ui.Gallery()),
	}
	return all
}

func TestNothingThatPeopleTypeBecomesMarkup(t *testing.T) {
	for name, c := range everything(evil) {
		for _, n := range elements(t, render(t, context.Background(), c)) {
			if _, ours := attr(n, "src"); n.Data == "script" && !ours {
				t.Errorf("%s: a script came from words", name)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: <%s> has the attribute %s", name, n.Data, a.Key)
				}
			}
		}
	}
}

func TestAScriptIsNoAddress(t *testing.T) {
	const script = "javascript:alert(1)"
	for name, c := range everything(script) {
		for _, n := range elements(t, render(t, context.Background(), c)) {
			for _, a := range n.Attr {
				if (a.Key == "href" || a.Key == "action" || a.Key == "formaction") && strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestWhatRefersToAnotherElementFindsIt(t *testing.T) {
	page := render(t, context.Background(), everything("x")["gallery"])
	ids := map[string]bool{}
	for _, n := range elements(t, page) {
		if id, ok := attr(n, "id"); ok {
			if ids[id] {
				t.Errorf("two elements are called %s", id)
			}
			ids[id] = true
		}
	}
	for _, n := range elements(t, page) {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "commandfor", "form"} {
			value, _ := attr(n, name)
			for id := range strings.FieldsSeq(value) {
				if !ids[id] {
					t.Errorf("<%s %s=%q> leads nowhere", n.Data, name, id)
				}
			}
		}
	}
}

func TestEveryWordOfTheComponentsIsInTheCatalogue(t *testing.T) {
	key := regexp.MustCompile(`\bui\.[a-z_]+`)
	for _, language := range append(i18n.Languages(), i18n.Language{Tag: i18n.Pseudo}) {
		ctx := i18n.With(context.Background(), language.Tag)
		for name, c := range everything("x") {
			if raw := key.FindString(render(t, ctx, c)); raw != "" {
				t.Errorf("%s: %s shows %s", language.Tag, name, raw)
			}
		}
	}
}

func input(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	all := elements(t, render(t, context.Background(), c))
	i := slices.IndexFunc(all, func(n *html.Node) bool {
		return n.Data == "input" || n.Data == "textarea" || n.Data == "select" && hasClass(n, "input")
	})
	if i < 0 {
		t.Fatal("there is nothing to fill in")
	}
	return all[i]
}

func hasClass(n *html.Node, name string) bool {
	value, _ := attr(n, "class")
	return slices.Contains(strings.Fields(value), name)
}

func TestAFieldSaysWhatIsWrongWithIt(t *testing.T) {
	n := input(t, ui.TextField(ui.Field{Name: "phone", Label: "Phone", Hint: "With country code", Error: "Begin with +"}))
	if got, _ := attr(n, "aria-describedby"); got != "phone-hint phone-error" {
		t.Errorf("it is described by %q", got)
	}
	if got, _ := attr(n, "aria-invalid"); got != "true" {
		t.Error("it doesn't count as wrong")
	}
}

func TestAFieldIsRequiredUnlessItIsMarkedOptional(t *testing.T) {
	for _, optional := range []bool{true, false} {
		c := ui.TextField(ui.Field{Name: "bio", Label: "Bio", Optional: optional})
		_, required := attr(input(t, c), "required")
		marked := strings.Contains(render(t, context.Background(), c), "(optional)")
		if required == optional || marked != optional {
			t.Errorf("optional %v: required %v, marked %v", optional, required, marked)
		}
	}
}

func TestAddressesAndNumbersReadFromLeftToRight(t *testing.T) {
	for kind, want := range map[string]string{"email": "ltr", "tel": "ltr", "url": "ltr", "": "auto"} {
		if got, _ := attr(input(t, ui.TextField(ui.Field{Name: "f", Type: kind})), "dir"); got != want {
			t.Errorf("%q reads %s", kind, got)
		}
	}
}

func TestAPasswordIsNeverSentBack(t *testing.T) {
	markup := render(t, context.Background(), ui.PasswordField(ui.Field{Name: "p", Label: "Password", Value: "hunter2hunter2"}))
	if strings.Contains(markup, "hunter2") {
		t.Error("the password is in the page")
	}
}

func TestALockedFieldIsTextWithItsReason(t *testing.T) {
	field := ui.Field{Name: "designation", Label: "Designation", Value: "Head", Lock: &ui.Lock{Rule: "Fixed for admins", Source: "Set by Nora"}}
	markup := render(t, context.Background(), ui.TextField(field))
	for _, n := range elements(t, markup) {
		if n.Data == "input" {
			t.Error("it can still be typed in")
		}
	}
	for _, words := range []string{"Head", "Fixed for admins", "Set by Nora"} {
		if !strings.Contains(markup, words) {
			t.Errorf("it doesn't say %q", words)
		}
	}
}

func TestAPinnedVisibilityIsAWordAndNoChoice(t *testing.T) {
	markup := render(t, context.Background(), ui.VisibilityOf("Bio", ui.Visibility{Name: "v", Value: ui.Team, Pinned: true}, "bio"))
	if strings.Contains(markup, "<select") || !strings.Contains(markup, "Set by your organization") {
		t.Errorf("it reads %s", markup)
	}
}

func TestTheSummaryLeadsToEachWrongField(t *testing.T) {
	markup := render(t, context.Background(), ui.ErrorSummary([]ui.Fault{{Field: "phone", Text: "Begin with +"}, {Field: "bio", Text: "Too long"}}))
	for _, link := range []string{`href="#phone"`, `href="#bio"`, `tabindex="-1"`} {
		if !strings.Contains(markup, link) {
			t.Errorf("%s is missing in %s", link, markup)
		}
	}
	if render(t, context.Background(), ui.ErrorSummary(nil)) != "" {
		t.Error("it shows although nothing is wrong")
	}
}

func TestTheWindowIsCalledByTheFirstWrongField(t *testing.T) {
	frame := ui.Frame{Title: "Profile", Fault: "Phone", Lang: "en", Dir: "ltr"}
	if markup := render(t, context.Background(), ui.Page(frame)); !strings.Contains(markup, "<title>Check Phone – Profile") {
		t.Error("the title doesn't begin with the field")
	}
}

func TestTheAvatarMenuStandsOnceWhereverItIsSet(t *testing.T) {
	for _, corner := range []string{"", ui.MenuTopRight, ui.MenuBottomRight, ui.MenuLeft} {
		frame := fullFrame("x")
		frame.Menu = corner
		if n := strings.Count(render(t, context.Background(), ui.Page(frame)), `id="me-menu"`); n != 1 {
			t.Errorf("%q: %d menus", corner, n)
		}
	}
}

func TestACardShowsNothingThatItWasNotGiven(t *testing.T) {
	markup := render(t, context.Background(), ui.Card(ui.CardView{DisplayName: "Mei", Picture: "/p.webp"}))
	for _, class := range []string{"card-pro", "card-role", "card-org", "card-bio", "card-reach", "card-foot", "card-ai"} {
		if strings.Contains(markup, class) {
			t.Errorf("%s is there, and empty", class)
		}
	}
}

func TestTheScriptDrawsTheCardWithTheSameParts(t *testing.T) {
	source, err := os.ReadFile("../../../../assets/ts/card.ts")
	if err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`\bcard-[a-z]+`)
	digital := fullCard("x")
	digital.DigitalEmployee = true
	ours := parts(part, render(t, context.Background(), templ.Join(ui.Card(digital), ui.Card(fullCard("x")))), "card-wrap")
	theirs := parts(part, string(source), "")
	if !slices.Equal(ours, theirs) {
		t.Errorf("the server draws %v, the script %v", ours, theirs)
	}
}

func parts(part *regexp.Regexp, text, but string) []string {
	found := part.FindAllString(text, -1)
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(name string) bool { return name == but })
}

func TestAnOptionThatIsWrittenAlreadyLooksLikeAnyOther(t *testing.T) {
	plain := []ui.Option{{Label: "Not told"}, {Value: "a", Label: `<A> & "B"`, Lang: "de"}, {Value: `"b"`, Label: "B"}}
	written := make([]ui.Option, len(plain))
	for i, o := range plain {
		written[i] = o.Written()
	}
	for _, chosen := range []string{"", "a", `"b"`, "other"} {
		want := render(t, t.Context(), ui.SelectField(ui.Field{Name: "zone", Value: chosen, Options: plain}))
		if got := render(t, t.Context(), ui.SelectField(ui.Field{Name: "zone", Value: chosen, Options: written})); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", chosen, got, want)
		}
	}
}
