package e2e

import (
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// thing is something on the page, found by its role and its name as assistive
// technology tells them.
type thing struct {
	b    *tab
	node *accessibility.Node
}

// the waits until there is exactly one thing of that role and name.
func (b *tab) the(role, name string) thing {
	b.t.Helper()
	var found []thing
	b.eventually(fmt.Sprintf("find the %s %q", role, name), func() error {
		var err error
		if found, err = b.all(role, name); err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("there are %d", len(found))
		}
		return nil
	})
	return found[0]
}

// no waits until there is nothing of that role and name.
func (b *tab) no(role, name string) {
	b.t.Helper()
	b.eventually(fmt.Sprintf("lose the %s %q", role, name), func() error {
		found, err := b.all(role, name)
		if err == nil && len(found) != 0 {
			err = fmt.Errorf("there are %d", len(found))
		}
		return err
	})
}

func (b *tab) all(role, name string) ([]thing, error) {
	document, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		return nil, err
	}
	r, err := chromedp.Call(b.ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		ObjectID: document.Result.ObjectID, Role: role,
	})
	if err != nil {
		return nil, err
	}
	var found []thing
	for _, n := range r.Nodes {
		if !n.Ignored && word(n.Name) == name {
			found = append(found, thing{b, n})
		}
	}
	return found, nil
}

// click presses and lets go of the mouse in the middle of it.
func (x thing) click() {
	x.b.t.Helper()
	px, py := x.middle()
	x.b.must(chromedp.Do(x.b.ctx, chromedp.MouseClickXY(px, py)))
}

// middle brings it into view and returns its point.
func (x thing) middle() (px, py float64) {
	x.b.t.Helper()
	x.run(`function() { this.scrollIntoView({block: "center", behavior: "instant"}) }`)
	quads := call(x.b, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: x.id()}).Quads
	if len(quads) == 0 {
		x.b.t.Fatalf("%s is not to be seen", x)
	}
	q := quads[0]
	return (q[0] + q[4]) / 2, (q[1] + q[5]) / 2
}

// types replaces what stands in a field, as by hand.
func (x thing) types(text string) {
	x.b.t.Helper()
	x.click()
	x.b.keys("a", kb.ModifierCtrl)
	if text == "" {
		x.b.keys(kb.Backspace)
		return
	}
	call(x.b, input.InsertText, input.InsertTextParams{Text: text})
}

// choose takes an option of a select, by its words.
func (x thing) choose(words string) {
	x.b.t.Helper()
	r := x.run(`function(words) {
		const option = [...this.options].find((o) => o.label.trim() === words);
		if (!option) return "no such option";
		this.focus();
		option.selected = true;
		this.dispatchEvent(new Event("input", {bubbles: true}));
		this.dispatchEvent(new Event("change", {bubbles: true}));
		return "";
	}`, words)
	if r != `""` {
		x.b.t.Fatalf("%s: %s: %s", x, words, r)
	}
}

// file puts a file of this machine into a file field.
func (x thing) file(path string) {
	x.b.t.Helper()
	call(x.b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: x.id()})
}

// value is what stands in a field.
func (x thing) value() string {
	var v string
	x.b.must(json.Unmarshal([]byte(x.run(`function() { return this.value ?? "" }`)), &v))
	return v
}

// says is its text. What a script has just replaced is looked up again.
func (x thing) says() string {
	x.b.t.Helper()
	var v *string
	x.b.must(json.Unmarshal([]byte(x.run(`function() { return this.isConnected ? this.innerText : null }`)), &v))
	if v == nil {
		return x.b.the(word(x.node.Role), word(x.node.Name)).says()
	}
	return *v
}

// focused reports whether the keyboard goes to it.
func (x thing) focused() bool {
	return x.run(`function() { return document.activeElement === this }`) == "true"
}

// description is what is told of it beside its name.
func (x thing) description() string { return word(x.node.Description) }

// run calls a function on it and returns the answer as JSON.
func (x thing) run(function string, args ...any) string {
	x.b.t.Helper()
	o := call(x.b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: x.id()})
	p := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: o.Object.ObjectID, ReturnByValue: new(true), AwaitPromise: new(true)}
	for _, a := range quoted(args) {
		p.Arguments = append(p.Arguments, &runtime.CallArgument{Value: []byte(a.(string))})
	}
	r := call(x.b, runtime.CallFunctionOn, p)
	if r.ExceptionDetails != nil {
		x.b.t.Fatal(r.ExceptionDetails.Text, describe(r.ExceptionDetails.Exception))
	}
	return string(r.Result.Value)
}

func (x thing) id() cdp.BackendNodeID { return x.node.BackendDOMNodeID }

func (x thing) String() string { return "the " + word(x.node.Role) + " " + word(x.node.Name) }

func word(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) != nil {
		return string(v.Value)
	}
	return text
}

// keys presses keys, one after the other.
func (b *tab) keys(keys string, modifiers ...kb.Modifier) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...))))
}
