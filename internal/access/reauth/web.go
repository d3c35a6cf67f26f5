package reauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path = "/reauthenticate"
	home = "/settings/security"
)

// Web asks for proofs.
type Web struct {
	Service *Service
	Shell   web.Shell
	// Serve answers a form as if it was sent right now.
	Serve func(w http.ResponseWriter, r *http.Request, form Stopped)
	// Provider returns where the caller can sign in again at an identity
	// provider, which then asks for a proof; an empty name is nowhere.
	Provider func(ctx context.Context, user identity.User) (name, start string, err error)
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(path, route.Person.ForSetUp(), route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path, route.Person.ForSetUp(), route.Form, route.Guarded, route.NoStore, h.prove),
	)
}

// view is what the page shows.
type view struct {
	Email   string
	Offered []string // methods of the second factors; none: only the password is a proof
	Return  string
	Stopped string // a sealed form that goes on afterwards
	Faults  web.Faults
	Over    bool // the stopped form can't go on

	Provider, Start string // where a proof can be given instead of a password
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	back := web.ReturnPath(r.URL.Query().Get("return_to"), home)
	again := r.URL.Query().Has("again") // an app wants a proof from now on
	if !again && session.Of(r.Context()).Session.Proved(h.Service.Clock.Now()) {
		return web.SeeOther(w, r, back)
	}
	return h.page(w, r, http.StatusOK, view{Return: back})
}

func (h Web) prove(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	c := session.Of(r.Context())
	v := view{Return: web.ReturnPath(r.PostFormValue("return_to"), home), Stopped: r.PostFormValue("stopped")}
	form, err := h.stopped(c, v.Stopped)
	if err == nil {
		err = h.Service.Prove(r.Context(), c, Proof{
			Password: secret.Secret(r.PostFormValue("password")), Code: r.PostFormValue("code"), Passkey: r.PostFormValue(ui.Credential),
			Device: device.Cookie(r),
		})
	}
	if err != nil {
		return h.refuse(w, r, v, err)
	}
	if form.Path == "" {
		return web.SeeOther(w, r, v.Return)
	}
	h.Serve(w, r, form)
	return nil
}

func (h Web) stopped(c session.Caller, sealed string) (Stopped, error) {
	if sealed == "" {
		return Stopped{}, nil
	}
	return h.Service.Open(c.Session.ID, sealed)
}

func (h Web) refuse(w http.ResponseWriter, r *http.Request, v view, err error) error {
	err = web.Settle(h.Shell.Log, r, err)
	v.Over = errors.Is(err, ErrStopped)
	var other error
	if v.Faults, other = web.FaultsOf(r.Context(), err); other != nil {
		return other
	}
	return h.page(w, r, web.Refusal(w.Header(), err), v)
}

// Ask answers a request of a page that needs a fresh proof. What was asked to
// be shown is shown afterwards. A form goes on afterwards if its body can be
// read again; otherwise there is only a link back to its page.
func (h Web) Ask(w http.ResponseWriter, r *http.Request, unread bool) error {
	if r.Method != http.MethodPost {
		return web.SeeOther(w, r, path+"?"+url.Values{"return_to": {r.URL.RequestURI()}}.Encode())
	}
	v := view{Return: referrer(r)}
	if unread {
		var err error
		if v.Stopped, err = h.stop(w, r); err != nil {
			return err
		}
	}
	return h.page(w, r, http.StatusForbidden, v)
}

// stop seals a form. One that is too large is not kept.
func (h Web) stop(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength > Largest {
		return "", nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, Largest)
	if err := r.ParseForm(); err != nil {
		return "", err
	}
	return h.Service.Seal(session.Of(r.Context()).Session.ID, r.URL.RequestURI(), r.PostForm.Encode())
}

// referrer is the page of ours that a form stands on.
func referrer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Scheme+"://"+u.Host != edge.Of(r.Context()).Base {
		return home
	}
	return web.ReturnPath(u.RequestURI(), home)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	ctx, c := r.Context(), session.Of(r.Context())
	offered, err := h.Service.Offer(ctx, h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	email, err := identity.PrimaryEmail(ctx, h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	v.Offered, v.Email = offered, email.Address
	if len(offered) == 0 {
		if v.Provider, v.Start, err = h.Provider(ctx, c.User); err != nil {
			return err
		}
		v.Start += "?" + url.Values{"again": {""}, "return_to": {v.Return}}.Encode()
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(ctx, "reauth.title"), ui.LayoutPlain
		if len(v.Faults) > 0 {
			f.Fault = f.Title
		}
	}, page(v))
}

// passkey reports whether a passkey is asked for, before all else.
func (v view) passkey() bool { return slices.Contains(v.Offered, byPasskey) }

// backup reports whether a backup code is the only proof there is.
func (v view) backup() bool { return slices.Equal(v.Offered, []string{byBackupCode}) }

// code reports whether a code is asked for.
func (v view) code() bool {
	return slices.ContainsFunc(v.Offered, func(method string) bool { return method != byPasskey })
}

func (v view) codeTitle(ctx context.Context) string {
	if v.passkey() {
		return i18n.T(ctx, "reauth.by_code")
	}
	return i18n.T(ctx, "reauth.proof")
}

func (v view) codeLead(ctx context.Context) string {
	if v.passkey() {
		return ""
	}
	return v.lead(ctx)
}

// codeRefused reports whether the form for a code, or for the password, is the
// one that is wrong.
func (v view) codeRefused() bool { return len(v.Faults) > 0 && v.Faults.Of(ui.Credential) == "" }

func (v view) hidden() []ui.Pair {
	all := []ui.Pair{{Name: "return_to", Value: v.Return}}
	if v.Stopped != "" {
		all = append(all, ui.Pair{Name: "stopped", Value: v.Stopped})
	}
	return all
}

func (v view) lead(ctx context.Context) string {
	if v.Stopped == "" {
		return ""
	}
	return i18n.T(ctx, "reauth.stopped")
}
