package device

import (
	"net/http"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/secret"
)

// CookieName is the name of the browser's cookie, with the same prefix as that
// of the session and for the same reason.
func CookieName(secure bool) string {
	if secure {
		return "__Host-np-device"
	}
	return "np-device"
}

// Cookie is what the browser of a request has kept; empty if it has nothing.
func Cookie(r *http.Request) string {
	c, err := r.Cookie(CookieName(edge.Of(r.Context()).Secure))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetCookie gives the browser what [Store.Remember] has returned.
func SetCookie(w http.ResponseWriter, secure bool, token secret.Secret) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(secure), Value: token.Reveal(), Path: "/", MaxAge: int(Life.Seconds()),
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
