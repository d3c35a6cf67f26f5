package factor

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	passkeyPath    = securityPath + "/passkey"
	passkeyOptions = "/v1/me/factors/passkeys/options"

	passkeyAddedWord = "passkey-added"
)

func (h Web) mountPasskeys(t *route.Table, sensitive route.Access) {
	t.Add(
		route.Get(passkeyPath, sensitive, route.NoBody, route.Plain, route.NoStore, h.newPasskey),
		route.Post(passkeyPath, sensitive, route.Form, route.Guarded, route.NoStore, h.addPasskey),
	)
}

// passkeyView is what the page of a new passkey shows.
type passkeyView struct {
	Name   string
	Off    string // why none can be used here
	Faults web.Faults
}

func (h Web) newPasskey(w http.ResponseWriter, r *http.Request) error {
	return h.passkeyPage(w, r, http.StatusOK, passkeyView{})
}

func (h Web) addPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := passkeyView{Name: r.PostFormValue("name")}
	_, done, err := h.Service.AddPasskey(r.Context(), session.Of(r.Context()), v.Name, []byte(r.PostFormValue(ui.Credential)))
	if err != nil {
		return h.refused(w, r, err, func(w http.ResponseWriter, r *http.Request, status int, faults web.Faults) error {
			v.Faults = faults
			return h.passkeyPage(w, r, status, v)
		})
	}
	reborn(r.Context(), w, done)
	if len(done.Codes) > 0 {
		return h.codes(w, r, i18n.T(r.Context(), "factor.on"), done)
	}
	web.Flash(w, r, passkeyAddedWord)
	return web.SeeOther(w, r, sectionPath)
}

func (h Web) passkeyPage(w http.ResponseWriter, r *http.Request, status int, v passkeyView) error {
	v.Off = h.off(r.Context())
	return h.page(w, r, status, i18n.T(r.Context(), "factor.passkey_new"), v.Faults, newPasskeyPage(v))
}

// off says in words why no passkey can be used here; empty: it can.
func (h Web) off(ctx context.Context) string {
	switch h.Service.possible() {
	case nil:
		return ""
	case ErrPasskeysOffIP:
		return i18n.T(ctx, "error.passkeys_off_ip")
	}
	return i18n.T(ctx, "error.passkeys_off")
}
