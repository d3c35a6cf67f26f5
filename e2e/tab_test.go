package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// tab is a page in somebody's browser. A test ends red when a page of it has
// logged an error, or tried what its content policy forbids.
type tab struct {
	t      testing.TB
	ctx    context.Context
	server *server

	mu      sync.Mutex
	trouble []string
	asked   []network.EventRequestWillBeSent
	worker  serviceworker.RegistrationID // of the page's origin
	stops   int                          // how often leaving a page was asked about
	stays   bool                         // the answer to that
}

// stranger opens a browser that knows nobody.
func stranger(t testing.TB, s *server) *tab {
	t.Helper()
	return open(t, s, browser, chromedp.WithNewBrowserContext())
}

// as opens a browser in which p is signed in.
func as(t testing.TB, p *person) *tab {
	t.Helper()
	b := stranger(t, p.Server)
	b.becomes(p)
	return b
}

// becomes signs a person in.
func (b *tab) becomes(p *person) {
	b.t.Helper()
	for _, c := range p.cookies() {
		_, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.Server.URL, HTTPOnly: new(true)})
		b.must(err)
	}
}

// another opens a second tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	return open(b.t, b.server, browser, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.ctx).BrowserContextID))
}

func open(t testing.TB, s *server, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, server: s}
	options = append(options, chromedp.WithListener(b.hear))
	ctx, cancel := chromedp.NewContext(parent, options...)
	b.ctx = ctx
	b.must(chromedp.Do(ctx))
	t.Cleanup(func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, trouble := range b.trouble {
			t.Error("the browser complains: " + trouble)
		}
	})
	return b
}

// hear takes note of what the browser tells.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" && e.Entry.Source != "intervention" && !b.isPage(e.Entry) {
			b.trouble = append(b.trouble, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, e.ExceptionDetails.Text+" "+describe(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			b.trouble = append(b.trouble, "console: "+describe(e.Args[0]))
		}
	case *page.EventJavascriptDialogOpening:
		b.stops++
		go b.answer(!b.stays)
	case *serviceworker.EventWorkerRegistrationUpdated:
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, b.server.URL) && !r.IsDeleted {
				b.worker = r.RegistrationID
			}
		}
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, *e)
	}
}

// forgives drops complaints that the test has brought about.
func (b *tab) forgives(reasons ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = slices.DeleteFunc(b.trouble, func(trouble string) bool {
		return slices.ContainsFunc(reasons, func(reason string) bool { return strings.Contains(trouble, reason) })
	})
}

// isPage reports whether an entry only says that a page was answered with an
// error, which is for the test to judge.
func (b *tab) isPage(e *log.Entry) bool {
	return e.Source == "network" && slices.ContainsFunc(b.asked, func(r network.EventRequestWillBeSent) bool {
		return r.RequestID == e.NetworkRequestID && r.Type == network.ResourceTypeDocument
	})
}

func describe(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description + string(o.Value)
}

func (b *tab) answer(leave bool) {
	chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave}) //nolint:errcheck // the tab may be gone
}

// questions returns how often the browser has asked before leaving a page.
func (b *tab) questions() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stops
}

// stay says what to answer when the browser asks before leaving a page.
func (b *tab) stay(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stays = yes
}

// open goes to a path of the server.
func (b *tab) open(path string) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.Navigate(b.server.URL+path)))
}

// opens goes to a page and returns the status it is answered with.
func (b *tab) opens(url string) int64 {
	b.t.Helper()
	r, err := chromedp.Run(b.ctx, chromedp.NavigateResponse(url))
	b.must(err)
	return r.Status
}

// path is where the tab is.
func (b *tab) path() string {
	return strings.TrimPrefix(eval[string](b, `location.href`), b.server.URL)
}

// leaves does what leads to another page, and waits until that is there.
func (b *tab) leaves(act func()) {
	b.t.Helper()
	before := eval[float64](b, `performance.timeOrigin`)
	act()
	b.eventually("another page", func() error {
		now, err := try[struct {
			Origin float64
			State  string
		}](b, `({Origin: performance.timeOrigin, State: document.readyState})`)
		if err == nil && (now.Origin == before || now.State != "complete") {
			err = errors.New("this is still the page before")
		}
		return err
	})
}

func (b *tab) eventually(what string, ask func() error) {
	b.t.Helper()
	if err := soon(ask); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
}

// text is what stands on the page, as a reader sees it: of a select only what
// is chosen.
func (b *tab) text() string {
	text, err := try[string](b, `[...document.querySelectorAll("select")].reduce(
		(text, s) => text.replace(s.innerText, s.selectedOptions[0]?.label ?? ""), document.body.innerText)`)
	if err != nil {
		return err.Error()
	}
	return text
}

// sees waits until all of the words stand on the page.
func (b *tab) sees(words ...string) {
	b.t.Helper()
	for _, w := range words {
		b.eventually("see "+w, func() error {
			if !strings.Contains(b.text(), w) {
				return errors.New("it is not on the page")
			}
			return nil
		})
	}
}

// seesNot waits until none of the words stands on the page.
func (b *tab) seesNot(words ...string) {
	b.t.Helper()
	for _, w := range words {
		b.eventually("no longer see "+w, func() error {
			if strings.Contains(b.text(), w) {
				return errors.New("it is still on the page")
			}
			return nil
		})
	}
}

// eval returns what an expression gives in the page.
func eval[T any](b *tab, expression string, args ...any) T {
	b.t.Helper()
	v, err := try[T](b, fmt.Sprintf(expression, quoted(args)...))
	b.must(err)
	return v
}

func try[T any](b *tab, expression string) (T, error) {
	var v T
	r, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ReturnByValue: new(true), AwaitPromise: new(true),
	})
	if err != nil {
		return v, err
	}
	if r.ExceptionDetails != nil {
		return v, errors.New(r.ExceptionDetails.Text + " " + describe(r.ExceptionDetails.Exception))
	}
	if len(r.Result.Value) == 0 {
		return v, nil
	}
	return v, json.Unmarshal(r.Result.Value, &v)
}

// quoted are values as JavaScript writes them.
func quoted(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			panic(err)
		}
		all[i] = string(text)
	}
	return all
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command to the browser.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, command, params)
	b.must(err)
	return r
}
