package avatar

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const page = "/settings/profile"

// HTTP serves pictures, and what changes them as page and API.
type HTTP struct {
	Service *Service
	Shell   web.Shell
	Base    string // public address
}

// writes is who may change a picture: the person, or a token of theirs.
var writes = route.Person.WithScope(identity.ProfileWrite)

// Mount adds the routes and describes them.
func (h HTTP) Mount(t *route.Table, a *api.API) {
	t.Add(
		route.Get("/avatars/{name}/{file}", route.Public, route.NoBody, route.Plain, route.Immutable, h.file),
		route.New(http.MethodPut, "/v1/me/avatar", writes, route.Upload, route.Plain, route.NoStore, h.put),
		route.New(http.MethodDelete, "/v1/me/avatar", writes, route.NoBody, route.Plain, route.NoStore, h.remove),
		route.Post(page+"/picture", route.Person, route.Upload, route.Plain, route.NoStore, h.update),
		route.Post(page+"/picture/remove", route.Person, route.Upload, route.Plain, route.NoStore, h.removeByPage),
	)
	describe(a)
}

// file serves a picture. It is bytes of our own making, and even so a browser
// is told to run nothing in it.
func (h HTTP) file(w http.ResponseWriter, r *http.Request) error {
	data, contentType, err := h.Service.Pictures.Open(r.Context(), r.PathValue("name"), r.PathValue("file"))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Content-Length", strconv.Itoa(len(data)))
	_, err = w.Write(data)
	return err
}

func (h HTTP) put(w http.ResponseWriter, r *http.Request) error {
	up, err := portrait.FromAPI(r)
	if err != nil {
		return err
	}
	actor := session.Actor(r.Context())
	user, err := h.Service.Set(r.Context(), actor, up)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, avatarBody{identity.AvatarOf(h.Base, user, actor.Membership)})
}

type avatarBody struct {
	Avatar identity.Avatar `json:"avatar"`
}

func (h HTTP) remove(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.Remove(r.Context(), session.Actor(r.Context())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h HTTP) update(w http.ResponseWriter, r *http.Request) error {
	err := h.fromPage(r)
	word := "picture-saved"
	if err != nil {
		var e *errs.Error
		if err = web.Settle(h.Shell.Log, r, err); !errors.As(err, &e) || e.Kind == errs.Internal {
			return err
		}
		word = portrait.Word(e)
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, page+"#picture")
}

func (h HTTP) fromPage(r *http.Request) error {
	up, err := portrait.FromPage(r)
	if err != nil {
		return err
	}
	_, err = h.Service.Set(r.Context(), session.Actor(r.Context()), up)
	return err
}

func (h HTTP) removeByPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.Remove(r.Context(), session.Actor(r.Context())); err != nil {
		return err
	}
	web.Flash(w, r, "picture-removed")
	return web.SeeOther(w, r, page+"#picture")
}

// Cropper is the form for the caller's picture, with the word of the last try.
func Cropper(r *http.Request, said string) ui.Cropper {
	caller := session.Of(r.Context())
	shown := identity.AvatarOf("", caller.User, caller.Actor.Membership)
	c := ui.Cropper{Action: page + "/picture", Picture: shown.Sizes["96"]}
	if caller.User.Picture != "" {
		c.Remove = page + "/picture/remove"
	}
	switch said {
	case "picture-saved":
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(r.Context(), "avatar.saved")}
	case "picture-removed":
		c.State = ui.Line{Tone: ui.Good, Text: removed(r.Context(), shown)}
	default:
		c.Error = portrait.Refusal(r.Context(), said)
	}
	return c
}

// removed says what stands in the place of a picture that is gone.
func removed(ctx context.Context, shown identity.Avatar) string {
	if shown.Kind == "organization" {
		return i18n.T(ctx, "avatar.removed_logo")
	}
	return i18n.T(ctx, "avatar.removed")
}

func describe(a *api.API) {
	portrait.Describe[avatarBody](a, huma.Operation{
		OperationID: "set-avatar", Method: http.MethodPut, Path: "/v1/me/avatar", Tags: []string{"Me"}, Security: api.Security(writes),
		Summary: "Set the caller's picture: PNG or JPEG, 2 MiB, 24,000,000 pixels, 8192 a side",
	}, "The picture's addresses")
	a.Describe(huma.Operation{
		OperationID: "remove-avatar", Method: http.MethodDelete, Path: "/v1/me/avatar", Tags: []string{"Me"},
		Security: api.Security(writes),
		Summary:  "Remove the caller's picture", Responses: map[string]*huma.Response{"204": {Description: "Initials or the organization's logo stand in its place"}},
	})
}
