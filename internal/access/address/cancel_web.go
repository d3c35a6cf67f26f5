package address

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/web/ui"
)

// cancelPath is where the links of both mails lead.
const cancelPath = "/email-change/cancel"

// link shows what the link does, and does nothing yet.
func (h Web) link(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if err := h.Service.Leads(r.Context(), token); err != nil {
		return h.dead(w, r, err)
	}
	return h.door(w, r, http.StatusOK, "address.cancel_title", "address.cancel_lead", cancelForm(token))
}

func (h Web) cancelBy(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := h.Service.CancelBy(r.Context(), session.Actor(r.Context()), r.PostFormValue("token")); err != nil {
		return h.dead(w, r, err)
	}
	return h.door(w, r, http.StatusOK, "address.cancelled_title", "address.cancelled_lead", onward())
}

func (h Web) dead(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, once.ErrToken) {
		return err
	}
	return h.door(w, r, http.StatusUnprocessableEntity, "address.dead_title", "address.dead_lead", onward())
}

func (h Web) door(w http.ResponseWriter, r *http.Request, status int, title, lead string, body templ.Component) error {
	edge.TokenPage(w.Header())
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), title), i18n.T(r.Context(), lead)
	}, body)
}
