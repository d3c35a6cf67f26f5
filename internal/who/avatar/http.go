package avatar

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/picture"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const page = "/settings/profile"

// ErrNumber means that a corner or size of the crop is not a number.
var ErrNumber = errs.New(errs.Invalid, "picture_crop_number")

// HTTP serves pictures, and what changes them as page and API.
type HTTP struct {
	Service *Service
	Shell   web.Shell
	Base    string // public address
}

// Mount adds the routes and describes them.
func (h HTTP) Mount(t *route.Table, a *api.API) {
	t.Add(
		route.Get("/avatars/{name}/{file}", route.Public, route.NoBody, route.Plain, route.Immutable, h.file),
		route.New(http.MethodPut, "/v1/me/avatar", route.Person, route.Upload, route.Plain, route.NoStore, h.put),
		route.New(http.MethodDelete, "/v1/me/avatar", route.Person, route.NoBody, route.Plain, route.NoStore, h.remove),
		route.Post(page+"/picture", route.Person, route.Upload, route.Plain, route.NoStore, h.update),
		route.Post(page+"/picture/remove", route.Person, route.Upload, route.Plain, route.NoStore, h.removeByPage),
	)
	describe(a)
}

// file serves a picture. It is bytes of our own making, and even so a browser
// is told to run nothing in it.
func (h HTTP) file(w http.ResponseWriter, r *http.Request) error {
	data, contentType, err := h.Service.Open(r.Context(), r.PathValue("name"), r.PathValue("file"))
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
	crop, err := cropOf(r.URL.Query())
	if err != nil {
		return err
	}
	data, err := upload(r, "file")
	if err != nil {
		return err
	}
	user, err := h.Service.Set(r.Context(), session.Actor(r.Context()), data, crop)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, avatarBody{identity.AvatarOf(h.Base, user)})
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
		word = "picture-" + e.Code
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, page+"#picture")
}

func (h HTTP) fromPage(r *http.Request) error {
	if !multipart(r) {
		return picture.ErrUnsupported
	}
	data, err := upload(r, "picture")
	if err != nil {
		return err
	}
	crop, err := cropOf(url.Values(r.MultipartForm.Value))
	if err != nil {
		return err
	}
	_, err = h.Service.Set(r.Context(), session.Actor(r.Context()), data, crop)
	return err
}

func (h HTTP) removeByPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Service.Remove(r.Context(), session.Actor(r.Context())); err != nil {
		return err
	}
	web.Flash(w, r, "picture-removed")
	return web.SeeOther(w, r, page+"#picture")
}

// upload reads the picture out of a request: the body itself, or the named
// part of a form.
func upload(r *http.Request, part string) ([]byte, error) {
	if r.ContentLength > picture.MaxBytes && !multipart(r) {
		return nil, picture.ErrTooLarge
	}
	if !multipart(r) {
		return bounded(r.Body)
	}
	if err := r.ParseMultipartForm(route.Upload.Max); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, picture.ErrTooLarge
		}
		return nil, api.ErrMalformed.Because(err)
	}
	defer r.MultipartForm.RemoveAll() //nolint:errcheck // all of it is in memory
	f, _, err := r.FormFile(part)
	if err != nil {
		return nil, picture.ErrUnsupported
	}
	defer f.Close()
	return bounded(f)
}

func multipart(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "multipart/form-data"
}

func bounded(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, picture.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > picture.MaxBytes {
		return nil, picture.ErrTooLarge
	}
	return data, nil
}

// cropOf reads x, y and size, which come together or not at all.
func cropOf(v url.Values) (*picture.Crop, error) {
	if v.Get("x") == "" && v.Get("y") == "" && v.Get("size") == "" {
		return nil, nil
	}
	var c picture.Crop
	for name, to := range map[string]*int{"x": &c.X, "y": &c.Y, "size": &c.Size} {
		n, err := strconv.Atoi(v.Get(name))
		if err != nil {
			return nil, ErrNumber.On(name)
		}
		*to = n
	}
	return &c, nil
}

// Cropper is the form for the caller's picture, with the word of the last try.
func Cropper(r *http.Request, said string) ui.Cropper {
	u := session.Of(r.Context()).User
	c := ui.Cropper{Action: page + "/picture", Picture: identity.AvatarOf("", u).Sizes["96"]}
	if u.Picture != "" {
		c.Remove = page + "/picture/remove"
	}
	switch said {
	case "picture-saved":
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(r.Context(), "avatar.saved")}
	case "picture-removed":
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(r.Context(), "avatar.removed")}
	default:
		c.Error = refusal(r, said)
	}
	return c
}

// refusal says in words why a picture was refused. Only errors that a picture
// can cause are known here; a word of anybody else's making says nothing.
func refusal(r *http.Request, said string) string {
	if said == "picture-"+picture.ErrTooLarge.Code {
		return i18n.T(r.Context(), "avatar.too_large")
	}
	for _, e := range []*errs.Error{
		picture.ErrUnsupported, picture.ErrPixels, picture.ErrSide, picture.ErrUnreadable, picture.ErrCrop, ErrNumber,
	} {
		if said == "picture-"+e.Code {
			return i18n.T(r.Context(), "error."+e.Code, e.Args...)
		}
	}
	return ""
}

func describe(a *api.API) {
	number := &huma.Schema{Type: "integer"}
	square := []*huma.Param{
		{Name: "x", In: "query", Schema: number, Description: "Left edge of the square, in pixels of the upright picture."},
		{Name: "y", In: "query", Schema: number, Description: "Upper edge of the square."},
		{Name: "size", In: "query", Schema: number, Description: "Side of the square. Without the three the largest square in the middle is taken."},
	}
	binary := &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	secured := []map[string][]string{{"session": {}}}
	a.Describe(huma.Operation{
		OperationID: "set-avatar", Method: http.MethodPut, Path: "/v1/me/avatar", Tags: []string{"Me"}, Security: secured, Parameters: square,
		Summary: "Set the caller's picture: PNG or JPEG, 2 MiB, 24,000,000 pixels, 8192 a side",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"image/png": binary, "image/jpeg": binary,
			"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary"}}}},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The picture's addresses", Content: api.Content[avatarBody](a, "application/json")},
			"413": {Description: "More than 2,097,152 bytes"},
			"415": {Description: "Neither PNG nor JPEG by content"},
			"422": {Description: "Too many pixels, too long a side, undecodable, or a crop outside of the picture"},
		},
	})
	a.Describe(huma.Operation{
		OperationID: "remove-avatar", Method: http.MethodDelete, Path: "/v1/me/avatar", Tags: []string{"Me"}, Security: secured,
		Summary: "Remove the caller's picture", Responses: map[string]*huma.Response{"204": {Description: "Initials stand in its place"}},
	})
}
