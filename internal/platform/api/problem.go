package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Title     string  `json:"title" doc:"What happened, for people, in their language."`
	Status    int     `json:"status" doc:"The HTTP status."`
	Code      string  `json:"code" doc:"Stable name of the problem."`
	RequestID string  `json:"request_id" doc:"Names this request in the server's log."`
	Errors    []Fault `json:"errors,omitempty" doc:"What is wrong, field by field."`
}

// Fault is what is wrong with one field. It never repeats the value.
type Fault struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// What a schema refuses, as faults of a field.
var (
	errValidation = errs.New(errs.Invalid, "validation_failed")
	errUnknown    = errs.New(errs.Invalid, "unknown_field")
	errRequired   = errs.New(errs.Invalid, "required")
	errType       = errs.New(errs.Invalid, "wrong_type")
	errValue      = errs.New(errs.Invalid, "invalid_value")
)

// NewProblem makes the problem for an error that web.Settle has settled.
func NewProblem(ctx context.Context, err error) *Problem {
	p := &Problem{RequestID: edge.Of(ctx).ID}
	var many errs.Fields
	var one *errs.Error
	switch {
	case errors.As(err, &many):
		p.take(ctx, errValidation)
		for _, e := range many {
			p.Errors = append(p.Errors, fault(ctx, e))
		}
	case errors.As(err, &one) && one.Kind == errs.Invalid && one.Field != "":
		p.take(ctx, errValidation)
		p.Errors = []Fault{fault(ctx, one)}
	case errors.As(err, &one):
		p.take(ctx, one)
	default:
		p.take(ctx, edge.ErrInternal)
	}
	return p
}

func (p *Problem) take(ctx context.Context, e *errs.Error) {
	p.Title, p.Status, p.Code = i18n.T(ctx, "error."+e.Code, e.Args...), web.Status(e.Kind), e.Code
}

func fault(ctx context.Context, e *errs.Error) Fault {
	return Fault{e.Field, e.Code, i18n.T(ctx, "error."+e.Code, e.Args...)}
}

// Error is the code of the problem.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Write answers with the problem for err.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	web.RetryAfter(w.Header(), err)
	p := NewProblem(r.Context(), err)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) //nolint:errcheck // the client has gone
}

// The words of huma's own checks are names here, which fromDetail turns into
// our errors. They are set once, before any API exists.
func init() {
	huma.ValidateStrictCasing = true
	validation.MsgUnexpectedProperty = "unknown"
	validation.MsgExpectedRequiredProperty = "required %s"
	validation.MsgExpectedString, validation.MsgExpectedBoolean = "type", "type"
	validation.MsgExpectedNumber, validation.MsgExpectedInteger = "type", "type"
	validation.MsgExpectedArray, validation.MsgExpectedObject = "type", "type"
	huma.NewErrorWithContext = func(ctx huma.Context, status int, said string, list ...error) huma.StatusError {
		return NewProblem(ctx.Context(), fromHuma(status, said, list))
	}
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return &Problem{Status: status}
	}
}

// unread is what huma says of a body that broke off, or that the border cut.
const unread = "cannot read request body"

func fromHuma(status int, said string, list []error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(errors.Join(list...), &tooLarge):
		return edge.ErrTooLarge
	case said == unread:
		return ErrMalformed
	}
	switch status {
	case http.StatusUnsupportedMediaType:
		return ErrMediaType
	case http.StatusRequestEntityTooLarge:
		return edge.ErrTooLarge
	case http.StatusUnprocessableEntity:
		var faults errs.Fields
		for _, e := range list {
			var d huma.ErrorDetailer
			if errors.As(e, &d) {
				faults = append(faults, fromDetail(d.ErrorDetail()))
			}
		}
		return faults
	case http.StatusBadRequest, http.StatusRequestTimeout:
		return ErrMalformed
	}
	return edge.ErrInternal
}

func fromDetail(d *huma.ErrorDetail) *errs.Error {
	field := d.Location
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, part)
	}
	if name, ok := strings.CutPrefix(d.Message, "required "); ok {
		if field == "body" {
			return errRequired.On(name)
		}
		return errRequired.On(field + "." + name)
	}
	switch d.Message {
	case "unknown":
		return errUnknown.On(field)
	case "type":
		return errType.On(field)
	}
	return errValue.On(field)
}
