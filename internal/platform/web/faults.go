package web

import (
	"context"
	"errors"
	"net/http"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// Faults is what is wrong with a form, in the reader's words.
type Faults []ui.Fault

// FaultsOf returns the faults that err names. Any other error is not the
// form's to show and is returned.
func FaultsOf(ctx context.Context, err error) (Faults, error) {
	var list errs.Fields
	var many errs.Fields
	var one *errs.Error
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &many):
		list = many
	case errors.As(err, &one) && one.Kind != errs.Internal && one.Kind != errs.Unavailable:
		list = errs.Fields{one}
	default:
		return nil, err
	}
	out := make(Faults, len(list))
	for i, e := range list {
		out[i] = ui.Fault{Field: e.Field, Text: i18n.T(ctx, "error."+e.Code, e.Args...)}
	}
	return out, nil
}

// Refusal is the status of a form that is shown again because of err: 429 for
// too many tries, with Retry-After, and 422 otherwise.
func Refusal(h http.Header, err error) int {
	if errs.KindOf(err) != errs.Throttled {
		return http.StatusUnprocessableEntity
	}
	RetryAfter(h, err)
	return http.StatusTooManyRequests
}

// Of returns what is wrong with a field, or nothing.
func (f Faults) Of(field string) string {
	text := ""
	for _, one := range f {
		if one.Field == field {
			if text != "" {
				text += " "
			}
			text += one.Text
		}
	}
	return text
}
