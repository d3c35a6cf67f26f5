package revert

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// resetPath is where a person gets another password.
const resetPath = "/forgot-password"

// Web serves the page of the link.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(notice.Path, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(notice.Path, route.Visitor, route.Form, route.Guarded, route.NoStore, h.use),
	)
}

// view is what the page shows.
type view struct {
	Token     string
	Address   string
	IsPrimary bool
	When      string
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	edge.TokenPage(w.Header())
	token := r.URL.Query().Get("token")
	state, user, err := h.Service.Leads(r.Context(), token)
	if err != nil {
		return h.refuse(w, r, err)
	}
	v := view{Token: token, Address: state.Address, IsPrimary: state.IsPrimary, When: when(r.Context(), user, state)}
	return h.door(w, r, http.StatusOK, "revert.title", "revert.lead", page(v))
}

func (h Web) use(w http.ResponseWriter, r *http.Request) error {
	edge.TokenPage(w.Header())
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := h.Service.Use(r.Context(), session.Actor(r.Context()), r.PostFormValue("token")); err != nil {
		return h.refuse(w, r, err)
	}
	return h.door(w, r, http.StatusOK, "revert.done", "revert.done_lead", donePage())
}

func (h Web) refuse(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, once.ErrToken) {
		return h.door(w, r, http.StatusUnprocessableEntity, "revert.dead", "revert.dead_lead", deadPage())
	}
	return err
}

func (h Web) door(w http.ResponseWriter, r *http.Request, status int, title, lead string, body templ.Component) error {
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), title), i18n.T(r.Context(), lead)
	}, body)
}
