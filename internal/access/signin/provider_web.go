package signin

import (
	"context"
	"net/http"
	"net/url"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const providerPath = "/sign-in/provider"

// provided notes on a page where the address on it signs in.
func (h Web) provided(ctx context.Context, v view) (view, error) {
	name, start, err := h.Provider(ctx, v.Email)
	if name != "" {
		v.Provider, v.Start = name, start+"?"+url.Values{"return_to": {v.Return}}.Encode()
	}
	return v, err
}

// orPage answers with a page unless something has failed.
func orPage(err error, page func() error) error {
	if err != nil {
		return err
	}
	return page()
}

// lead sends the browser on to a provider. A form may lead nowhere but to this
// server, so a page stands between, with a link where browsers don't go on by
// themselves.
func (h Web) lead(w http.ResponseWriter, r *http.Request, v view) error {
	w.Header().Set("Refresh", "0; url="+v.Start)
	return h.door(w, r, http.StatusOK, v)
}

// askProvider asks for an address alone.
func (h Web) askProvider(w http.ResponseWriter, r *http.Request) error {
	back := web.ReturnPath(r.URL.Query().Get("return_to"), home)
	if session.Actor(r.Context()).SignedIn() {
		return web.SeeOther(w, r, back)
	}
	return h.door(w, r, http.StatusOK, view{Return: back})
}

func (h Web) toProvider(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := view{Email: r.PostFormValue("email"), Return: web.ReturnPath(r.PostFormValue("return_to"), home)}
	v, err := h.provided(r.Context(), v)
	if err != nil {
		return err
	}
	if v.Provider != "" {
		return h.lead(w, r, v)
	}
	v.Wrong = i18n.T(r.Context(), "signin.no_provider")
	return h.door(w, r, http.StatusUnprocessableEntity, v)
}

func (h Web) door(w http.ResponseWriter, r *http.Request, status int, v view) error {
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title = i18n.T(r.Context(), "signin.provider_title")
		if v.Provider == "" {
			g.Lead = i18n.T(r.Context(), "signin.provider_lead")
		}
	}, providerPage(v))
}
