package organization

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	logoWord   = "logo-saved"
	noLogoWord = "logo-removed"
)

func (h Web) setLogo(w http.ResponseWriter, r *http.Request) error {
	err := h.logoFromPage(r)
	word := logoWord
	if err != nil {
		var e *errs.Error
		if err = web.Settle(h.Shell.Log, r, err); !errors.As(err, &e) || e.Kind == errs.Internal {
			return err
		}
		word = portrait.Word(e)
	}
	web.Flash(w, r, word)
	return web.SeeOther(w, r, path+"#logo")
}

func (h Web) logoFromPage(r *http.Request) error {
	up, err := portrait.FromPage(r)
	if err != nil {
		return err
	}
	_, err = h.Service.SetLogo(r.Context(), session.Of(r.Context()), up)
	return err
}

func (h Web) removeLogo(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.RemoveLogo(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	web.Flash(w, r, noLogoWord)
	return web.SeeOther(w, r, path+"#logo")
}

// logoForm is the form for the logo, with the word of the last try.
func (v view) logoForm(ctx context.Context) ui.Cropper {
	c := ui.Cropper{Logo: true, Action: v.to("logo"), Picture: identity.LogoOf("", v.Organization.Logo).Sizes["96"]}
	if v.Organization.Logo != "" {
		c.Remove = v.to("logo/remove")
	}
	switch v.flash {
	case logoWord:
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "organization.said_logo")}
	case noLogoWord:
		c.State = ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "organization.said_no_logo")}
	default:
		c.Error = portrait.Refusal(ctx, v.flash)
	}
	return c
}

// mark is the logo for those who read the details, if there is one.
func (v view) mark() templ.Component {
	if v.Organization.Logo == "" {
		return nil
	}
	return logo(v)
}

// stands chooses what members show who have no picture.
func (v view) stands(ctx context.Context) ui.Field {
	f := v.field(ctx, LogoForMembers)
	f.Optional = false
	f.Options = []ui.Option{
		{Value: strconv.FormatBool(false), Label: i18n.T(ctx, "organization.stands_initials"), Note: i18n.T(ctx, "organization.stands_initials_note")},
		{Value: strconv.FormatBool(true), Label: i18n.T(ctx, "organization.stands_logo"), Note: i18n.T(ctx, "organization.stands_logo_note")},
	}
	return f
}
