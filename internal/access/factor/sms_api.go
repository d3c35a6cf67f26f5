package factor

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

type phoneInput struct {
	Body struct {
		Phone string `json:"phone" doc:"With the country's code, such as +47 22 34 56 78. It gets a code of six digits."`
	}
}

type phoneOutput struct{ Body item }

type textInput struct {
	Body struct {
		Code string `json:"code" doc:"Six digits from the SMS. They are used up by this call and sign nobody in."`
	}
}

func (h API) mountPhones(a *api.API, tag, base string) {
	sensitive := route.Person.Unless(h.refused).WithProof().ForSetUp()
	api.Post(a, base, sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "begin-sms", Tag: tag, Summary: "Begin with a phone for codes by SMS, the least safe factor; asked again after a minute, it sends a new code", Status: http.StatusCreated}, h.beginPhone)
	api.Post(a, base+"/confirm", sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "confirm-sms", Tag: tag, Summary: "Turn the phone on with its first code; other devices are signed out", Status: http.StatusOK}, h.confirmPhone)
}

// refused says why the caller may not use SMS.
func (h API) refused(r *http.Request) error {
	return h.Service.MayText(r.Context(), session.Of(r.Context()))
}

func (h API) beginPhone(ctx context.Context, in *phoneInput) (*phoneOutput, error) {
	p, err := h.Service.BeginPhone(ctx, session.Of(ctx), in.Body.Phone)
	if err != nil {
		return nil, err
	}
	out := &phoneOutput{itemOf(p.Factor)}
	out.Body.Ending = p.Ending
	return out, nil
}

func (h API) confirmPhone(ctx context.Context, in *textInput) (*codesOutput, error) {
	done, err := h.Service.ConfirmPhone(ctx, session.Of(ctx), in.Body.Code)
	return answered(ctx, done, err)
}
