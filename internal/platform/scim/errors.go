package scim

import (
	"errors"

	"nameplate/internal/platform/errs"
)

// What can be wrong with a request.
var (
	ErrSyntax  = errs.New(errs.Malformed, "scim_syntax")
	ErrFilter  = errs.New(errs.Malformed, "scim_filter")
	ErrPath    = errs.New(errs.Malformed, "scim_path")
	ErrTarget  = errs.New(errs.Malformed, "scim_no_target")
	ErrValue   = errs.New(errs.Malformed, "scim_value")
	ErrMutable = errs.New(errs.Malformed, "scim_mutability")
)

// words are the scimType of each code that has one (RFC 7644, section 3.12).
var words = map[string]string{
	ErrSyntax.Code: "invalidSyntax", ErrFilter.Code: "invalidFilter", ErrPath.Code: "invalidPath", ErrTarget.Code: "noTarget",
	ErrValue.Code: "invalidValue", ErrMutable.Code: "mutability",
}

// Type returns the scimType of an error; empty where the RFC has none.
func Type(err error) string {
	var e *errs.Error
	switch {
	case !errors.As(err, &e):
		return ""
	case e.Kind == errs.Invalid:
		return words[ErrValue.Code]
	}
	return words[e.Code]
}

// at blames the attribute or the path that is wrong.
func at(e *errs.Error, name string) error { return e.With("Attribute", clip(name)) }

// clip shortens what is said again in an error.
func clip(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
