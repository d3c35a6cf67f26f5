package app

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"nameplate/internal/access/reauth"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
)

// proofs is the page that takes a fresh proof.
func (a *App) proofs(shell web.Shell) reauth.Web {
	return reauth.Web{Service: a.Reauth, Shell: shell, Serve: a.goOn, Provider: a.proofAt}
}

// askProof asks for the proof that a page needs.
func (a *App) askProof(shell web.Shell, w http.ResponseWriter, r *http.Request) error {
	return a.proofs(shell).Ask(w, r, a.stoppedAtTheBorder(r))
}

// askProofWithin is askProof for a handler that has read its form and found
// out that it needs a proof. The form goes on by itself.
func (a *App) askProofWithin(w http.ResponseWriter, r *http.Request) error {
	return a.proofs(a.shell()).Ask(w, r, true)
}

// stoppedAtTheBorder reports whether a form was refused before its handler has
// read it, so that it can go on later. Files are not kept.
func (a *App) stoppedAtTheBorder(r *http.Request) bool {
	if session.Of(r.Context()).Session.Proved(a.Clock.Now()) {
		return false
	}
	for _, rt := range a.Table.Routes() {
		if rt.Method == http.MethodPost && rt.Method+" "+rt.Pattern == r.Pattern {
			return rt.Access.Fresh && rt.Body == route.Form && !rt.API() &&
				strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
		}
	}
	return false
}

// goOn serves a form that was stopped for want of a proof, by way of the whole
// border, as if the browser had sent it right now.
func (a *App) goOn(w http.ResponseWriter, r *http.Request, form reauth.Stopped) {
	to, err := url.ParseRequestURI(form.Path)
	if err != nil {
		a.render(a.shell(), w, r, err)
		return
	}
	again := r.Clone(r.Context())
	again.Method, again.URL, again.RequestURI = http.MethodPost, to, form.Path
	again.Form, again.PostForm, again.MultipartForm = nil, nil, nil
	again.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	again.Body, again.ContentLength = bodyOf(form.Body), int64(len(form.Body))
	a.handler.ServeHTTP(w, again)
}

func bodyOf(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
