package portrait

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/picture"
	"nameplate/internal/platform/route"
)

// ErrNumber means that a corner or size of the crop is not a number.
var ErrNumber = errs.New(errs.Invalid, "picture_crop_number")

// Uploaded is a picture as it came in, and the square of it that is meant.
type Uploaded struct {
	Data []byte
	Crop *picture.Crop // nil: the largest in the middle
}

// FromAPI reads a picture that is the body itself, or the part "file" of a
// form; the square stands in the query.
func FromAPI(r *http.Request) (u Uploaded, err error) {
	if u.Crop, err = cropOf(r.URL.Query()); err != nil {
		return u, err
	}
	u.Data, err = upload(r, "file")
	return u, err
}

// FromPage reads a picture out of the form of [ui.CropForm].
func FromPage(r *http.Request) (u Uploaded, err error) {
	if !multipart(r) {
		return u, picture.ErrUnsupported
	}
	if u.Data, err = upload(r, "picture"); err != nil {
		return u, err
	}
	u.Crop, err = cropOf(url.Values(r.MultipartForm.Value))
	return u, err
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

// Word is what a page keeps, until it is shown next, of a picture that was
// refused.
func Word(e *errs.Error) string { return "picture-" + e.Code }

// Refusal says in words why a picture was refused. Only errors that a picture
// can cause are known here; a word of anybody else's making says nothing.
func Refusal(ctx context.Context, word string) string {
	if word == Word(picture.ErrTooLarge) {
		return i18n.T(ctx, "avatar.too_large")
	}
	for _, e := range []*errs.Error{
		picture.ErrUnsupported, picture.ErrPixels, picture.ErrSide, picture.ErrUnreadable, picture.ErrCrop, ErrNumber,
	} {
		if word == Word(e) {
			return i18n.T(ctx, "error."+e.Code, e.Args...)
		}
	}
	return ""
}
