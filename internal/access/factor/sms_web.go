package factor

import (
	"context"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	phonePath = securityPath + "/sms"

	phoneAddedWord = "phone-added"
)

func (h Web) mountPhones(t *route.Table) {
	sensitive := route.Person.Unless(h.refusedText).WithProof().ForSetUp()
	t.Add(
		route.Get(phonePath, sensitive, route.NoBody, route.Plain, route.NoStore, h.setupPhone),
		route.Post(phonePath, sensitive, route.Form, route.Guarded, route.NoStore, h.beginPhone),
		route.Post(phonePath+"/resend", sensitive, route.Form, route.Guarded, route.NoStore, h.resendPhone),
		route.Post(phonePath+"/confirm", sensitive, route.Form, route.Guarded, route.NoStore, h.confirmPhone),
	)
}

// refusedText says why the caller may not use SMS.
func (h Web) refusedText(r *http.Request) error {
	return h.Service.MayText(r.Context(), session.Of(r.Context()))
}

// phones is the part of the security page about SMS, or nothing where there is
// neither a phone nor a way to send one a code.
func (h Web) phones(r *http.Request, v status) (templ.Component, error) {
	why, err := h.Service.Refused(r.Context(), h.Service.DB, session.Of(r.Context()).User.ID)
	if err != nil || why != nil && why.Is(ErrNoTexts) && len(v.Phones) == 0 {
		return nil, err
	}
	return phones(v, why), nil
}

// locked says why SMS is not to be had, and what of that the person may do.
func (v status) locked(ctx context.Context, why *errs.Error) ui.Remark {
	r := ui.Remark{Icon: "lock", Text: i18n.T(ctx, "error."+why.Code)}
	if len(v.Phones) > 0 {
		r.Tone, r.Lead, r.Text = ui.Warn, r.Text, i18n.T(ctx, "factor.phone_stopped")
	}
	return r
}

// unless returns what may be done if nothing is in the way.
func unless(why *errs.Error, act templ.Component) templ.Component {
	if why != nil {
		return nil
	}
	return act
}

// bare says what the account lacks that has no app.
func (v status) bare(ctx context.Context) ui.Remark {
	if len(v.Phones) > 0 {
		return ui.Remark{Tone: ui.Warn, Lead: i18n.T(ctx, "factor.only_sms"), Text: i18n.T(ctx, "factor.only_sms_why")}
	}
	return ui.Remark{Tone: ui.Warn, Lead: i18n.T(ctx, "factor.off"), Text: i18n.T(ctx, "factor.off_why")}
}

func (h Web) setupPhone(w http.ResponseWriter, r *http.Request) error {
	return h.phonePage(w, r, http.StatusOK, phoneView{Again: r.URL.Query().Has("another")})
}

// phoneView is what the set-up of a phone shows.
type phoneView struct {
	Typed   string // number that was refused
	Again   bool   // another number is asked for
	Early   bool   // the last code is too new for another one
	Faults  web.Faults
	Pending Phone
}

func (h Web) phonePage(w http.ResponseWriter, r *http.Request, status int, v phoneView) (err error) {
	title := i18n.T(r.Context(), "factor.phone_setup")
	v.Pending, err = h.Service.PendingPhone(r.Context(), session.Of(r.Context()))
	if errors.Is(err, ErrExpired) || err == nil && v.Again {
		return h.page(w, r, status, title, v.Faults, numberPage(v))
	}
	if err != nil {
		return err
	}
	return h.page(w, r, status, title, v.Faults, textPage(v))
}

func (h Web) beginPhone(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := phoneView{Again: true, Typed: r.PostFormValue("phone")}
	if _, err := h.Service.BeginPhone(r.Context(), session.Of(r.Context()), v.Typed); err != nil {
		return h.refusedPhone(w, r, err, v)
	}
	return web.SeeOther(w, r, phonePath)
}

func (h Web) resendPhone(w http.ResponseWriter, r *http.Request) error {
	sent, err := h.Service.ResendPhone(r.Context(), session.Of(r.Context()))
	if err != nil {
		return h.refusedPhone(w, r, err, phoneView{})
	}
	if !sent {
		return h.phonePage(w, r, http.StatusOK, phoneView{Early: true})
	}
	return web.SeeOther(w, r, phonePath)
}

func (h Web) confirmPhone(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	done, err := h.Service.ConfirmPhone(r.Context(), session.Of(r.Context()), r.PostFormValue("code"))
	if err != nil {
		return h.refusedPhone(w, r, err, phoneView{})
	}
	return h.turnedOn(w, r, done, phoneAddedWord)
}

func (h Web) refusedPhone(w http.ResponseWriter, r *http.Request, err error, v phoneView) error {
	return h.refused(w, r, err, func(w http.ResponseWriter, r *http.Request, status int, faults web.Faults) error {
		v.Faults = faults
		return h.phonePage(w, r, status, v)
	})
}
