package signup

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

type component = templ.Component

// markName is the cookie that marks the browser of a waiting sign-up.
func markName(secure bool) string {
	if secure {
		return "__Host-np-signup"
	}
	return "np-signup"
}

// addressName is the cookie that keeps the typed address for the next page, so
// that it stands in no URL.
const addressName = "np-signup-address"

func setMark(w http.ResponseWriter, secure bool, mark secret.Secret) {
	http.SetCookie(w, cookie(markName(secure), mark.Reveal(), secure, int(Lifetime.Seconds())))
}

func clearMark(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, cookie(markName(secure), "", secure, -1))
	http.SetCookie(w, cookie(addressName, "", secure, -1))
}

func setAddress(w http.ResponseWriter, secure bool, address string) {
	c := cookie(addressName, "", secure, int(codeLife.Seconds()))
	c.Quoted, c.Value = true, address
	http.SetCookie(w, c)
}

func address(r *http.Request) string {
	c, err := r.Cookie(addressName)
	if err != nil {
		return ""
	}
	return c.Value
}

func cookie(name, value string, secure bool, age int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// BrowserOf is what a request says of its browser.
func BrowserOf(r *http.Request) Browser {
	info := edge.Of(r.Context())
	b := Browser{
		Session: session.Of(r.Context()).Session.ID, Device: device.Cookie(r), UserAgent: r.UserAgent(), Address: info.Client.String(),
		Network: info.Network(), Origin: identity.API, Local: info.Local,
	}
	if c, err := r.Cookie(markName(info.Secure)); err == nil {
		b.Mark = c.Value
	}
	return b
}

func isDead(err error) bool { return errors.Is(err, once.ErrToken) }

func (h Web) elsewhere(err error, p Proof) bool {
	return errors.Is(err, ErrOtherBrowser) || p.Password != ""
}

// give sets the cookies of a sign-up that has ended in a session.
func (out Outcome) give(w http.ResponseWriter, secure bool) {
	session.SetCookie(w, secure, out.Session)
	device.SetCookie(w, secure, out.Device)
}
