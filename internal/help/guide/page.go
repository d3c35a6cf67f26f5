package guide

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Audience is for whom a page is written.
type Audience string

// The audiences, in the order in which the list has them.
const (
	Agents    Audience = "agents"
	Builders  Audience = "builders"
	Operators Audience = "operators"
)

var audiences = []Audience{Agents, Builders, Operators}

// Page is one page of the guide, ready to be shown.
type Page struct {
	Name     string // of its address
	Title    string
	Summary  string // one sentence
	Audience Audience
	Order    int // among the pages of its audience
	Keeper   string
	Checked  time.Time // when it was last held against the product
	HTML     string
	Sections []Section
}

// Section is a heading of a page that can be linked to.
type Section struct{ Anchor, Title string }

// path is the address of the page.
func (p Page) path() string { return base + "/" + p.Name }

// Read returns every page in the folder guide of files, by audience and order.
func Read(files fs.FS) ([]Page, error) {
	names, err := fs.Glob(files, "guide/*.md")
	if err != nil {
		return nil, err
	}
	var all []Page
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		p, err := read(strings.TrimSuffix(path.Base(name), ".md"), source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Page) int {
		if a.Audience != b.Audience {
			return slices.Index(audiences, a.Audience) - slices.Index(audiences, b.Audience)
		}
		return a.Order - b.Order
	})
	return all, nil
}

func read(name string, source []byte) (Page, error) {
	head, body, err := split(source)
	if err != nil {
		return Page{}, err
	}
	p := Page{
		Name: name, Title: head["title"], Summary: head["summary"], Audience: Audience(head["for"]), Keeper: head["keeper"],
	}
	if !slices.Contains(audiences, p.Audience) {
		return p, fmt.Errorf("for: %q is no audience", head["for"])
	}
	if p.Title == "" || p.Summary == "" || p.Keeper == "" {
		return p, errors.New("title, summary or keeper is missing")
	}
	if p.Order, err = strconv.Atoi(head["order"]); err != nil {
		return p, fmt.Errorf("order: %w", err)
	}
	if p.Checked, err = time.Parse(time.DateOnly, head["checked"]); err != nil {
		return p, fmt.Errorf("checked: %w", err)
	}
	return p, p.render(body)
}

// split takes the lines between two of three dashes off the text: a name, a
// colon and a value each.
func split(source []byte) (head map[string]string, body []byte, err error) {
	rest, ok := bytes.CutPrefix(source, []byte("---\n"))
	if !ok {
		return nil, nil, errors.New("does not begin with what is known of it")
	}
	lines, body, ok := bytes.Cut(rest, []byte("\n---\n"))
	if !ok {
		return nil, nil, errors.New("what is known of it has no end")
	}
	head = map[string]string{}
	for line := range strings.SplitSeq(string(lines), "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, nil, fmt.Errorf("%q has no colon", line)
		}
		head[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return head, body, nil
}

// markdown leaves raw HTML out and refuses addresses that run something.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(dress{}, 1000))),
)

func (p *Page) render(source []byte) error {
	doc := markdown.Parser().Parse(text.NewReader(source))
	p.Sections = sections(doc, source)
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, source, doc); err != nil {
		return err
	}
	p.HTML = out.String()
	return nil
}

// sections returns the headings right below the page's own title.
func sections(doc ast.Node, source []byte) []Section {
	var all []Section
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || h.Level != 2 {
			continue
		}
		if id, ok := h.AttributeString("id"); ok {
			all = append(all, Section{Anchor: string(id.([]byte)), Title: words(h, source)})
		}
	}
	return all
}

// words is the text of a heading without its markup.
func words(n ast.Node, source []byte) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			out.Write(t.Segment.Value(source))
			continue
		}
		out.WriteString(words(c, source))
	}
	return out.String()
}

// dress turns links between files into addresses of the guide, and gives the
// cells of wide tables their column's name, for screens where rows are stacked.
type dress struct{}

// Transform changes a page that was parsed.
func (dress) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	change := func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				n.Destination = address(n.Destination)
			}
		case *ast.Image:
			n.SetAttributeString("loading", []byte("lazy"))
		case *tables.Table:
			if entering {
				stack(n, reader.Source())
			}
		}
		return ast.WalkContinue, nil
	}
	ast.Walk(doc, change) //nolint:errcheck // change never fails
}

// wide is the number of columns from which on a table does not fit a phone.
const wide = 3

func stack(table *tables.Table, source []byte) {
	head := table.FirstChild()
	if head == nil || head.ChildCount() < wide {
		return
	}
	table.SetAttributeString("class", []byte("stacks"))
	for row := head.NextSibling(); row != nil; row = row.NextSibling() {
		name := head.FirstChild()
		for cell := row.FirstChild(); cell != nil && name != nil; cell, name = cell.NextSibling(), name.NextSibling() {
			cell.SetAttributeString("data-th", []byte(words(name, source)))
		}
	}
}

// address is where a link leads: "profile.md#x" is a page of the guide.
func address(written []byte) []byte {
	file, anchor, _ := bytes.Cut(written, []byte("#"))
	name, ok := bytes.CutSuffix(file, []byte(".md"))
	if !ok || bytes.ContainsAny(name, "/:") {
		return written
	}
	to := append([]byte(base+"/"), name...)
	if len(anchor) > 0 {
		to = append(append(to, '#'), anchor...)
	}
	return to
}
