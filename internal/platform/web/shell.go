package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// Shell puts pages into their frame. App says what the frame holds for a
// request: who is signed in, what the side bar offers, which languages the
// door speaks.
type Shell struct {
	Log   *slog.Logger
	Frame func(r *http.Request) ui.Frame
	Gate  func(r *http.Request) ui.Gate
	// Framed reports whether the request's caller is signed in, so that an
	// error page gets the frame and not the door.
	Framed func(r *http.Request) bool
}

// Page answers with a page of the settings. set fills in what is the page's
// own: title, layout, the field at fault.
func (s Shell) Page(w http.ResponseWriter, r *http.Request, status int, set func(*ui.Frame), body templ.Component) error {
	f := s.Frame(r)
	set(&f)
	return HTML(w, r, status, Within(ui.Page(f), body))
}

// Door answers with a page for people who are not signed in.
func (s Shell) Door(w http.ResponseWriter, r *http.Request, status int, set func(*ui.Gate), body templ.Component) error {
	g := s.Gate(r)
	set(&g)
	return HTML(w, r, status, Within(ui.Door(g), body))
}

// Refused is what a form that err has refused is shown again with: its status
// and what is wrong. An error that is not the form's to show is returned.
func (s Shell) Refused(w http.ResponseWriter, r *http.Request, err error) (status int, faults Faults, _ error) {
	status = Refusal(w.Header(), err)
	faults, err = FaultsOf(r.Context(), Settle(s.Log, r, err))
	return status, faults, err
}

// Error answers with the page for an error that Settle has settled.
func (s Shell) Error(w http.ResponseWriter, r *http.Request, err error) {
	RetryAfter(w.Header(), err)
	w.Header().Set("Cache-Control", "no-store")
	code, status, args := edge.ErrInternal.Code, http.StatusInternalServerError, []any(nil)
	var e *errs.Error
	if errors.As(err, &e) {
		code, status, args = e.Code, Status(e.Kind), e.Args
	}
	title := strings.TrimSuffix(i18n.T(r.Context(), "error."+code, args...), ".") // a heading, not a sentence
	t := ui.Trouble{
		Number: strconv.Itoa(status), Title: title, Text: i18n.T(r.Context(), advice(status)),
		Way: s.way(r, status), Request: edge.Of(r.Context()).ID,
	}
	s.oops(w, r, status, title, t)
}

// way is the one way on from an error.
func (s Shell) way(r *http.Request, status int) ui.Button {
	switch {
	case status == http.StatusMisdirectedRequest:
		return ui.Button{Label: i18n.T(r.Context(), "web.go_right"), Href: edge.Of(r.Context()).Base}
	case s.Framed(r):
		return ui.Button{Label: i18n.T(r.Context(), "web.go_home"), Href: "/"}
	}
	return ui.Button{Label: i18n.T(r.Context(), "web.go_start"), Href: "/"}
}

func (s Shell) oops(w http.ResponseWriter, r *http.Request, status int, title string, t ui.Trouble) {
	if s.Framed(r) {
		s.Page(w, r, status, func(f *ui.Frame) { f.Title = title }, ui.Oops(t)) //nolint:errcheck // the client has gone
		return
	}
	f := ui.Frame{Title: title, Lang: i18n.Lang(r.Context()).Tag, Dir: i18n.Lang(r.Context()).Dir}
	HTML(w, r, status, Within(ui.Bare(f), ui.Oops(t))) //nolint:errcheck // the client has gone
}

// advice is what an error page says beneath its title.
func advice(status int) string {
	switch status {
	case http.StatusForbidden:
		return "web.advice_denied"
	case http.StatusNotFound:
		return "web.advice_not_found"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "web.advice_later"
	case http.StatusMisdirectedRequest:
		return "web.advice_misdirected"
	case http.StatusInternalServerError:
		return "web.advice_ours"
	}
	return "web.advice_request"
}

// Within renders page with body as its children.
func Within(page, body templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page.Render(templ.WithChildren(ctx, body), w)
	})
}
