package employee

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves digital employees as JSON.
type API struct {
	Service *Service
	Base    string // public address, under which pictures stand
}

const (
	tag        = "Digital employees"
	base       = "/v1/orgs/{org}/digital-employees"
	avatarPath = base + "/{id}/avatar"
)

type item struct {
	ID          string          `json:"id" doc:"Its card stands under this id."`
	Name        string          `json:"name"`
	Designation string          `json:"designation"`
	Bio         string          `json:"bio"`
	Avatar      identity.Avatar `json:"avatar"`
	Client      *string         `json:"client" doc:"The API client that speaks in its name; null: none."`
	Kind        string          `json:"kind" enum:"digital_employee"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

type listOutput struct {
	Body struct {
		Items []item `json:"items"`
	}
}

type oneOutput struct {
	ETag string `header:"ETag"`
	Body item
}

type orgInput struct {
	Org string `path:"org"`
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type makeInput struct {
	Org  string `path:"org"`
	Body struct {
		Name        string  `json:"name" doc:"Up to 60 characters."`
		Designation *string `json:"designation,omitempty" doc:"Up to 100 characters."`
		Bio         *string `json:"bio,omitempty" doc:"Up to 500 characters."`
		Client      *string `json:"client,omitempty" doc:"Id of an API client of the organization, which then speaks in its name."`
	}
}

type patchInput struct {
	Org     string `path:"org"`
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"Refuses the change if it was made from another ETag."`
	Body    struct {
		Name        api.Optional[string] `json:"name,omitempty"`
		Designation api.Optional[string] `json:"designation,omitempty"`
		Bio         api.Optional[string] `json:"bio,omitempty"`
		Client      api.Optional[string] `json:"client,omitempty" doc:"null: no client speaks in its name."`
	}
}

type nothing struct{}

// Mount adds the operations. Pictures are no JSON, so their routes stand apart.
func (h API) Mount(t *route.Table, a *api.API) {
	reads, manages := route.Allowed(identity.ReadMembers).WithScope(identity.MembersRead), route.Allowed(identity.ManageMembers)
	api.Get(a, base, reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-digital-employees", Tag: tag, Summary: "The digital employees of an organization, the oldest first"}, h.list)
	api.Post(a, base, manages, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "make-digital-employee", Tag: tag, Summary: "Make a digital employee", Status: http.StatusCreated}, h.create)
	api.Get(a, base+"/{id}", reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-digital-employee", Tag: tag, Summary: "A digital employee"}, h.get)
	api.Patch(a, base+"/{id}", manages, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-digital-employee", Tag: tag, Summary: "Change a digital employee"}, h.patch)
	api.Delete(a, base+"/{id}", manages, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-digital-employee", Tag: tag, Summary: "Remove a digital employee and its card", Status: http.StatusNoContent}, h.remove)
	t.Add(
		route.New(http.MethodPut, avatarPath, manages, route.Upload, route.Plain, route.NoStore, h.setPicture),
		route.New(http.MethodDelete, avatarPath, manages, route.NoBody, route.Plain, route.NoStore, h.removePicture),
	)
	describe(a, manages)
}

func (h API) item(e Employee) item {
	out := item{
		ID: e.ID, Name: e.Name, Designation: e.Designation, Bio: e.Bio, Avatar: identity.AvatarOf(h.Base, e.User(), identity.Membership{}),
		Kind: "digital_employee", CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	if e.ClientID != "" {
		out.Client = &e.ClientID
	}
	return out
}

func (h API) one(e Employee, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	return &oneOutput{api.ETag(e.Version), h.item(e)}, nil
}

func (h API) list(ctx context.Context, in *orgInput) (*listOutput, error) {
	all, err := h.Service.List(ctx, in.Org)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	for _, e := range all {
		out.Body.Items = append(out.Body.Items, h.item(e))
	}
	return out, nil
}

func (h API) create(ctx context.Context, in *makeInput) (*oneOutput, error) {
	return h.one(h.Service.Make(ctx, session.Actor(ctx), Patch{&in.Body.Name, in.Body.Designation, in.Body.Bio, in.Body.Client}))
}

func (h API) get(ctx context.Context, in *oneInput) (*oneOutput, error) {
	return h.one(h.Service.Get(ctx, h.Service.DB, in.Org, in.ID))
}

func (h API) patch(ctx context.Context, in *patchInput) (*oneOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	b := in.Body
	return h.one(h.Service.Change(ctx, session.Actor(ctx), in.ID, version, Patch{
		b.Name.Pointer(), b.Designation.Pointer(), b.Bio.Pointer(), b.Client.Pointer(),
	}))
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Actor(ctx), in.ID)
}

type avatarBody struct {
	Avatar identity.Avatar `json:"avatar"`
}

func (h API) setPicture(w http.ResponseWriter, r *http.Request) error {
	up, err := portrait.FromAPI(r)
	if err != nil {
		return err
	}
	e, err := h.Service.SetPicture(r.Context(), session.Actor(r.Context()), r.PathValue("id"), up)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, avatarBody{h.item(e).Avatar})
}

func (h API) removePicture(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.RemovePicture(r.Context(), session.Actor(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func describe(a *api.API, manages route.Access) {
	text := &huma.Schema{Type: "string"}
	where := []*huma.Param{{Name: "org", In: "path", Required: true, Schema: text}, {Name: "id", In: "path", Required: true, Schema: text}}
	portrait.Describe[avatarBody](a, huma.Operation{
		OperationID: "set-digital-employee-avatar", Method: http.MethodPut, Path: avatarPath, Tags: []string{tag}, Parameters: where,
		Security: api.Security(manages), Summary: "Set the picture of a digital employee, with the limits of a person's",
	}, "The picture's addresses")
	a.Describe(huma.Operation{
		OperationID: "remove-digital-employee-avatar", Method: http.MethodDelete, Path: avatarPath, Tags: []string{tag}, Parameters: where,
		Security: api.Security(manages), Summary: "Remove the picture of a digital employee",
		Responses: map[string]*huma.Response{"204": {Description: "Its sign stands in the place of a picture"}},
	})
}
