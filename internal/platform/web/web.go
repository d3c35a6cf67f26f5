package web

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
)

// Status is the HTTP status of a kind of error. It is the only such table.
func Status(k errs.Kind) int {
	switch k {
	case errs.Malformed:
		return http.StatusBadRequest
	case errs.Invalid:
		return http.StatusUnprocessableEntity
	case errs.Unauthenticated:
		return http.StatusUnauthorized
	case errs.Denied:
		return http.StatusForbidden
	case errs.NotFound:
		return http.StatusNotFound
	case errs.MethodUnknown:
		return http.StatusMethodNotAllowed
	case errs.Conflict:
		return http.StatusConflict
	case errs.Stale:
		return http.StatusPreconditionFailed
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.Unsupported:
		return http.StatusUnsupportedMediaType
	case errs.Misdirected:
		return http.StatusMisdirectedRequest
	case errs.Throttled:
		return http.StatusTooManyRequests
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Settle turns whatever a handler returned into one of our errors, and logs
// what is a bug or an outage, once.
func Settle(log *slog.Logger, r *http.Request, err error) error {
	var one *errs.Error
	var many errs.Fields
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return edge.ErrTooLarge
	case errors.As(err, &many):
		return many
	case errors.As(err, &one) && one.Kind != errs.Internal:
		if one.Kind == errs.Unavailable {
			log.Warn("unavailable", "request", edge.Of(r.Context()).ID, "path", r.URL.Path, "error", err)
		}
		return one
	}
	if r.Context().Err() == nil {
		log.Error("failed", "request", edge.Of(r.Context()).ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return edge.ErrInternal
}

// RetryAfter sets the header for errors that say when to try again.
func RetryAfter(h http.Header, err error) {
	var e *errs.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
}

// HTML answers with a component. Nothing is sent before all of it is there, so
// that a page that fails becomes an error page, and one that does not is sent
// in one go.
func HTML(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	b := pages.Get().(*bytes.Buffer)
	defer pages.Put(b)
	b.Reset()
	if err := page.Render(r.Context(), b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// SeeOther sends the browser to path with a GET, as after each POST that
// worked.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// flashLife is how long a word after a redirect waits to be shown.
const flashLife = time.Minute

// Flash remembers a word for the page that follows a redirect. It is one of
// our own keys, never text of a person.
func Flash(w http.ResponseWriter, r *http.Request, word string) {
	http.SetCookie(w, flash(r, word, int(flashLife.Seconds())))
}

func flash(r *http.Request, word string, age int) *http.Cookie {
	return &http.Cookie{
		Name: "np-said", Value: word, Path: "/", MaxAge: age, Secure: edge.Of(r.Context()).Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Flashed returns the word and forgets it.
func Flashed(w http.ResponseWriter, r *http.Request) string {
	word := Said(r)
	if word != "" {
		http.SetCookie(w, flash(r, "", -1))
	}
	return word
}

// Said returns the word, for a part of a page that forgets it.
func Said(r *http.Request) string {
	c, err := r.Cookie("np-said")
	if err != nil {
		return ""
	}
	return c.Value
}
