package card

import (
	"net/http"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// Web serves the card as a page of its own, for anybody who has its address.
type Web struct{ Service *Service }

// Mount adds the page.
func (h Web) Mount(t *route.Table) {
	t.Add(route.Get("/c/{user}", route.Public, route.NoBody, route.Plain, route.Revalidate, h.show))
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Service.ask(r)
	if err != nil {
		return err
	}
	stream := "/v1/cards/" + c.Card.ID + "/live"
	if r.URL.RawQuery != "" {
		stream += "?" + r.URL.RawQuery
	}
	lang := i18n.Lang(r.Context())
	f := ui.Frame{Title: c.Card.DisplayName, Lang: lang.Tag, Dir: lang.Dir, Scripts: []string{"card.js"}}
	return web.HTML(w, r, http.StatusOK, web.Within(ui.Bare(f), ui.LiveCard(View(c.Card), stream)))
}

// View is a card as the component shows it.
func View(c Card) ui.CardView {
	v := ui.CardView{
		ID: c.ID, DisplayName: c.DisplayName, Pronouns: c.Pronouns, Designation: c.Designation, Bio: c.Bio,
		Email: c.Email, Phone: c.Phone, Picture: c.Avatar.Sizes["256"], Initials: c.Avatar.Kind == "initials", LocalTime: c.LocalTime,
		DigitalEmployee: c.Kind == DigitalEmployee,
	}
	if c.Organization != nil {
		v.Organization = c.Organization.Name
	}
	if c.Availability != nil {
		v.Availability, v.BackAt = c.Availability.State, c.Availability.At
	}
	return v
}
