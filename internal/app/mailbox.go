package app

import (
	"crypto/subtle"
	"net/http"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	mailboxPath   = "/dev/mailbox"
	mailboxCookie = "np-mailbox"
	mailboxMost   = 50
)

// mailbox shows the outbox to the operator of a machine without a mail server.
// It answers on this machine alone, and only to the key that the start prints.
type mailbox struct {
	app   *App
	shell web.Shell
}

func (m mailbox) mount(t *route.Table) {
	t.Add(route.Get(mailboxPath, route.Public, route.NoBody, route.Plain, route.NoStore, m.show))
}

func (m mailbox) show(w http.ResponseWriter, r *http.Request) error {
	if !edge.Of(r.Context()).Local || m.app.Config.Server != nil {
		return edge.ErrNotFound
	}
	edge.TokenPage(w.Header())
	if key := r.URL.Query().Get("key"); key != "" {
		return m.enter(w, r, key)
	}
	c, err := r.Cookie(mailboxCookie)
	if err != nil || !m.opens(c.Value) {
		return edge.ErrNotFound
	}
	letters, err := m.app.Mail.Outbox(r.Context(), mailboxMost)
	if err != nil {
		return err
	}
	return m.shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), "app.mailbox"), i18n.T(r.Context(), "app.mailbox_lead")
	}, mailboxPage(letters))
}

// enter takes the key out of the address.
func (m mailbox) enter(w http.ResponseWriter, r *http.Request, key string) error {
	if !m.opens(key) {
		return edge.ErrNotFound
	}
	http.SetCookie(w, &http.Cookie{Name: mailboxCookie, Value: key, Path: mailboxPath, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return web.SeeOther(w, r, mailboxPath)
}

func (m mailbox) opens(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(m.app.mailbox.Reveal())) == 1
}

// MailboxLink opens the outbox on this machine; empty where there is none.
func (a *App) MailboxLink() secret.Secret {
	if a.Config.Server != nil || !a.local() {
		return ""
	}
	return secret.Secret(a.Config.Base.JoinPath(mailboxPath).String() + "?key=" + a.mailbox.Reveal())
}

// text is what the page shows of a letter.
func text(s mail.Stored) string { return s.Message.Text }
