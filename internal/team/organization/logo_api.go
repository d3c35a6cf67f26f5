package organization

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// LogoAPI takes logos, which are no JSON.
type LogoAPI struct {
	Service *Service
	Base    string // public address
}

type logoBody struct {
	Logo string `json:"logo" doc:"URL of 256 pixels a side."`
}

// Mount adds the routes and describes them.
func (h LogoAPI) Mount(t *route.Table, a *api.API) {
	const path = "/v1/orgs/{org}/logo"
	edits := route.Allowed(identity.EditDetails)
	t.Add(
		route.New(http.MethodPut, path, edits, route.Upload, route.Plain, route.NoStore, h.put),
		route.New(http.MethodDelete, path, edits, route.NoBody, route.Plain, route.NoStore, h.remove),
	)
	org := []*huma.Param{{Name: "org", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}
	portrait.Describe[logoBody](a, huma.Operation{
		OperationID: "set-organization-logo", Method: http.MethodPut, Path: path, Tags: []string{"Organizations"}, Parameters: org, Security: api.Security(edits),
		Summary: "Set the logo, with the limits of a person's picture",
	}, "The logo's address")
	a.Describe(huma.Operation{
		OperationID: "remove-organization-logo", Method: http.MethodDelete, Path: path, Tags: []string{"Organizations"}, Parameters: org,
		Security: api.Security(edits), Summary: "Remove the logo",
		Responses: map[string]*huma.Response{"204": {Description: "There is no logo"}},
	})
}

func (h LogoAPI) put(w http.ResponseWriter, r *http.Request) error {
	up, err := portrait.FromAPI(r)
	if err != nil {
		return err
	}
	name, err := h.Service.SetLogo(r.Context(), session.Of(r.Context()), up)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, logoBody{identity.LogoOf(h.Base, name).URL})
}

func (h LogoAPI) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.RemoveLogo(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
