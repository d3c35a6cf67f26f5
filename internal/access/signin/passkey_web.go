package signin

import (
	"errors"
	"net/http"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	passkeyPath    = "/sign-in/passkey"
	passkeyOptions = "/v1/session/passkey/options"
)

// byPasskey signs in whoever's passkey has answered.
func (h Web) byPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := view{Return: web.ReturnPath(r.PostFormValue("return_to"), home)}
	in, err := h.Service.ByPasskey(r.Context(), BrowserOf(r), session.Of(r.Context()), []byte(r.PostFormValue(ui.Credential)))
	if err == nil {
		in.give(w, r)
		return web.SeeOther(w, r, v.Return)
	}
	if errors.Is(err, ErrCredentials) {
		v.Wrong = i18n.T(r.Context(), "signin.passkey_refused")
		return h.page(w, r, web.Refusal(w.Header(), err), v)
	}
	return h.refuse(w, r, v, err)
}

// autocomplete lets browsers offer passkeys beside addresses.
func (v view) autocomplete() string {
	if v.Passkeys {
		return "username webauthn"
	}
	return "username"
}
